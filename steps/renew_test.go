package steps_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// expire lets credentials expire when the operation is first called, until the
// person has renewed them.
func expire(s *testkit.Run, at string) (renewed *atomic.Bool) {
	var over atomic.Bool
	renewed = new(atomic.Bool)
	s.Intercept(func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		service, name, found := strings.Cut(op, ":")
		if !found || service == "gateway" {
			return false
		}
		if name == at {
			over.Store(true)
		}
		if !over.Load() || renewed.Load() {
			return false
		}
		if service == "iam" || service == "sts" {
			testkit.RefuseXML(w, 403, "ExpiredToken", "The security token included in the request is expired")
		} else {
			testkit.Refuse(w, 403, "ExpiredTokenException", "The security token included in the request is expired")
		}
		return true
	})
	return renewed
}

// Credentials that expire in the middle are asked for once, whatever runs side
// by side, and the run goes on to the profile.
func TestExpiredCredentialsAreRenewedAndTheRunGoesOn(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"GetCallerIdentity", "CreateUserPoolClient", "CreateRole", "CreateGateway", "CreateOauth2CredentialProvider", "CreateGatewayTarget", "CompleteResourceTokenAuth"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			attend(s, func(_ int, link string) (engine.Answer, bool) {
				_ = (sandbox.Person{}).Allow(t.Context(), link) // the first may be refused
				return "", false
			})
			renewed := expire(s, at)
			usual := s.Person
			asked := 0
			s.Person = func(q engine.Question) (engine.Answer, bool) {
				if q.Name != "credentials" {
					return usual(q)
				}
				if asked++; asked == 2 { // the first Enter came too soon
					renewed.Store(true)
				}
				return engine.Yes, true
			}
			o := s.MustComplete(s.Walk())
			if asked != 2 || !renewed.Load() {
				t.Errorf("asked %d times for new credentials", asked)
			}
			s.MustSay(o, "Not yet:", "The credentials are good again.")
			if o.Result() == nil {
				t.Error("no profile")
			}
			for _, op := range []string{"CreateUserPool", "CreateUserPoolClient", "CreateRole", "CreateGateway", "CreateOauth2CredentialProvider", "CreateGatewayTarget"} {
				want := 1
				if op == at {
					want = 3 // two were refused
				}
				if n := s.Count(op); n > want+1 {
					t.Errorf("%s was called %d times", op, n)
				}
			}
		})
	}
}

// With nobody there, expired credentials end the run, and say what to do.
func TestExpiredCredentialsWithNobodyThere(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	renewed := expire(s, "CreateGateway")
	s.MustFail(s.Walk(), steps.ExitDenied, "expired", "Renew them")
	renewed.Store(true)
	s.MustComplete(s.Walk())
}

// sleeps lets the program's time of day jump while timers stand still, as when
// a laptop is closed and opened again. The services' does not: they would
// refuse signatures that the SDK makes by the machine's own clock.
type sleeps struct{ jumped atomic.Int64 }

func (c *sleeps) now() time.Time { return time.Now().Add(time.Duration(c.jumped.Load())) }

func (c *sleeps) sleep(d time.Duration) { c.jumped.Add(int64(d)) }

// A link that expired during a sleep is replaced, with a bearer of its own: the
// old one, which has expired too, is not used for the old session.
func TestASleepWhileTheBrowserIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	clock := &sleeps{}
	s.Settings = func(o *steps.Settings) { o.Now = clock.now }
	h := attend(s, func(n int, link string) (engine.Answer, bool) {
		if n == 1 {
			clock.sleep(3 * time.Hour)
			return "", false
		}
		return browse(s, link)
	})
	h.answer("expired", engine.Yes)
	began := time.Now()
	o := s.MustComplete(s.Walk())
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the link's end was noticed after %v", took)
	}
	if links := o.Links(event.Consent); len(links) != 2 {
		t.Errorf("%d links", len(links))
	}
	if n := s.Count("CompleteResourceTokenAuth"); n != 1 {
		t.Errorf("%d sessions were completed", n)
	}
	if n := s.Count("token"); n < 2 {
		t.Errorf("%d bearers: one that had expired was shown again", n)
	}
	mustForce(s, 1, 3)
}

// A sleep in the middle of a wait for AWS does not use its patience up.
func TestASleepWhileTheGatewayIsMade(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	clock := &sleeps{}
	s.Settings = func(o *steps.Settings) { o.Now = clock.now }
	attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
	var slept atomic.Bool
	s.Watch = both(s.Watch, func(e engine.Event) {
		if _, waits := e.Body.(event.Progress); waits && e.Step == steps.Gateway && !slept.Swap(true) {
			clock.sleep(8 * time.Hour)
		}
	})
	s.MustComplete(s.Walk())
	if !slept.Load() {
		t.Fatal("it never waited for the gateway")
	}
	clock.sleep(8 * time.Hour)
	s.MustComplete(s.Repeat(steps.Invoke))
}

func both(a, b func(engine.Event)) func(engine.Event) {
	return func(e engine.Event) { a(e); b(e) }
}
