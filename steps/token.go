package steps

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	awsenv "agentcore-3lo/internal/aws"
)

// bearer is an access token for the gateway.
type bearer struct {
	token   string
	expires time.Time
}

// domainPatience is for a new pool domain: until it is ACTIVE, and until DNS
// knows it (measured by others at up to a minute).
const domainPatience = 4 * time.Minute

// clientPatience is for a client or a scope that was created or repaired a
// moment ago and that the token endpoint does not know yet.
const clientPatience = 30 * time.Second

// token returns an access token for the gateway that lives at least that long,
// asking for a new one where the present one does not.
func (t *Task) token(ctx context.Context, atLeast time.Duration) (string, error) {
	t.secrets.mu.Lock()
	defer t.secrets.mu.Unlock()
	if b := t.secrets.bearer; b.token != "" && b.expires.Sub(t.wall()) > atLeast {
		return b.token, nil
	}
	w, err := t.connect(ctx)
	if err != nil {
		return "", err
	}
	pool, client := t.resource(KindUserPool), t.resource(KindClient)
	if pool.ID == "" || client.ID == "" {
		return "", Problem{Doing: "getting an access token", Err: errors.New("the user pool or its app client does not exist yet"), Next: "Create them: " + t.Command("walk")}
	}
	secret, err := t.machineSecret(ctx, w, pool.ID, client.ID)
	if err != nil {
		return "", t.lost("reading the app client's secret", err)
	}
	if err := t.domainActive(ctx, w); err != nil {
		return "", fail("waiting for the pool's domain", err)
	}
	var b bearer
	known := time.Now().Add(t.Settings.Backoff.scaled(clientPatience))
	patient := func(err error) bool { return notThereYet(err) || unknownClient(err) && time.Now().Before(known) }
	err = t.retry(ctx, "token endpoint", domainPatience, patient, func(ctx context.Context) error {
		endpoint, err := tokenEndpoint(ctx, w, pool.ID)
		if err != nil {
			return err
		}
		b, err = fetchToken(ctx, w, endpoint, client.ID, secret, t.Names.FullScope())
		return err
	})
	if err != nil {
		return "", fail("getting an access token from Cognito", err)
	}
	t.Redactor.Add(b.token)
	t.secrets.bearer = b
	return b.token, nil
}

func (t *Task) machineSecret(ctx context.Context, w *awsenv.Environment, pool, client string) (string, error) {
	out, err := w.Cognito.DescribeUserPoolClient(ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &client})
	if err != nil {
		return "", err
	}
	secret := aws.ToString(out.UserPoolClient.ClientSecret)
	t.Redactor.Add(secret)
	return secret, nil
}

func (t *Task) domainActive(ctx context.Context, w *awsenv.Environment) error {
	domain := t.resource(KindDomain).Name
	if domain == "" {
		return nil
	}
	return t.poll(ctx, "the domain "+domain, domainPatience, func(ctx context.Context) (string, bool, error) {
		out, err := w.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: &domain})
		if err != nil {
			return "", false, err
		}
		if out.DomainDescription == nil || out.DomainDescription.Status == "" {
			return "not there yet", false, nil
		}
		status := out.DomainDescription.Status
		if status == cognitotypes.DomainStatusTypeFailed {
			return "", false, fmt.Errorf("the domain %s is %s", domain, status)
		}
		return string(status), status == cognitotypes.DomainStatusTypeActive || status == cognitotypes.DomainStatusTypeUpdating, nil
	})
}

// notReady marks an answer of the token endpoint that patience may cure.
type notReady struct{ error }

func (e notReady) Unwrap() error { return e.error }

// notThereYet recognises a domain that DNS does not know yet, or whose server
// is not up yet, hangs up or does not answer. Behind a proxy, DNS is the proxy's.
func notThereYet(err error) bool {
	var proxy *awsenv.ProxyError
	if errors.As(err, &proxy) {
		return proxy.Status >= 500
	}
	var dns *net.DNSError
	var soon notReady
	var op *net.OpError
	var slow *awsenv.NoAnswerError
	return errors.As(err, &dns) || errors.As(err, &soon) || errors.As(err, &op) || errors.As(err, &slow) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unknownClient recognises what the token endpoint says of a client, a grant or
// a scope that it does not know (RFC 6749, section 5.2).
func unknownClient(err error) bool {
	var refused *awsenv.TokenError
	return errors.As(err, &refused) && slices.Contains([]string{"invalid_client", "unauthorized_client", "invalid_scope"}, refused.Code)
}

// tokenEndpoint reads it from the discovery document (OpenID Connect Discovery
// 1.0, section 4): no host name is put together by hand.
func tokenEndpoint(ctx context.Context, w *awsenv.Environment, poolID string) (string, error) {
	ctx = awsenv.WithLabel(ctx, "discovery", "GET openid-configuration")
	var doc struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.DiscoveryURL(poolID), nil)
	if err != nil {
		return "", err
	}
	status, body, err := do(w, req)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK || json.Unmarshal(body, &doc) != nil {
		return "", soon(status, fmt.Errorf("the discovery document answered HTTP %d", status))
	}
	if doc.TokenEndpoint == "" {
		return "", notReady{errors.New("the discovery document names no token endpoint yet")}
	}
	u, err := url.Parse(doc.TokenEndpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", fmt.Errorf("the discovery document names the token endpoint %q; only https is trusted with a secret", doc.TokenEndpoint)
	}
	return doc.TokenEndpoint, nil
}

// fetchToken is the client credentials grant (RFC 6749, section 4.4).
func fetchToken(ctx context.Context, w *awsenv.Environment, endpoint, clientID, secret, scope string) (bearer, error) {
	ctx = awsenv.WithLabel(ctx, "token endpoint", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return bearer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	status, body, err := do(w, req)
	if err != nil {
		return bearer{}, err
	}
	var reply struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"` // seconds
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.AccessToken == "" {
		return bearer{}, soon(status, &awsenv.TokenError{Status: status, Code: reply.Error, Description: reply.Description})
	}
	return bearer{reply.AccessToken, expiry(reply.AccessToken, reply.ExpiresIn)}, nil
}

// soon marks statuses that a domain shows while it comes up.
func soon(status int, err error) error {
	if status == http.StatusNotFound || status >= 500 || status == http.StatusTooManyRequests {
		return notReady{err}
	}
	return err
}

// expiry prefers the token's own claim to what was said beside it.
func expiry(token string, seconds int) time.Time {
	if parts := strings.Split(token, "."); len(parts) == 3 {
		var claims struct {
			Exp int64 `json:"exp"`
		}
		if raw, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(raw, &claims) == nil && claims.Exp > 0 {
			return time.Unix(claims.Exp, 0)
		}
	}
	return time.Now().Round(0).Add(time.Duration(seconds) * time.Second)
}

// do makes one exchange and reads its answer, within the limit of one answer.
func do(w *awsenv.Environment, req *http.Request) (status int, body []byte, err error) {
	slow := &awsenv.NoAnswerError{Host: req.URL.Host, Limit: w.AnswerLimit}
	ctx, cancel := context.WithTimeoutCause(req.Context(), slow.Limit, slow)
	defer cancel()
	resp, err := w.HTTP.Do(req.WithContext(ctx))
	if err == nil {
		defer resp.Body.Close()
		status = resp.StatusCode
		if err := awsenv.ForeignAnswer(req, resp); err != nil {
			return status, nil, err
		}
		body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	}
	if err != nil && context.Cause(ctx) == slow {
		err = slow
	}
	return status, body, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback() // RFC 6761, section 6.3
}
