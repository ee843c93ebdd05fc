// Package sandbox plays the services of the walkthrough on one loopback port:
// STS, IAM, Cognito, Amazon Bedrock AgentCore with its gateways and its identity
// service, and a LinkedIn-like provider with a developer portal and a consent
// page. It refuses what the services are known to refuse, with their own codes
// and texts, and remembers its world between processes. Clients reach it over
// HTTP, as they reach AWS.
//
// This package holds the server; each service has a package of its own below it,
// which gets the state store and its addresses, never the server.
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

// Server is a sandbox that is running.
type Server struct {
	log     *slog.Logger
	rights  *aws.Rights
	address site.Address
	parts   *parts
	close   func() error
}

// Start serves on 127.0.0.1, and on [::1] where there is one, until Close. It
// fails when its port is taken, when another process serves the same folder, or
// when the world there cannot be read.
func Start(o Options) (*Server, error) {
	faults, err := o.check()
	if err != nil {
		return nil, err
	}
	rights := &aws.Rights{}
	if err := rights.Set(o.CallerPolicy); err != nil {
		return nil, err
	}
	claim, err := claimDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{log: o.Log, rights: rights}
	if err := s.start(o, faults, claim); err != nil {
		claim.release()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(o Options, faults *fault.Set, claim *claim) error {
	store, err := state.Open(o.Dir, o.Now)
	if err != nil {
		return err
	}
	listeners, err := bind(o.Dir, o.Port)
	if err != nil {
		return err
	}
	s.address = site.Address{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", listeners[0].Addr().(*net.TCPAddr).Port), Public: o.public}
	pages := site.NewPages(s.address, s.log)
	s.parts = newParts(aws.Environment{Store: store, Address: s.address, Latency: o.Latency.Latency(), Rights: s.rights, Log: s.log}, pages, o.Refusal)
	router, err := s.parts.router(o.Intercept, faults)
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
		// A silent connection, such as browsers open ahead of need, would hold
		// Shutdown for seconds.
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
		closeAll(listeners) // Shutdown does not know one whose Serve has not begun yet
		defer claim.release()
		return store.Save()
	})
	s.log.Info("sandbox serves", "endpoint", s.address.Endpoint, "world", store.ID(), "dir", o.Dir)
	return nil
}

// Endpoint is the address for API clients, "http://127.0.0.1:9595", without a trailing slash.
func (s *Server) Endpoint() string { return s.address.Endpoint }

// PortalURL is the first page of the developer portal, where a browser reaches it.
func (s *Server) PortalURL() string { return s.address.Base() + site.PortalPath }

// ReadyApp returns the credentials of an app that needs no visit to the portal: it
// has the sign-in product, and the callback of every provider created with it
// registers itself. It is created on first use and stays the same in one world.
func (s *Server) ReadyApp() (clientID, clientSecret string) {
	clientID, clientSecret, err := s.parts.vendor.ReadyApp()
	if err != nil {
		// The world could not be saved; the app is not there, and using it will say so.
		s.log.Error("ready app", "error", err)
	}
	return clientID, clientSecret
}

// SetCallerPolicy replaces Options.CallerPolicy from the next call on. It
// refuses a document that is no IAM policy; "" allows everything.
func (s *Server) SetCallerPolicy(document string) error { return s.rights.Set(document) }

// Env is what an AWS client, and this program, need in their environment to use
// the sandbox. LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET are the ready app's.
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

// Close ends serving within a second; the world is saved. It is safe to call twice.
func (s *Server) Close() error { return s.close() }
