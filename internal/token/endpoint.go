package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/loopback"
)

// endpoint reads the token endpoint from the discovery document (OpenID Connect
// Discovery 1.0, section 4): no host name is composed here.
func endpoint(ctx context.Context, w *awsenv.Environment, poolID string) (string, error) {
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
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback.IsHost(u.Hostname())) {
		return "", fmt.Errorf("the discovery document names the token endpoint %q; only https is trusted with a secret", doc.TokenEndpoint)
	}
	return doc.TokenEndpoint, nil
}

// grant has the parameters of the client credentials grant.
type grant struct{ clientID, clientSecret, scope string }

// fetch is the client credentials grant (RFC 6749, section 4.4).
func fetch(ctx context.Context, w *awsenv.Environment, endpoint string, g grant) (token string, expires time.Time, err error) {
	ctx = awsenv.WithLabel(ctx, "token endpoint", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {g.clientID}, "client_secret": {g.clientSecret}, "scope": {g.scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", expires, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	status, body, err := do(w, req)
	if err != nil {
		return "", expires, err
	}
	var reply struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"` // seconds
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.AccessToken == "" {
		return "", expires, soon(status, &awsenv.TokenError{Status: status, Code: reply.Error, Description: reply.Description})
	}
	return reply.AccessToken, expiry(reply.AccessToken, reply.ExpiresIn), nil
}

// soon marks statuses that a new domain returns for a while.
func soon(status int, err error) error {
	if status == http.StatusNotFound || status >= 500 || status == http.StatusTooManyRequests {
		return notReady{err}
	}
	return err
}

// expiry is the token's exp claim or, without one, expires_in.
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

// do makes one exchange and reads its answer, within the time limit.
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
	if err != nil && errors.Is(context.Cause(ctx), slow) {
		err = slow
	}
	return status, body, err
}
