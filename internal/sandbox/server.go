// Package sandbox plays the services of the walkthrough on one loopback port:
// STS, IAM, Cognito, Amazon Bedrock AgentCore with its gateways and its identity
// service, and a LinkedIn-like provider with a developer portal and a consent
// page. It refuses what the services are known to refuse, with their own codes
// and texts, and remembers its world between processes. It imports nothing else
// of this project: clients reach it over HTTP, as they reach AWS.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// DefaultPort is the first port that is tried for a new folder.
	DefaultPort = 9595
	// AccessKeyID is a key id that looks like one and opens nothing.
	AccessKeyID = "AKIASANDBOX000000000"
	// SecretAccessKey goes with AccessKeyID; the sandbox never sees it.
	SecretAccessKey = "sandbox-secret-access-key-opens-nothing"
	// Region is the one that Env names; every other works as well.
	Region = "us-east-1"
	// Account is the account of every key id that is not twelve digits itself.
	Account = "111122223333"
)

// Refusal is what AgentCore Identity does after the person pressed Cancel at
// the provider. What the real service does is not known, so it can be chosen.
type Refusal string

const (
	// RefusalWithError returns to the return URL with session_id, error and error_description.
	RefusalWithError Refusal = "with-error"
	// RefusalBare returns with error alone, so that nothing says which session it was.
	RefusalBare Refusal = "bare"
	// RefusalDeadEnd shows a page of AgentCore's and does not return.
	RefusalDeadEnd Refusal = "dead-end"
)

// Options are the sandbox's settings; the zero value serves from memory.
type Options struct {
	Dir       string           // folder that keeps the world between processes; "" = memory only
	Port      int              // 0: the one that Dir remembers, else the first free one from DefaultPort on
	PublicURL string           // base under which a browser reaches the sandbox behind a proxy; "" = the endpoint
	Latency   Latency          // "" = LatencyNone
	Refusal   Refusal          // "" = RefusalWithError
	Now       func() time.Time // nil = time.Now

	// Intercept, if set, stands before every operation, so that a test can make
	// it fail, wait, or lose its reply. Operations are called
	// "cognito-idp:CreateUserPool", "bedrock-agentcore:CreateGateway",
	// "gateway:tools/call", "token", "discovery", "authorize", "callback" and so on.
	Intercept func(operation string, next http.Handler) http.Handler

	// Faults go wrong behind Intercept, counted from the start of this process.
	Faults []Fault
	// CallerPolicy is an IAM policy document that says what callers of AWS may
	// do, whatever their account; "" allows everything.
	CallerPolicy string

	Log *slog.Logger // nil = silent
}

// A Server is a sandbox that serves.
type Server struct {
	now       func() time.Time
	log       *slog.Logger
	pace      pace
	refusal   Refusal
	intercept func(string, http.Handler) http.Handler
	faults    []*pendingFault
	caller    atomic.Pointer[policy] // nil allows everything
	endpoint  string
	public    *url.URL
	models    map[string]*model
	handlers  map[string]handler
	signature signatureShape
	pages     *template.Template
	styleHash string
	store     *store
	http      *http.Server
	close     func() error

	mu    sync.Mutex // guards world and what store has saved
	world *world
}

// Start serves on 127.0.0.1, and on [::1] where there is one, until Close. It
// fails when its port is taken, when another process serves the same
// folder, or when the world there cannot be read.
func Start(o Options) (*Server, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	claim, err := claimDir(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := s.start(o, claim); err != nil {
		claim.release()
		return nil, err
	}
	return s, nil
}

func newServer(o Options) (*Server, error) {
	s := &Server{now: o.Now, log: o.Log, pace: o.Latency.pace(), refusal: o.Refusal, intercept: o.Intercept, handlers: handlers(), signature: newSignatureShape()}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	switch o.Latency {
	case "", LatencyNone, LatencyLifelike, LatencySlow:
	default:
		return nil, fmt.Errorf("latency %q: none, lifelike or slow", o.Latency)
	}
	switch o.Refusal {
	case "":
		s.refusal = RefusalWithError
	case RefusalWithError, RefusalBare, RefusalDeadEnd:
	default:
		return nil, fmt.Errorf("refusal %q: %s, %s or %s", o.Refusal, RefusalWithError, RefusalBare, RefusalDeadEnd)
	}
	if o.PublicURL != "" {
		public, err := url.Parse(strings.TrimRight(o.PublicURL, "/"))
		if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
			return nil, fmt.Errorf("public URL %q: an http or https address", o.PublicURL)
		}
		s.public = public
	}
	var err error
	if s.faults, err = pendingFaults(o.Faults); err != nil {
		return nil, err
	}
	if err = s.SetCallerPolicy(o.CallerPolicy); err != nil {
		return nil, err
	}
	if s.models, err = loadModels(); err != nil {
		return nil, err
	}
	s.pages, s.styleHash, err = loadPages()
	return s, err
}

