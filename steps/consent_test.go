package steps_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// human answers like somebody with an app who reads what is shown. act is
// called with each consent question in turn, from 1.
type human struct {
	s    *testkit.Run
	act  func(n int, link string) (engine.Answer, bool)
	mu   sync.Mutex
	n    int
	more map[string]engine.Answer
	link string
}

// attend lets a human answer the questions, with an app that is ready.
func attend(s *testkit.Run, act func(n int, link string) (engine.Answer, bool)) *human {
	h := &human{s: s, act: act, more: map[string]engine.Answer{}}
	id, secret := s.Sandbox.ReadyApp()
	usual := map[string]engine.Answer{"plan": engine.Yes, "round_trip": "skip", "app": "myself", "register_app": "myself", "registered": engine.Yes,
		"linkedin_client_id": engine.Answer(id), "linkedin_client_secret": engine.Answer(secret), "next": "keep", "cleanup": engine.Yes, "recreate": engine.Yes}
	s.Watch = func(e engine.Event) {
		if testkit.Link(e).Purpose == event.Consent {
			h.mu.Lock()
			h.link = testkit.Link(e).URL
			h.mu.Unlock()
		}
	}
	s.Person = func(q engine.Question) (engine.Answer, bool) {
		h.mu.Lock()
		if a, ok := h.more[q.Name]; ok {
			h.mu.Unlock()
			return a, true
		}
		if q.Name != "consent" {
			h.mu.Unlock()
			a, ok := usual[q.Name]
			return a, ok
		}
		h.n++
		n, link := h.n, h.link
		h.mu.Unlock()
		return h.act(n, link)
	}
	return h
}

// answer sets the answer to another question.
func (h *human) answer(name string, a engine.Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.more[name] = a
}

// opened are the links that browse has opened; each has a session of its own.
var opened sync.Map

// browse opens the link and presses Allow; it gives no answer here. A link that
// was opened is not opened again when the question is put once more.
func browse(s *testkit.Run, link string) (engine.Answer, bool) {
	if _, opened := opened.LoadOrStore(link, true); opened {
		return "", false
	}
	if err := (sandbox.Person{}).Allow(s.T.Context(), link); err != nil && s.T.Context().Err() == nil { // the test may be over by then
		s.T.Errorf("the browser: %v", err)
	}
	return "", false
}

// redirected opens the link, presses Allow, and returns the address that the
// browser is sent to at the end, without going there.
func redirected(s *testkit.Run, link string) string {
	s.T.Helper()
	last := ""
	p := sandbox.Person{Client: &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Query().Has("session_id") {
			last = r.URL.String()
			return errors.New("the browser runs elsewhere")
		}
		return nil
	}}}
	_ = p.Allow(s.T.Context(), link)
	if last == "" {
		s.T.Error("the browser was not sent back")
	}
	return last
}

// countForced counts the tools/call requests that forced authentication, and all.
func countForced(s *testkit.Run) (forced, all int) {
	for _, r := range s.Requests() {
		if r.Op == "gateway:tools/call" {
			all++
			if strings.Contains(strings.ReplaceAll(r.Body, " ", ""), `"forceAuthentication":true`) {
				forced++
			}
		}
	}
	return forced, all
}

func mustForce(s *testkit.Run, forced, all int) {
	s.T.Helper()
	if f, a := countForced(s); f != forced || a != all {
		s.T.Errorf("%d of %d calls forced authentication, want %d of %d", f, a, forced, all)
	}
}

func TestAPersonConsentsInTheirOwnBrowser(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	o := s.MustComplete(s.Walk())
	mustForce(s, 1, 2)
	if o.Result() == nil || o.Result().Profile == nil {
		t.Fatal("no profile")
	}
	if slices.Contains(o.Asked, "expired") {
		t.Error("it asked about an expiry")
	}
}

