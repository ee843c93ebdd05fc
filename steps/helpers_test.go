package steps_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
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

// testLimit ends a walk that hangs long before the package's own time limit.
const testLimit = 2 * time.Minute

// stage is one sandbox with one run in it. Everything between them is HTTP.
type stage struct {
	t     *testing.T
	box   *sandbox.Server
	home  string
	run   string
	key   string // access key id of the program, which says who calls; "" = the sandbox's own
	store run.Store
	aws   *awsenv.Environment // to look, and to do things behind the program's back

	settings  func(*steps.Settings) // changes to every kit, or nil
	person    func(engine.Question) (engine.Answer, bool)
	watch     func(engine.Event) // sees every event, or nil
	opened    sync.Map           // the links that the person's browser has opened
	answerers []engine.Answerer  // what flags would answer

	mu      sync.Mutex
	ahead   time.Duration // how far the sandbox's clock is ahead
	journal []request
	hook    hook
	endsAt  string // the question at which standard input ends; "" = never
}

// request is one that the sandbox got.
type request struct{ Op, Body string }

// hook may answer a request in the sandbox's place; it says whether it did. n
// counts the requests of that operation since the hook was set, from 1.
type hook func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool

// newStage serves a sandbox from memory. By default the simulated person does
// everything, as with --yes.
func newStage(t *testing.T, options ...func(*sandbox.Options)) *stage {
	t.Helper()
	s := &stage{t: t, home: t.TempDir(), run: "test"}
	s.store = run.Store{Dir: s.home}
	o := sandbox.Options{Port: freeport.Take(t), Intercept: s.intercept, Now: s.now}
	for _, change := range options {
		change(&o)
	}
	box, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	s.box = box
	s.aws, err = awsenv.Open(t.Context(), awsenv.Options{Sandbox: s.place()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.aws.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) place() *awsenv.Sandbox {
	return &awsenv.Sandbox{Endpoint: s.box.Endpoint(), AccessKeyID: cmp.Or(s.key, sandbox.AccessKeyID), SecretAccessKey: sandbox.SecretAccessKey,
		Region: sandbox.Region, Portal: s.box.PortalURL()}
}

func (s *stage) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.ahead)
}

func (s *stage) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

func (s *stage) intercept(op string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.journal = append(s.journal, request{op, string(body)})
		h := s.hook
		s.mu.Unlock()
		if h != nil && h(op, 0, w, r, next) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// intrude lets a hook stand before every request from now on; nil ends it.
func (s *stage) intrude(h hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h == nil {
		s.hook = nil
		return
	}
	var mu sync.Mutex
	counts := map[string]int{}
	s.hook = func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		mu.Lock()
		counts[op]++
		n := counts[op]
		mu.Unlock()
		return h(op, n, w, r, next)
	}
}

// forget empties the journal.
func (s *stage) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = nil
}

// requests are those since the last forget.
func (s *stage) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal)
}

// changes are the requests that make, alter or remove something at AWS.
func (s *stage) changes() []string {
	var all []string
	for _, r := range s.requests() {
		_, op, _ := strings.Cut(r.Op, ":")
		if op != "CompleteResourceTokenAuth" && slices.ContainsFunc([]string{"Create", "Update", "Put", "Delete", "Attach", "Detach", "Tag"},
			func(verb string) bool { return strings.HasPrefix(op, verb) }) {
			all = append(all, op)
		}
	}
	return all
}

func (s *stage) count(op string) int {
	n := 0
	for _, r := range s.requests() {
		if strings.HasSuffix(r.Op, op) {
			n++
		}
	}
	return n
}

// outcome is how a walk ended, and all that was told on the way.
type outcome struct {
	kit     *steps.Kit
	machine engine.Machine
	events  []engine.Event
	asked   []string
}

func (o outcome) failure() *engine.Failure { return o.machine.Failure() }

// said is every line that was told, in order.
func (o outcome) said() string {
	var b strings.Builder
	for _, e := range o.events {
		if text := textOf(e); text != "" {
			b.WriteString(text + "\n")
		}
	}
	return b.String()
}

func (o outcome) result() *steps.Result {
	for _, e := range slices.Backward(o.events) {
		if r, ok := e.Body.(steps.Result); ok {
			return &r
		}
	}
	return nil
}

func (o outcome) urls(p steps.Purpose) []string {
	var all []string
	for _, e := range o.events {
		if purposeOf(e) == p {
			all = append(all, linkOf(e).URL)
		}
	}
	return all
}

// textOf is the line that an event tells, or "".
func textOf(e engine.Event) string {
	switch b := e.Body.(type) {
	case steps.Note:
		return b.Text
	case steps.Progress:
		return b.Text
	}
	return ""
}

// linkOf is the URL that an event shows; without one it is zero.
func linkOf(e engine.Event) steps.URL {
	u, _ := e.Body.(steps.URL)
	return u
}

func purposeOf(e engine.Event) steps.Purpose { return linkOf(e).Purpose }

