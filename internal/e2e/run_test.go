//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

var accounts atomic.Int64

// newRun returns a run in a separate account, with the sandbox's ready-made LinkedIn
// app.
func newRun(t testing.TB, b *testkit.Sandbox) *testkit.Run {
	t.Helper()
	s := testkit.NewRun(t, b)
	s.Caller = fmt.Sprintf("%012d", 300000000000+accounts.Add(1))
	s.AWS = b.Connect(t, s.Caller)
	id, secret := b.ReadyApp()
	s.Settings = func(o *steps.Settings) {
		o.Backoff.First, o.AnswerLimit = 3*time.Millisecond, 1500*time.Millisecond
		o.Given = func(q string) string {
			return map[string]string{"linkedin_client_id": id, "linkedin_client_secret": "(given)"}[q]
		}
	}
	s.Answerers = []engine.Answerer{func(_ context.Context, q engine.Question) (engine.Answer, bool, error) {
		switch q.Name {
		case "linkedin_client_id":
			return engine.Answer(id), true, nil
		case "linkedin_client_secret":
			return engine.Answer(secret), true, nil
		}
		return "", false, nil
	}}
	return s
}

// profileOf returns the profile that a walk ended with, as JSON, or "".
func profileOf(o testkit.Outcome) string {
	r := o.Result()
	if r == nil {
		return ""
	}
	raw, _ := json.Marshal(r.Profile)
	return string(raw)
}

// sample is the share of a sweep's cases that is run.
func sample(cases []namedCase) []namedCase {
	var some []namedCase
	for i := 0; i < len(cases); i += sweepShare {
		some = append(some, cases[i])
	}
	return some
}

// inParallel distributes the cases to workers. Each case has its own sandbox.
func inParallel(t *testing.T, workers int, cases []namedCase) {
	t.Helper()
	queue := make(chan namedCase)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for c := range queue {
				t.Run(c.name, func(t *testing.T) { c.run(t, testkit.StartAWS(t)) })
			}
		})
	}
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	wg.Wait()
}

type namedCase struct {
	name string
	run  func(*testing.T, *testkit.Sandbox)
}

// unique removes duplicates and keeps the order.
func unique(all []string) []string {
	var out []string
	for _, x := range all {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
