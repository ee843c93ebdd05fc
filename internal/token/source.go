// Package token gets access tokens for a gateway from the run's user pool, with the
// client credentials grant, and keeps the current one.
package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
)

const (
	// domainLimit is how long a new domain may take to become ACTIVE, and to appear
	// in DNS (up to a minute, as others measured).
	domainLimit = 4 * time.Minute
	domainUsual = time.Second
	// clientLimit is how long the token endpoint may take to know a new client or
	// scope.
	clientLimit = 30 * time.Second
)

// Source keeps the current access token of one run. The zero value is ready to use.
type Source struct {
	Clock wait.Clock

	mu      sync.Mutex
	token   string
	expires time.Time
}

// Forget drops the current token, because it was refused or its client no longer
// exists.
func (s *Source) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = ""
}

// Token returns an access token for the gateway that is valid for at least that long.
// If the current one is not, it gets a new one.
func (s *Source) Token(ctx context.Context, p provision.Scope, atLeast time.Duration) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && s.expires.Sub(s.Clock.Now()) > atLeast {
		return s.token, nil
	}
	id, secret, err := provision.ClientSecret(ctx, p)
	if err != nil {
		return "", advice.Fail("reading the app client's secret", err)
	}
	if err := domainActive(ctx, p); err != nil {
		return "", advice.Fail("waiting for the pool's domain", err)
	}
	known := time.Now().Add(p.Backoff.Scaled(clientLimit))
	passing := func(err error) string {
		if notThereYet(err) || unknownClient(err) && time.Now().Before(known) {
			return "not yet (" + provision.Brief(err) + ")"
		}
		return ""
	}
	names := run.Names{Run: p.Run.Name()}
	err = p.Backoff.Retry(ctx, "token endpoint", wait.Span{Limit: domainLimit}, p.Waiting("token endpoint"), passing, func(ctx context.Context) error {
		endpoint, err := endpoint(ctx, p.AWS, p.Run.Resource(provision.UserPool).ID)
		if err != nil {
			return err
		}
		s.token, s.expires, err = fetch(ctx, p.AWS, endpoint, grant{id, secret, names.FullScope()})
		return err
	})
	if err != nil {
		return "", advice.Fail("getting an access token from Cognito", err)
	}
	p.Hide(s.token)
	return s.token, nil
}

func domainActive(ctx context.Context, p provision.Scope) error {
	domain := p.Run.Resource(provision.Domain).Name
	if domain == "" {
		return nil
	}
	return p.Backoff.Poll(ctx, "the domain "+domain, wait.Span{Usual: domainUsual, Limit: domainLimit}, p.Waiting("the domain "+domain), func(ctx context.Context) (string, bool, error) {
		out, err := p.AWS.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: aws.String(domain)})
		if err != nil {
			return "", false, err
		}
		if out.DomainDescription == nil || out.DomainDescription.Status == "" {
			return "not there yet", false, nil
		}
		status := out.DomainDescription.Status
		if status == types.DomainStatusTypeFailed {
			return "", false, fmt.Errorf("the domain %s is %s", domain, status)
		}
		return string(status), status == types.DomainStatusTypeActive || status == types.DomainStatusTypeUpdating, nil
	})
}

// notReady marks a transient error of the token endpoint.
type notReady struct{ error }

func (e notReady) Unwrap() error { return e.error }

// notThereYet recognizes a domain that is not in DNS yet, or whose server does not
// answer yet. Behind a proxy, the proxy looks up the name.
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

// unknownClient recognizes a client, a grant or a scope that the token endpoint does
// not know (RFC 6749, section 5.2).
func unknownClient(err error) bool {
	var refused *awsenv.TokenError
	return errors.As(err, &refused) && slices.Contains([]string{"invalid_client", "unauthorized_client", "invalid_scope"}, refused.Code)
}