// kit prepares the run as a new process would.
func (s *stage) kit(todo []steps.Step) *steps.Kit {
	s.t.Helper()
	r, err := s.store.Load(s.run)
	if err != nil {
		r = steps.NewRecord(s.run, true)
		r.Settings.Port = freeport.Take(s.t) // as if remembered: 9090 may be anybody's here
	}
	settings := steps.Settings{Program: "agentcore-3lo", Home: s.home, LogPath: filepath.Join(s.home, "log"),
		World: awsenv.Options{Sandbox: s.place()}, Todo: todo, Env: func(string) string { return "" },
		Backoff:   steps.Backoff{First: 5 * time.Millisecond, Max: 50 * time.Millisecond},
		Simulated: sandbox.Person{}, Yes: true, Unattended: true, NoBrowser: true}
	if s.person != nil {
		settings.Yes, settings.Unattended = false, false
	}
	if s.settings != nil {
		s.settings(&settings)
	}
	kit := steps.NewKit(settings, s.store, r, nil)
	if err := kit.Keep(); err != nil {
		s.t.Fatal(err)
	}
	return kit
}

// walk goes the whole way, as a new process would.
func (s *stage) walk() outcome {
	s.t.Helper()
	return s.drive(engine.Mode{Follow: true}, steps.Tutorial(), nil)
}

// again carries out these steps alone, expressly.
func (s *stage) again(ids ...engine.ID) outcome {
	s.t.Helper()
	var todo []steps.Step
	for _, id := range ids {
		step, ok := steps.Find(id)
		if !ok {
			s.t.Fatalf("no step %q", id)
		}
		todo = append(todo, step)
	}
	return s.drive(engine.Mode{Follow: true, Again: true}, todo, nil)
}

func (s *stage) drive(mode engine.Mode, todo []steps.Step, done []engine.ID) outcome {
	s.t.Helper()
	kit := s.kit(todo)
	return s.driveKit(kit, steps.NewMachine(mode, todo, done))
}

func (s *stage) driveKit(kit *steps.Kit, m engine.Machine) outcome {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), testLimit)
	defer cancel()
	defer kit.Close()
	runner := steps.NewRunner(kit, s.person != nil, s.answerers...)
	defer runner.Close()
	o := outcome{kit: kit}
	var ended atomic.Bool // no question is answered any more
	take := func(e engine.Event) {
		var fx []engine.Effect
		m, fx = m.Next(e)
		o.events = append(o.events, e)
		if s.watch != nil {
			s.watch(e)
		}
		if asked, ok := e.Body.(engine.Asked); ok {
			o.asked = append(o.asked, asked.Question.Name)
			go func() {
				if ended.Load() || asked.Question.Name == s.endsAt {
					ended.Store(true)
					runner.Unanswered(e.Step)
				} else if a, ok := s.person(asked.Question); ok {
					runner.Answer(e.Step, a)
				}
			}()
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
		s.t.Fatalf("the walk did not end in time; last said:\n%s", tail(o.said()))
	}
	o.machine = m
	return o
}

// mustEnd walks and insists on the profile.
func (s *stage) mustEnd(o outcome) outcome {
	s.t.Helper()
	if f := o.failure(); f != nil {
		s.t.Fatalf("failed while %s: %s %s: %s", f.Doing, f.Why.Service, f.Why.Code, f.Why.Message)
	}
	if !o.machine.Complete() {
		s.t.Fatalf("not complete: %+v", o.machine.Steps())
	}
	return o
}

// mustFail insists on a failure whose text holds all the words.
func (s *stage) mustFail(o outcome, exit int, words ...string) *engine.Failure {
	s.t.Helper()
	f := o.failure()
	if f == nil {
		s.t.Fatalf("no failure; said:\n%s", o.said())
	}
	if f.Exit != exit {
		s.t.Errorf("exit %d, want %d", f.Exit, exit)
	}
	all := fmt.Sprintf("%s\n%s %s %s %s\n%s", f.Doing, f.Why.Service, f.Why.Code, f.Why.RequestID, f.Why.Message, f.Next)
	for _, w := range words {
		if !strings.Contains(all, w) {
			s.t.Errorf("the failure does not say %q:\n%s", w, all)
		}
	}
	if f.Doing == "" || f.Why.Message == "" || f.Next == "" || f.Log == "" {
		s.t.Errorf("a part of the failure is missing: %+v", f)
	}
	return f
}

func (s *stage) mustSay(o outcome, words ...string) {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(o.said(), w) {
			s.t.Errorf("it does not say %q; it said:\n%s", w, o.said())
		}
	}
}

func (s *stage) record() *run.Record {
	s.t.Helper()
	r, err := s.store.Load(s.run)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// id is what the record knows of a kind.
func (s *stage) id(kind string) string {
	s.t.Helper()
	x := s.record().Find(kind)
	if x == nil {
		s.t.Fatalf("no %s in the record", kind)
	}
	return x.ID
}
