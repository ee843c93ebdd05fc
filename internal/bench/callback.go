//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
)

// others is how many other connections meet the listener at a time.
const others = 1000

// bindings measures the time from the browser's request until CompleteResourceTokenAuth
// reaches AgentCore, for hundreds of consents in so many rounds, while other connections
// are open, or tried and refused.
func bindings(ctx context.Context, rounds int) (median, p99 time.Duration, err error) {
	s, err := serve("none")
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	var all []time.Duration
	for range rounds {
		took, err := bindRound(ctx, s)
		if err != nil {
			return 0, 0, err
		}
		all = append(all, took...)
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100], nil
}

// inRound is how many consents a listener gets: it takes no more than 256.
const inRound = 200

func bindRound(ctx context.Context, s *server) (all []time.Duration, err error) {
	round, port, err := listen(ctx, s)
	if err != nil {
		return nil, err
	}
	defer port.Close()
	defer round.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	crowd(ctx, fmt.Sprintf("127.0.0.1:%d", port.Number()))
	for range inRound {
		took, err := bind(ctx, s, round, port.Number())
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return all, nil
}

// listen opens the listener of a consent round.
func listen(ctx context.Context, s *server) (*consent.Round, *callback.Port, error) {
	env, err := awsenv.Open(ctx, awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: s.Endpoint(), AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey,
		Region: sandbox.Region, Portal: s.PortalURL()}})
	if err != nil {
		return nil, nil, err
	}
	port, err := callback.Hold(ctx, callback.PortOptions{})
	if err != nil {
		return nil, nil, err
	}
	round := &consent.Round{AWS: env, Run: run.New(run.Store{Dir: os.DevNull}, run.Begin(time.Now(), run.Environment{}), false), Life: consent.LinkLife,
		Hide: func(...string) {}, Tell: func(any) {}, Observed: func(ctx context.Context) context.Context { return ctx },
		Stored: func(context.Context, string) bool { return false }}
	return round, port, round.Listen(ctx, port, callback.Options{})
}

// bind lets a browser return with a session, and measures until it is handed on.
func bind(ctx context.Context, s *server, round *consent.Round, port int) (time.Duration, error) {
	session := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	if err := errors.Join(round.Remember("token", []mcp.Elicitation{{Session: session, URL: "https://example.com"}}), round.Expect(session)); err != nil {
		return 0, err
	}
	s.forget()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://localhost:%d%s?session_id=%s", port, callback.DefaultPath, url.QueryEscape(session)), nil)
	if err != nil {
		return 0, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // to the page that says how it went
	for began := time.Now(); ctx.Err() == nil; began = time.Now() {
		resp, err := client.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		s.mu.Lock()
		handed := s.spans["CompleteResourceTokenAuth"]
		s.mu.Unlock()
		switch {
		case len(handed) > 0:
			return handed[0].began.Sub(began), nil
		case err == nil:
			return 0, fmt.Errorf("the session is not handed on: HTTP %d", resp.StatusCode)
		}
		// It was refused as one of the crowd. A browser tries again.
	}
	return 0, ctx.Err()
}

// crowd keeps other connections at the listener until the context ends. One that is
// refused tries again a second later.
func crowd(ctx context.Context, address string) {
	for range others {
		go func() {
			time.Sleep(time.Duration(mathrand.Int64N(int64(time.Second)))) // they do not come all at once
			for ctx.Err() == nil {
				var d net.Dialer
				c, err := d.DialContext(ctx, "tcp", address)
				if err == nil {
					_ = c.SetReadDeadline(time.Now().Add(time.Second))
					_, _ = c.Read(make([]byte, 1)) // until it is closed
					c.Close()
				}
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
				}
			}
		}()
	}
	time.Sleep(2 * time.Second) // until they are there
}
