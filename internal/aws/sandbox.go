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
	// Configured says that the AWS configuration led here: its credentials and its
	// region apply, and the sandbox's own only where it has none.
	Configured bool
}

func openSandbox(o Options) *Environment {
	s := *o.Sandbox
	w := &Environment{Sandbox: true, Region: s.Region, Portal: s.Portal, AnswerLimit: o.answerLimit(), Ways: []Way{{Provider: ProviderSandbox, Subject: s.Endpoint}}, Config: aws.Config{
		// Built by hand: nothing of the environment may lead elsewhere.
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

// intoSandbox turns a loaded configuration to the sandbox to which it led.
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

// base keeps every service in the sandbox, whatever the environment says.
func (s Sandbox) base(string) string { return s.Endpoint }

// orOwn are the configured credentials, or the sandbox's own where none are.
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
	ErrNotLoopback = errors.New("a sandbox is joined on this machine only")
	ErrNotSandbox  = errors.New("no sandbox answers there")
)

// sandboxIdentity is where a sandbox says that it is one (sandbox.IdentityPath).
const sandboxIdentity = "/.well-known/agentcore-3lo-sandbox"

// identityLimit is how long a sandbox on this machine may take to answer.
const identityLimit = 3 * time.Second

// FindSandbox asks the address whether a sandbox is served there. Only loopback
// is asked, and nothing is followed elsewhere: the program plays the person at a
// sandbox's consent page, so a server that merely claims to be one must not be
// reachable.
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
		return nil, fmt.Errorf("%w: it is of a newer version of this program", ErrNotSandbox)
	}
	return &Sandbox{Endpoint: u, AccessKeyID: answer.Credentials.AccessKeyID, SecretAccessKey: answer.Credentials.SecretAccessKey,
		Region: answer.Region, Portal: answer.Portal}, nil
}

// LoopbackURL returns the address of a port on this machine in one form, without a
// trailing slash, and ErrNotLoopback for any other address.
func LoopbackURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w, and that is no plain http address", ErrNotLoopback)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !ip.IsLoopback()) {
		return "", ErrNotLoopback
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// loopbackOnly refuses to connect elsewhere, should localhost mean another machine.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
		return ErrNotLoopback
	}
	return nil
}

// ConfiguredSandbox returns the sandbox to which the AWS configuration leads:
// all its endpoints are one loopback address, and a sandbox answers there. Nil
// means that it leads elsewhere.
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
