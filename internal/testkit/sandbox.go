// Package testkit is the test harness: a sandbox whose requests a test can count,
// change and answer, and runs in this process.
package testkit

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
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
	offset    time.Duration // offset of the sandbox's clock
	requests  []Request
	intercept Interceptor
	counts    map[string]int           // requests since the interceptor was set, per operation
	held      map[string]chan struct{} // closed when the operation may continue
}

// Interceptor gets a request before the sandbox and may respond to it instead; it
// returns whether it did. op is "service:Operation", or a name such as "token",
// "discovery" or "callback" for other requests. n counts the requests of that
// operation since the interceptor was set, from 1.
type Interceptor func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool

// StartSandbox runs a sandbox until the test ends.
func StartSandbox(t testing.TB, options ...func(*sandbox.Options)) *Sandbox {
	t.Helper()
	return start(t, &Sandbox{}, options)
}

// StartAWS runs a sandbox that does not identify itself, so that the program treats
// it as AWS at another endpoint.
func StartAWS(t testing.TB) *Sandbox {
	t.Helper()
	return start(t, &Sandbox{isAWS: true}, nil)
}

// key is that of all sandboxes of a test binary: a new one takes longer than a walk.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func start(t testing.TB, s *Sandbox, options []func(*sandbox.Options)) *Sandbox {
	t.Helper()
	s.held = map[string]chan struct{}{}
	var err error
	for range 5 { // another process may take the port
		o := sandbox.Options{Port: freeport.Take(t), Intercept: s.handler, Now: s.now, Key: key()}
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

// Location returns the sandbox's location for a program with this access key.
func (s *Sandbox) Location(accessKeyID string) *awsenv.Sandbox {
	return &awsenv.Sandbox{Endpoint: s.Endpoint(), AccessKeyID: accessKeyID, SecretAccessKey: sandbox.SecretAccessKey,
		Region: sandbox.Region, Portal: s.PortalURL()}
}

// Connect returns clients for the test itself. A twelve-digit access key ID selects
// the account with that number.
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

// Intercept passes every later request to f first; nil ends this.
func (s *Sandbox) Intercept(f Interceptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept, s.counts = f, map[string]int{}
}

// Hold makes operations wait until Release. They are named without their service.
func (s *Sandbox) Hold(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.held[name] = make(chan struct{})
	}
}

// Release lets held operations continue. No name means all.
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

// Advance advances the sandbox's clock.
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

// redate changes the date of a signed request to the sandbox's clock if it was
// advanced, because the client's clock was not. The sandbox does not verify the
// signature.
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

// CloseIdleConnections is called by http.Client.
func (f fromTest) CloseIdleConnections() {
	(&http.Client{Transport: f.next}).CloseIdleConnections()
}