func TestTheVeryJWTThatMadeTheCallCompletesTheSession(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	var mu sync.Mutex
	var bearers []string
	s.Intercept(func(op string, _ int, _ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if op == "gateway:tools/call" {
			mu.Lock()
			bearers = append(bearers, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
			mu.Unlock()
		}
		return false
	})
	s.MustComplete(s.Walk())
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Op, "CompleteResourceTokenAuth") && !strings.Contains(r.Body, bearers[0]) {
			t.Error("another token completed it")
		}
	}
	if s.Count("CompleteResourceTokenAuth") != 1 {
		t.Errorf("CompleteResourceTokenAuth was called %d times", s.Count("CompleteResourceTokenAuth"))
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.Refusal{sandbox.RefusalWithError, sandbox.RefusalBare, sandbox.RefusalDeadEnd} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newRun(t, func(o *sandbox.Options) { o.Refusal = kind })
			asksAt := map[sandbox.Refusal]int{sandbox.RefusalBare: 2, sandbox.RefusalDeadEnd: 1}[kind]
			h := attend(s, func(n int, link string) (engine.Answer, bool) {
				if n == 1 {
					if err := (sandbox.Person{}).Cancel(t.Context(), link); err != nil {
						t.Error(err)
					}
				}
				switch {
				case n > asksAt && asksAt > 0:
					return "decline", true
				case n == asksAt:
					return "browser-error", true // nothing comes back that names the session: the person asks
				}
				return "", false // the listener hears of it, and asks again where no session came
			})
			h.answer("browser_shows", "6") // You pressed Cancel
			h.answer("decline", engine.Yes)
			o := s.Walk()
			if kind == sandbox.RefusalWithError {
				s.MustFail(o, steps.ExitFailed, "refusal", "access_denied", "run consent invoke")
			} else {
				s.MustFail(o, steps.ExitFailed, "you declined", "run consent invoke")
				s.MustSay(o, "nothing was stored", "Fix: get a new link")
			}
			if kind == sandbox.RefusalBare {
				s.MustSay(o, `the error "access_denied" and without a session. Nothing was completed`)
			}
			s.ForgetRequests()
			h.act = func(_ int, link string) (engine.Answer, bool) { return browse(s, link) }
			s.MustComplete(s.Walk())
			mustForce(s, 0, 2) // the round goes on
		})
	}
}

func TestDeclineIsAskedTwiceAndStopsHere(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	h := attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			return "decline", true
		}
		return browse(s, link)
	})
	h.answer("decline", engine.No)
	s.MustComplete(s.Walk())
}

func TestAFreshLinkNeverForcesAgain(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	var links []string
	attend(s, func(n int, link string) (engine.Answer, bool) {
		links = append(links, link)
		if n < 3 {
			return "new-link", true
		}
		return browse(s, link)
	})
	s.MustComplete(s.Walk())
	if len(links) != 3 || links[0] == links[1] || links[1] == links[2] {
		t.Errorf("links %v", links)
	}
	mustForce(s, 1, 4)
}

func TestAnExpiredLinkIsReplacedByAFreshOne(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	h := attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			return "", false // out for coffee
		}
		return browse(s, link)
	})
	h.answer("expired", engine.Yes)
	s.Settings = func(o *steps.Settings) { o.LinkLife = 700 * time.Millisecond }
	o := s.MustComplete(s.Walk())
	if !slices.Contains(o.Asked, "expired") {
		t.Errorf("asked %v", o.Asked)
	}
	mustForce(s, 1, 3)
}

func TestAnExpiredLinkWithNobodyThereExitsWith3(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	giveReadyApp(s)
	given := s.Settings
	s.Settings = func(o *steps.Settings) {
		given(o)
		o.LinkLife, o.Simulated = 300*time.Millisecond, nil
	}
	o := s.Walk()
	s.MustFail(o, steps.ExitNeedsPerson, "expired", "run consent invoke")
	if n := len(o.Links(event.Consent)); n != 1 {
		t.Errorf("%d links were shown", n)
	}
}

func TestALinkThatTheServiceHasForgottenIsReplacedOnAsking(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			s.Advance(11 * time.Minute)
			err := (sandbox.Person{}).Allow(t.Context(), link)
			s.Advance(-11 * time.Minute)
			if err == nil {
				t.Error("the sandbox took a link that has expired")
			}
			return "new-link", true
		}
		return browse(s, link)
	})
	s.MustComplete(s.Walk())
	mustForce(s, 1, 3)
}

func TestThePersonMayPasteTheAddressThatTheBrowserEndedOn(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
	s.MustComplete(s.Walk())
	mustForce(s, 1, 2)
}

