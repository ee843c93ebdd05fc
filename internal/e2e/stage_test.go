//go:build unix

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// stage is one run in an account of its own, driven in this process. Every walk
// is what a new process would do: nothing is kept but the state folder.
type stage struct {
	t     testing.TB
	b     *box
	aws   *awsenv.Environment
	key   string
	home  string
	port  int
	run   string
	adapt func(*steps.Settings)     // changes to every kit, or nil
	watch func(engine.Event)        // sees every event, or nil
	world func(*awsenv.Environment) // changes to the world of every kit, or nil
}

var accounts atomic.Int64

func newStage(t testing.TB, b *box) *stage {
	t.Helper()
	key := fmt.Sprintf("%012d", 300000000000+accounts.Add(1))
	w := b.as(t, key)
	t.Cleanup(w.HTTP.CloseIdleConnections)
	return &stage{t: t, b: b, key: key, aws: w, home: t.TempDir(), port: freeport.Take(t), run: "test"}
}

// outcome is how a walk ended and what was told on the way.
type outcome struct {
	machine engine.Machine
	said    string
	urls    []string
	profile string
}

func (o outcome) failure() *engine.Failure { return o.machine.Failure() }

func (s *stage) store() run.Store { return run.Store{Dir: s.home} }

func (s *stage) walk() outcome {
	s.t.Helper()
	return s.drive(engine.Mode{Follow: true}, steps.Tutorial())
}

func (s *stage) cleanup() outcome {
	s.t.Helper()
	step, _ := steps.Find(steps.Cleanup)
	return s.drive(engine.Mode{Follow: true}, []steps.Step{step})
}

func (s *stage) drive(mode engine.Mode, todo []steps.Step) outcome {
	s.t.Helper()
	r, err := s.store().Load(s.run)
	if err != nil {
		r = steps.NewRecord(s.run, true)
	}
	id, secret := s.b.ReadyApp()
	settings := steps.Settings{Program: "agentcore-3lo", Home: s.home, LogPath: filepath.Join(s.home, "log"), Port: s.port,
		World: awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: s.b.Endpoint(), AccessKeyID: s.key, SecretAccessKey: sandbox.SecretAccessKey,
			Region: sandbox.Region, Portal: s.b.PortalURL()}},
		Todo: todo, Env: func(string) string { return "" }, Backoff: steps.Backoff{First: 3 * time.Millisecond, Max: 50 * time.Millisecond}, AnswerLimit: 1500 * time.Millisecond,
		Simulated: sandbox.Person{}, Yes: true, Unattended: true, NoBrowser: true,
		Given: func(q string) string {
			return map[string]string{"linkedin_client_id": id, "linkedin_client_secret": "(given)"}[q]
		}}
	if s.adapt != nil {
		s.adapt(&settings)
	}
	kit := steps.NewKit(settings, s.store(), r, nil)
	defer kit.Close()
	if err := kit.Keep(); err != nil {
		s.t.Fatal(err)
	}
	if s.world != nil {
		w, err := awsenv.Open(context.Background(), settings.World)
		if err == nil {
			err = w.Identify(context.Background())
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.world(w)
		kit.Adopt(w, nil)
	}
	runner := steps.NewRunner(kit, false, func(_ context.Context, q engine.Question) (engine.Answer, bool, error) {
		switch q.Name {
		case "linkedin_client_id":
			return engine.Answer(id), true, nil
		case "linkedin_client_secret":
			return engine.Answer(secret), true, nil
		}
		return "", false, nil
	})
	defer func() {
		runner.Close()
		if w := kit.World(); w != nil {
			w.HTTP.CloseIdleConnections()
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	m := steps.NewMachine(mode, todo, nil)
	var o outcome
	var said strings.Builder
	take := func(e engine.Event) {
		var fx []engine.Effect
		m, fx = m.Next(e)
		if s.watch != nil {
			s.watch(e)
		}
		switch b := e.Body.(type) {
		case steps.Note:
			fmt.Fprintln(&said, b.Text)
		case steps.Progress:
			fmt.Fprintln(&said, b.Text)
		case steps.URL:
			if b.Purpose == steps.PurposeConsent {
				o.urls = append(o.urls, b.URL)
			}
		case steps.Result:
			raw, _ := json.Marshal(b.Profile)
			o.profile = string(raw)
		}
		runner.Do(ctx, fx...)
	}
	take(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
	if m.Busy() {
		for e := range runner.Events() {
			take(e)
			if !m.Busy() {
				break
			}
		}
	}
	if ctx.Err() != nil {
		s.t.Errorf("it did not end within %s; it said\n%s", limit, said.String())
	}
	o.machine, o.said = m, said.String()
	return o
}

// mustEnd insists that all is done.
func (s *stage) mustEnd(o outcome) outcome {
	s.t.Helper()
	if f := o.failure(); f != nil {
		s.t.Fatalf("failed while %s: %s %s: %s", f.Doing, f.Why.Service, f.Why.Code, f.Why.Message)
	}
	if !o.machine.Complete() {
		s.t.Fatalf("not complete; it said\n%s", o.said)
	}
	return o
}

// mustExplain insists on the four parts and the exit code.
func (s *stage) mustExplain(f *engine.Failure, exit int) {
	s.t.Helper()
	if f.Doing == "" || f.Why.Message == "" || f.Next == "" || f.Log == "" {
		s.t.Errorf("a part of the failure is missing: %+v", f)
	}
	if f.Exit != exit {
		s.t.Errorf("exit %d, want %d: %s: %s %s", f.Exit, exit, f.Doing, f.Why.Code, f.Why.Message)
	}
	if strings.Contains(f.Why.Message, "fault in this program") {
		s.t.Errorf("it panicked while %s", f.Doing)
	}
}

// inParallel gives every case to one of the workers, each of which has a
// sandbox of its own.
func inParallel(t *testing.T, workers int, cases []namedCase) {
	t.Helper()
	queue := make(chan namedCase)
	var wg sync.WaitGroup
	for range workers {
		b := newBox(t)
		wg.Go(func() {
			for c := range queue {
				t.Run(c.name, func(t *testing.T) {
					b.mu.Lock()
					b.t = t
					b.mu.Unlock()
					b.intrude(nil)
					c.run(t, b)
				})
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
	run  func(*testing.T, *box)
}

// unique keeps the first of each.
func unique(all []string) []string {
	var out []string
	for _, x := range all {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