func (s *Server) start(o Options, claim *claim) error {
	var err error
	if s.store, s.world, err = openStore(o.Dir, s.now()); err != nil {
		return err
	}
	listeners, err := bind(o.Dir, o.Port)
	if err != nil {
		return err
	}
	s.endpoint = fmt.Sprintf("http://127.0.0.1:%d", listeners[0].Addr().(*net.TCPAddr).Port)
	s.http = &http.Server{
		Handler:           s.front(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    256 << 10, // a bearer may have 128 KiB
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	for _, l := range listeners {
		go func() { _ = s.http.Serve(l) }() // always ends with ErrServerClosed
	}
	if err := claim.publish(s.endpoint, s.world.ID); err != nil {
		return errors.Join(err, s.http.Close())
	}
	s.close = sync.OnceValue(func() error {
		// A silent connection, such as browsers open ahead of need, would hold
		// Shutdown for seconds.
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if err := s.http.Shutdown(ctx); err != nil {
			_ = s.http.Close()
		}
		closeAll(listeners) // Shutdown does not know one whose Serve has not begun yet
		s.mu.Lock()
		defer s.mu.Unlock()
		defer claim.release()
		return s.store.save(s.world)
	})
	s.log.Info("sandbox serves", "endpoint", s.endpoint, "world", s.world.ID, "dir", o.Dir)
	return nil
}

// change lets f work on the world alone, and saves what it changed before
// anybody is told. If that fails, nothing has happened.
func (s *Server) change(f func(*world, time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.world.sweep(now)
	err := f(s.world, now)
	if saveErr := s.store.save(s.world); saveErr != nil {
		if last, lastErr := s.store.last(); lastErr == nil {
			s.world = last
		}
		return saveErr
	}
	return err
}

// wait is how long a call takes at this latency, and ends early with its request.
func (s *Server) wait(ctx context.Context) error {
	if s.pace.call == 0 {
		return nil
	}
	timer := time.NewTimer(s.pace.call)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Endpoint is the address for API clients, "http://127.0.0.1:9595", without a trailing slash.
func (s *Server) Endpoint() string { return s.endpoint }

// Env is what an AWS client, and this program, need in their environment to use
// the sandbox. LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET are the ready app's.
func (s *Server) Env() map[string]string {
	clientID, clientSecret := s.ReadyApp()
	return map[string]string{
		"AWS_ENDPOINT_URL":       s.endpoint,
		"AWS_ACCESS_KEY_ID":      AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":  SecretAccessKey,
		"AWS_REGION":             Region,
		"AWS_DEFAULT_REGION":     Region,
		"LINKEDIN_CLIENT_ID":     clientID,
		"LINKEDIN_CLIENT_SECRET": clientSecret,
	}
}

// Close ends serving within a second; the world is saved. It is safe to call twice.
func (s *Server) Close() error { return s.close() }

// base is where browsers reach the sandbox, without a trailing slash.
func (s *Server) base() string {
	if s.public != nil {
		return s.public.String()
	}
	return s.endpoint
}

// ours strips the origin from a URL of the sandbox's own, which may be served
// elsewhere tomorrow; here puts the present one back.
func (s *Server) ours(link string) string {
	for _, origin := range []string{s.base(), s.endpoint} {
		if path, found := strings.CutPrefix(link, origin+"/"); found {
			return "/" + path
		}
	}
	return link
}

func here(origin, stored string) string {
	if strings.HasPrefix(stored, "/") {
		return origin + stored
	}
	return stored
}
