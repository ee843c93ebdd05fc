package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// Sandbox says how to reach a sandbox.
type Sandbox struct {
	Endpoint                                     string // without a trailing slash
	AccessKeyID, SecretAccessKey, Region, Portal string
	// Configured says that the AWS configuration names this sandbox. Its
	// credentials and region are used; the sandbox has defaults for both.
	Configured bool
}

func openSandbox(o Options) *Environment {
	s := *o.Sandbox
	w := &Environment{Sandbox: true, Region: s.Region, Portal: s.Portal, AnswerLimit: o.answerLimit(), Ways: []Way{{Provider: ProviderSandbox, Subject: s.Endpoint}}, Config: aws.Config{
		// Built here, so that nothing in the environment changes the endpoints.
		Region:       s.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, ""),
		BaseEndpoint: aws.String(s.Endpoint),
		Retryer:      o.retryer(),
		Logger:       logging.Nop{},
		HTTPClient:   observed(&http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}, o.answerLimit()),
		APIOptions:   []func(*middleware.Stack) error{o.deadline()},
	}}
	w.connect(s.base)
	return w
}

// intoSandbox directs a loaded configuration to the sandbox that it names.
func (w *Environment) intoSandbox(s Sandbox) *Environment {
	w.Sandbox, w.Portal = true, s.Portal
	if w.Region == "" {
		w.Region = s.Region
	}
	w.Config.Region, w.Config.BaseEndpoint = w.Region, aws.String(s.Endpoint)
	w.Config.Credentials = s.orOwn(w.Config.Credentials)
	w.connect(s.base)
	return w
}

// base directs every service to the sandbox, whatever the environment says.
func (s Sandbox) base(string) string { return s.Endpoint }

// orOwn are the configured credentials, or the sandbox's if there are none.
func (s Sandbox) orOwn(configured aws.CredentialsProvider) aws.CredentialsProvider {
	own := credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, "")
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		found, err := configured.Retrieve(ctx)
		var e *SignInError
		if errors.As(err, &e) && e.Cause == NoneConfigured {
			return own.Retrieve(ctx)
		}
		return found, err
	}))
}

// FindSandbox's errors.
var (
	ErrNotLoopback = errors.New("a sandbox must be on this machine")
	ErrNotSandbox  = errors.New("no sandbox answers there")
)

// sandboxIdentity is the path where a sandbox identifies itself
// (sandbox.IdentityPath).
const sandboxIdentity = "/.well-known/agentcore-3lo-sandbox"

// identityLimit is the time limit for that answer.
const identityLimit = 3 * time.Second

// FindSandbox checks whether an address serves a sandbox. It asks only loopback and
// follows no redirect: in a sandbox the program consents by itself, so no remote
// server may pass as one.
func FindSandbox(ctx context.Context, address string) (*Sandbox, error) {
	u, err := LoopbackURL(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, identityLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u+sandboxIdentity, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSandbox, err)
	}
	dialer := &net.Dialer{Control: loopbackOnly}
	direct := &http.Client{ // no proxy, and no redirect
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	reply, err := direct.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var answer struct {
		Sandbox        bool
		Version        int
		Portal, Region string
		Credentials    struct {
			AccessKeyID     string `json:"access_key_id"`
			SecretAccessKey string `json:"secret_access_key"`
		}
	}
	err = json.NewDecoder(io.LimitReader(reply.Body, 64<<10)).Decode(&answer)
	portal, portalErr := url.Parse(answer.Portal)
	switch {
	case reply.StatusCode != http.StatusOK, err != nil, !answer.Sandbox, answer.Version < 1,
		portalErr != nil, portal.Host == "", portal.Scheme != "http" && portal.Scheme != "https",
		answer.Region == "", answer.Credentials.AccessKeyID == "", answer.Credentials.SecretAccessKey == "":
		return nil, fmt.Errorf("%w (it answered %s)", ErrNotSandbox, reply.Status)
	case answer.Version > 1:
		return nil, fmt.Errorf("%w: it is from a newer version of this program", ErrNotSandbox)
	}
	return &Sandbox{Endpoint: u, AccessKeyID: answer.Credentials.AccessKeyID, SecretAccessKey: answer.Credentials.SecretAccessKey,
		Region: answer.Region, Portal: answer.Portal}, nil
}

// LoopbackURL returns the address of a port on this machine in its canonical form,
// without a trailing slash, and ErrNotLoopback for any other address.
func LoopbackURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w, and its URL must begin with http://", ErrNotLoopback)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !ip.IsLoopback()) {
		return "", ErrNotLoopback
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// loopbackOnly refuses other addresses, in case localhost resolves to one.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
		return ErrNotLoopback
	}
	return nil
}

// ConfiguredSandbox returns the sandbox that the AWS configuration names: all its
// endpoints are one loopback address, and a sandbox answers there. nil = it names
// none.
func ConfiguredSandbox(ctx context.Context, o Options) *Sandbox {
	endpoints, err := Endpoints(o)
	if err != nil || len(endpoints) != len(endpointServices) {
		return nil
	}
	var one string
	for _, e := range endpoints {
		u, err := LoopbackURL(e)
		if err != nil || one != "" && u != one {
			return nil
		}
		one = u
	}
	s, err := FindSandbox(ctx, one)
	if err != nil {
		return nil
	}
	s.Configured = true
	return s
}
