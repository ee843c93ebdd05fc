//go:build linux

package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/sandbox/state"
)

// server is a sandbox that knows how long each call took there.
type server struct {
	*sandbox.Server
	lasts state.Latency

	mu    sync.Mutex
	spans map[string][]span // by operation, without its service
	pause time.Duration     // before each page of the developer portal
}

// span is a call as the server saw it.
type span struct{ began, ended time.Time }

// seed fixes the durations of calls, so that every way meets the same ones.
const seed = 20261126

func serve(latency string) (*server, error) {
	s := &server{lasts: state.LatencyClass(latency).Latency(seed), spans: map[string][]span{}}
	var err error
	s.Server, err = sandbox.Start(sandbox.Options{Latency: sandbox.Latency(latency), Seed: seed, Intercept: s.record})
	return s, err
}

func (s *server) record(operation string, next http.Handler) http.Handler {
	name := operation[strings.LastIndex(operation, ":")+1:]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		if name == "portal" {
			time.Sleep(s.pause)
		}
		next.ServeHTTP(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.spans[name] = append(s.spans[name], span{began, time.Now()})
	})
}

// forget begins another measurement.
func (s *server) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = map[string][]span{}
}

// browsers are the operations that the program does not call.
var browsers = map[string]bool{"portal": true, "consent": true, "allow": true, "authorize": true, "callback": true, "accessToken": true, "userinfo": true, "jwks": true, "identity": true}

// calls counts the program's calls by operation.
func (s *server) calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]int{}
	for name, spans := range s.spans {
		if !browsers[name] {
			all[name] = len(spans)
		}
	}
	return all
}

// took says how long a call or a state of a list took at this server. An operation that
// is polled counts with its last call; where the list has "X 2", X is the first call and
// "X 2" the last one. People take no time.
func (s *server) took(list []need) func(what string) time.Duration {
	states := map[string]time.Duration{domainActive: s.lasts.Domain, gatewayReady: s.lasts.Gateway, providerReady: s.lasts.Provider, targetReady: s.lasts.Target,
		targetGone: s.lasts.Target / 2, gatewayGone: s.lasts.Gateway / 2, providerGone: s.lasts.Provider / 2}
	return func(what string) time.Duration {
		if lasts, known := states[what]; known && s.lasts.Call > 0 {
			return lasts // without latency, polls end it
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		spans := s.spans[strings.TrimSuffix(what, " 2")]
		if len(spans) == 0 {
			return 0
		}
		at := spans[len(spans)-1]
		if slices.ContainsFunc(list, func(n need) bool { return n.What == what+" 2" }) {
			at = spans[0]
		}
		return at.ended.Sub(at.began)
	}
}
