// Package testkit is the test harness: a sandbox whose requests a test can
// count, change and answer, and a run that walks through it in this process.
package testkit

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
)

// Sandbox is an embedded sandbox in memory.
type Sandbox struct {
	*sandbox.Server
	AWS *awsenv.Environment // for the test itself: requests sent here are neither recorded nor intercepted

	isAWS bool

	mu        sync.Mutex
	offset    time.Duration // how far the sandbox's clock is ahead
	requests  []Request
	intercept Interceptor
	counts    map[string]int           // requests since the interceptor was set, per operation
	held      map[string]chan struct{} // closed when the operation may go on
}

// Interceptor sees a request before the sandbox does, and may answer it instead;
// it returns whether it did. op is "service:Operation", or a bare word such as
// "token", "discovery" or "callback" for what is no AWS call. n counts the
// requests of that operation since the interceptor was set, from 1.
type Interceptor func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool

// StartSandbox serves a sandbox until the test ends.
func StartSandbox(t testing.TB, options ...func(*sandbox.Options)) *Sandbox {
	t.Helper()
	return start(t, &Sandbox{}, options)
}

// StartAWS serves a sandbox that does not say that it is one, so the program
// takes it for AWS at another endpoint.
func StartAWS(t testing.TB) *Sandbox {
	t.Helper()
	return start(t, &Sandbox{isAWS: true}, nil)
}

func start(t testing.TB, s *Sandbox, options []func(*sandbox.Options)) *Sandbox {
	t.Helper()
	s.held = map[string]chan struct{}{}
	var err error
	for range 5 { // another process may have taken the port
		o := sandbox.Options{Port: freeport.Take(t), Intercept: s.handler, Now: s.now}
		for _, change := range options {
			change(&o)
		}
		if s.Server, err = sandbox.Start(o); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("starting a sandbox: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.AWS = s.Connect(t, sandbox.AccessKeyID)
	return s
}

// Location is where the program finds the sandbox, called with this access key.
func (s *Sandbox) Location(accessKeyID string) *awsenv.Sandbox {
	return &awsenv.Sandbox{Endpoint: s.Endpoint(), AccessKeyID: accessKeyID, SecretAccessKey: sandbox.SecretAccessKey,
		Region: sandbox.Region, Portal: s.PortalURL()}
}

// Connect returns clients for the test itself. An access key ID of twelve digits
// stands for the account of that number.
func (s *Sandbox) Connect(t testing.TB, accessKeyID string) *awsenv.Environment {
	t.Helper()
	e, err := awsenv.Open(context.Background(), awsenv.Options{Sandbox: s.Location(accessKeyID)})
	if err != nil {
		t.Fatalf("connecting to the sandbox: %v", err)
	}
	e.HTTP.Transport = fromTest{e.HTTP.Transport}
	if err := e.Identify(context.Background()); err != nil {
		t.Fatalf("identifying the caller %s: %v", accessKeyID, err)
	}
	t.Cleanup(e.HTTP.CloseIdleConnections)
	return e
}

// Intercept puts f before every request from now on; nil ends it.
func (s *Sandbox) Intercept(f Interceptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept, s.counts = f, map[string]int{}
}

// Hold makes operations, named without their service, wait until Release.
func (s *Sandbox) Hold(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.held[name] = make(chan struct{})
	}
}

// Release lets held operations go on; none named means all.
func (s *Sandbox) Release(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, held := range s.held {
		if len(names) == 0 || slices.Contains(names, name) {
			close(held)
			delete(s.held, name)
		}
	}
}

// Advance sets the sandbox's clock forward.
func (s *Sandbox) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

func (s *Sandbox) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.offset)
}

// handler is the sandbox's sandbox.Options.Intercept.
func (s *Sandbox) handler(op string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.isAWS && op == "identity" {
			http.NotFound(w, r)
			return
		}
		s.redate(r)
		if r.Header.Get(fromTestHeader) != "" {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, Request{op, string(body)})
		held, intercept, n := s.held[name(op)], s.intercept, 0
		if intercept != nil {
			s.counts[op]++
			n = s.counts[op]
		}
		s.mu.Unlock()
		if held != nil {
			select {
			case <-held:
			case <-r.Context().Done():
				return
			}
		}
		if intercept != nil && intercept(op, n, w, r, next) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// redate dates a signed request by the sandbox's clock once that was advanced: the
// client's clock was not. The sandbox cannot check what a signature covers.
func (s *Sandbox) redate(r *http.Request) {
	s.mu.Lock()
	advanced := s.offset != 0
	s.mu.Unlock()
	old := r.Header.Get("X-Amz-Date")
	if !advanced || len(old) < 8 {
		return
	}
	date := s.now().UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", date)
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/"+old[:8]+"/", "/"+date[:8]+"/", 1))
}

const fromTestHeader = "X-From-Test"

// fromTest marks the requests of the test itself.
type fromTest struct{ next http.RoundTripper }

func (f fromTest) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set(fromTestHeader, "1")
	return f.next.RoundTrip(r)
}

// CloseIdleConnections lets http.Client's reach the transport.
func (f fromTest) CloseIdleConnections() {
	(&http.Client{Transport: f.next}).CloseIdleConnections()
}
