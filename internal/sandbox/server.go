// Package sandbox simulates the services of the walkthrough on one loopback port:
// STS, IAM, Cognito, Amazon Bedrock AgentCore with its gateways and its identity
// service, and a LinkedIn-like provider with a developer portal and a consent page.
// It returns the errors of the real services, with their codes and messages, and
// keeps its state between processes. Clients reach it over HTTP, as they reach AWS.
//
// This package has the server. Each service is a package below it, which is given
// the state and its addresses, but not the server.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/fault"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// Server is a running sandbox.
type Server struct {
	log     *slog.Logger
	rights  *aws.CallerPolicy
	address site.Address
	parts   *backend
	faults  *fault.Set
	close   func() error
}

// Start serves on 127.0.0.1 and, if available, on [::1], until Close. It fails if
// the port is taken, if another process serves the same folder, or if the state in
// it cannot be read.
func Start(o Options) (*Server, error) {
	faults, err := o.check()
	if err != nil {
		return nil, err
	}
	rights := &aws.CallerPolicy{}
	if err := rights.Set(o.CallerPolicy); err != nil {
		return nil, err
	}
	claim, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{log: o.Log, rights: rights, faults: faults}
	if err := s.start(o, claim); err != nil {
		claim.release()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(o Options, claim *dirLock) error {
	store, err := state.Open(o.Dir, o.Now, o.Key)
	if err != nil {
		return err
	}
	listeners, err := bind(o.Dir, o.Port)
	if err != nil {
		return err
	}
	s.address = site.Address{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", listeners[0].Addr().(*net.TCPAddr).Port), Public: o.public}
	pages := site.NewPages(s.address, s.log)
	s.parts = newBackend(aws.Environment{Store: store, Address: s.address, Latency: o.Latency.Latency(o.Seed), CallerPolicy: s.rights, Log: s.log}, pages, o.Refusal)
	router, err := s.parts.router(o.Intercept, s.faults)
	if err != nil {
		closeAll(listeners)
		return err
	}
	server := &http.Server{
		Handler:           router,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    256 << 10, // an access token may have 128 KiB
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	for _, l := range listeners {
		go func() { _ = server.Serve(l) }() // always ends with ErrServerClosed
	}
	if err := claim.publish(s.address.Endpoint, store.ID()); err != nil {
		return errors.Join(err, server.Close())
	}
	s.close = sync.OnceValue(func() error {
		// Shutdown would wait seconds for a silent connection, such as browsers
		// open in advance.
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
		closeAll(listeners) // Shutdown misses a listener whose Serve has not started
		defer claim.release()
		return store.Save()
	})
	s.log.Info("sandbox serves", "endpoint", s.address.Endpoint, "world", store.ID(), "dir", o.Dir)
	return nil
}

// LiftFaults ends the faults that have made a call fail, so that a retry works.
func (s *Server) LiftFaults() { s.faults.Lift() }

// Endpoint is the address for API clients, "http://127.0.0.1:9595", without a trailing slash.
func (s *Server) Endpoint() string { return s.address.Endpoint }

// PortalURL is the first page of the developer portal, for a browser.
func (s *Server) PortalURL() string { return s.address.Base() + site.PortalPath }

// ReadyApp returns the credentials of an app that needs no setup at the portal: it
// has the sign-in product, and the callback URL of every provider that uses it is
// registered automatically. It is created on first use and does not change.
func (s *Server) ReadyApp() (clientID, clientSecret string) {
	clientID, clientSecret, err := s.parts.vendor.ReadyApp()
	if err != nil {
		// The state could not be saved, so the app does not exist, and its first
		// use fails.
		s.log.Error("ready app", "error", err)
	}
	return clientID, clientSecret
}

// SetCallerPolicy replaces Options.CallerPolicy for later calls. "" allows
// everything; a document that is not an IAM policy is an error.
func (s *Server) SetCallerPolicy(document string) error { return s.rights.Set(document) }

// Env returns the environment variables with which AWS clients and this program use
// the sandbox. LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET are those of ReadyApp.
func (s *Server) Env() map[string]string {
	clientID, clientSecret := s.ReadyApp()
	return map[string]string{
		"AWS_ENDPOINT_URL":       s.Endpoint(),
		"AWS_ACCESS_KEY_ID":      AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":  SecretAccessKey,
		"AWS_REGION":             Region,
		"AWS_DEFAULT_REGION":     Region,
		"LINKEDIN_CLIENT_ID":     clientID,
		"LINKEDIN_CLIENT_SECRET": clientSecret,
	}
}

// Close stops the server within one second. The state is already saved. It may be
// called twice.
func (s *Server) Close() error { return s.close() }