func TestAPastedSessionOfSomebodyElseCompletesNothing(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			return "http://localhost:9090/oauth2/callback?session_id=urn:ietf:params:oauth:request_uri:somebodyelse", true
		}
		if n := s.Count("CompleteResourceTokenAuth"); n != 0 {
			t.Errorf("CompleteResourceTokenAuth was called %d times", n)
		}
		return browse(s, link)
	})
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "belongs to another session")
	mustForce(s, 1, 2) // and the link that was shown still serves
}

func TestPastedRubbishIsRefusedByTheQuestionItself(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	o := s.MustComplete(s.Walk())
	checked := false
	for _, e := range o.Events {
		asked, ok := e.Body.(engine.Asked)
		if !ok || asked.Question.Name != "consent" {
			continue
		}
		checked = true
		for _, rubbish := range []engine.Answer{"", "x", "http://localhost:9090/oauth2/callback", "https://www.linkedin.com/", "session_id=urn:x", "\x1b[31m"} {
			if asked.Question.Check(rubbish) == nil {
				t.Errorf("%q passes", rubbish)
			}
		}
		for _, good := range []engine.Answer{"open", "new-link", "decline", "urn:ietf:params:oauth:request_uri:abc"} {
			if err := asked.Question.Check(good); err != nil {
				t.Errorf("%q: %v", good, err)
			}
		}
	}
	if !checked {
		t.Fatal("the consent question was not put")
	}
}

func TestAConsentIsResumedAfterARestartWithOneCallThatDoesNotForce(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	old := ""
	h := attend(s, func(_ int, link string) (engine.Answer, bool) {
		old = redirected(s, link) // and the program is stopped before it comes back
		return "decline", true
	})
	h.answer("decline", engine.Yes)
	s.MustFail(s.Walk(), steps.ExitFailed, "declined")
	mustForce(s, 1, 1)
	s.ForgetRequests()
	// The arrival puts the question again, so that the person may be asked twice.
	oldWindow := sync.OnceValue(func() string { // comes back to the new process
		resp, err := http.Get(old)
		if err != nil {
			t.Error(err)
			return ""
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if s.Count("CompleteResourceTokenAuth") != 0 {
			t.Error("a session from before the restart was completed")
		}
		return fmt.Sprint(resp.StatusCode, string(body))
	})
	h.act = func(_ int, link string) (engine.Answer, bool) {
		oldWindow()
		return browse(s, link)
	}
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "The consent that was begun goes on")
	mustForce(s, 0, 2) // one for the link, one for the profile
	if page := oldWindow(); page == "" || strings.HasPrefix(page, "200") {
		t.Errorf("the old window shows %q", page)
	}
}

// leaver answers as its run's person does, and interrupts the walk when it waits
// for the browser.
type leaver struct {
	run       *testkit.Run
	interrupt context.CancelFunc
	loop      *engine.Loop
	consents  int
}

func (l *leaver) Begin(_ context.Context, m engine.Machine, loop *engine.Loop) {
	l.loop = loop
	go loop.Send(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
}

func (l *leaver) Show(_, after engine.Machine, e engine.Event) {
	if l.run.Watch != nil {
		l.run.Watch(e)
	}
	if asked, is := e.Body.(engine.Asked); is && asked.Question.Name == "consent" {
		l.consents++
		l.interrupt()
	} else if is {
		if answer, ok := l.run.Person(asked.Question); ok {
			l.loop.Answer(e.Step, answer)
		}
	}
	if !after.Busy() {
		l.loop.Leave(nil)
	}
}

// Whoever leaves while the browser is waited for is not asked again.
func TestLeavingEndsTheWaitForTheBrowserAtOnce(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(int, string) (engine.Answer, bool) { return "", false })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	walk := s.NewWalk(steps.Tutorial())
	defer walk.Close()
	front := &leaver{run: s, interrupt: cancel}
	began := time.Now()
	_, _ = engine.Drive(ctx, testkit.NewRunner(walk, true), testkit.NewMachine(engine.Mode{Follow: true}, steps.Tutorial()), front)
	if front.consents != 1 {
		t.Errorf("the question was put %d times, in %v", front.consents, time.Since(began))
	}
}
