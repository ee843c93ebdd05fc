//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// measured is one way from nothing to the profile and back.
type measured struct {
	Walk, Chain     time.Duration
	Clean, Deleting time.Duration // cleanup, and its chain; 0 = it failed
	Calls           map[string]int
	Path            []string // of the chain
}

// walk measures the program against a sandbox of that latency.
func walk(ctx context.Context, p program, latency string) (m measured, err error) {
	s, err := serve(latency)
	if err != nil {
		return m, err
	}
	defer s.Close()
	if m.Walk, err = p.until(ctx, "result", "walk", "--sandbox-url", s.Endpoint(), "--new", "--yes"); err != nil {
		return m, err
	}
	m.Chain, m.Path = longest(setup, s.took(setup))
	m.Calls = s.calls()
	s.forget()
	if m.Clean, err = p.until(ctx, "finished", "cleanup", "--yes"); err != nil {
		return m, err
	}
	m.Deleting, _ = longest(cleanup, s.took(cleanup))
	return m, nil
}

// tutorialWay measures the tutorial's cells against a sandbox of that latency.
func tutorialWay(ctx context.Context, latency string) (m measured, err error) {
	s, err := serve(latency)
	if err != nil {
		return m, err
	}
	defer s.Close()
	began := time.Now()
	t, err := newTutorial(ctx, s)
	if err == nil {
		err = t.walk(ctx)
	}
	if err != nil {
		return m, fmt.Errorf("the tutorial's way: %w", err)
	}
	m.Walk, m.Calls = time.Since(began), s.calls()
	began = time.Now()
	if err := t.clean(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "the tutorial's cleanup at %s latency: %v\n", latency, err)
		return m, nil
	}
	m.Clean = time.Since(began)
	return m, nil
}

// atPortal is how long the person of the last row takes at the developer portal.
const atPortal = 90 * time.Second

// portalPages is how many pages of the portal the simulated person opens until the app
// exists.
const portalPages = 9

// patient measures how long a person waits who takes that long at the portal: the
// simulated person waits before each of its pages.
func patient(ctx context.Context, p program, latency string) (waited time.Duration, err error) {
	s, err := serve(latency)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	s.pause = atPortal / portalPages
	took, err := p.until(ctx, "result", "walk", "--sandbox-url", s.Endpoint(), "--new", "--yes")
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	person := time.Duration(0)
	for _, at := range s.spans["portal"] {
		person += at.ended.Sub(at.began)
	}
	return took - person, nil
}
