package steps_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestARerunOfConsentSaysThatThePresentOneIsDiscarded(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.ForgetRequests()
	o := s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
	s.MustSay(o, "The present consent will be discarded")
	mustForce(s, 1, 2)
}

func TestAnExplicitPortThatIsTakenFails(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	s.Settings = func(o *steps.Settings) { o.Port = port }
	s.MustFail(s.Walk(), steps.ExitFailed, fmt.Sprintf("port %d", port), "--port")
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("it changed %v", changes)
	}
}

func TestARememberedPortThatIsTakenIsReplacedAndTheTargetFollows(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	before := s.Record().Settings
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", before.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.ForgetRequests()
	o := s.MustComplete(s.Walk())
	after := s.Record().Settings
	if after.Port == before.Port || !strings.Contains(after.ReturnURL, fmt.Sprint(":", after.Port, "/")) {
		t.Errorf("before %+v, after %+v", before, after)
	}
	s.MustSay(o, fmt.Sprintf("The listener uses port %d, because port %d is taken", after.Port, before.Port))
	if changes := s.Changes(); !slices.Equal(changes, []string{"UpdateGatewayTarget"}) {
		t.Errorf("changed %v", changes)
	}
	for _, r := range s.Requests() {
		if r.Op == "gateway:tools/call" && !strings.Contains(r.Body, after.ReturnURL) {
			t.Errorf("the call does not send the new return URL: %s", r.Body)
		}
	}
}

func TestTheReturnURLGivenIsTheTargetsDefault(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	port := freeport.Take(t)
	given := fmt.Sprintf("http://localhost:%d/elsewhere", port)
	s.Settings = func(o *steps.Settings) { o.Port, o.ReturnURL = port, given }
	s.MustComplete(s.Walk())
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Op, "CreateGatewayTarget") && !strings.Contains(r.Body, given) {
			t.Errorf("the target has another default: %s", r.Body)
		}
	}
}

func TestAnElicitationIsFoundWhateverTheStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 401, 403} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != "gateway:tools/call" || n > 1 {
					return false
				}
				next.ServeHTTP(&otherStatus{w, status}, r)
				return true
			})
			s.MustComplete(s.Walk())
			mustForce(s, 1, 2)
		})
	}
}

// otherStatus replaces the status that a handler writes.
type otherStatus struct {
	http.ResponseWriter
	status int
}

func (o *otherStatus) WriteHeader(int) { o.ResponseWriter.WriteHeader(o.status) }

// A refused session is worth one more link: it may have been used up by a
// preview, or be too old. Whoever wants none reads why.
func TestASessionThatCannotBeBoundIsReplacedOrSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer engine.Answer
		times  int
	}{{engine.Yes, 1}, {engine.Yes, 2}, {engine.No, 9}} {
		t.Run(fmt.Sprint(c.answer, c.times), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				if op != agentcore+"CompleteResourceTokenAuth" || n > c.times {
					return false
				}
				testkit.Refuse(w, 403, "AccessDeniedException", "Invalid or expired session")
				return true
			})
			h := attend(s, func(_ int, link string) (engine.Answer, bool) {
				_ = (sandbox.Person{}).Allow(t.Context(), link)
				return "", false
			})
			h.answer("fresh_link", c.answer)
			o := s.Walk()
			if !slices.Contains(o.Asked, "fresh_link") {
				t.Errorf("asked %v", o.Asked)
			}
			if c.answer == engine.Yes {
				s.MustComplete(o)
				return
			}
			s.MustFail(o, steps.ExitFailed, "Invalid or expired session", "older than ten minutes", "run consent invoke", "uses it up")
		})
	}
}

func TestTheSessionNeverStandsInRecordOrLog(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	var sessions []string
	h := attend(s, func(_ int, link string) (engine.Answer, bool) {
		u, _ := url.Parse(link)
		sessions = append(sessions, u.Query().Get("request_uri"))
		return "decline", true
	})
	h.answer("decline", engine.Yes)
	s.Walk()
	_, secret := s.Sandbox.ReadyApp()
	kept := files(t, s.Home)
	for _, private := range append(sessions, secret, sandbox.SecretAccessKey) {
		if private == "" || strings.Contains(kept, private) || strings.Contains(kept, url.QueryEscape(private)) {
			t.Errorf("%q is kept", private)
		}
	}
	if n := len(s.Record().Consent.Sessions); n != 1 {
		t.Errorf("%d sessions are remembered as hashes", n)
	}
}
