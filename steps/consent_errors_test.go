package steps_test

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// sendBack opens the link, and then sends the browser back with an error. It
// returns the page that the browser shows.
func sendBack(s *testkit.Run, link, code, description string) string {
	s.T.Helper()
	address := redirected(s, link) + "&" + url.Values{"error": {code}, "error_description": {description}}.Encode()
	resp, err := http.Get(address)
	if err != nil {
		s.T.Error(err)
		return ""
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		s.T.Error(err)
	}
	return string(page)
}

// Only the person's own codes are a refusal. Any other error is the vendor's or
// the app's, and browser and terminal say the same of it.
func TestAnErrorAtTheBrowserIsSaidToBeWhatItIs(t *testing.T) {
	t.Parallel()
	const missing, trouble, refusal = "The app is missing a permission", "The identity provider reported an error", "Consent was not given"
	for _, c := range []struct {
		code, description, page string
		words                   []string
	}{
		{"access_denied", "", refusal, []string{"a refusal", "access_denied", "pressed Cancel"}},
		{"user_cancelled_login", "The user cancelled LinkedIn login", refusal, []string{"a refusal", "user_cancelled_login", "pressed Cancel"}},
		{"user_cancelled_authorize", "The user cancelled the authorization", refusal, []string{"a refusal", "user_cancelled_authorize"}},
		{"unauthorized_scope_error", `Scope "openid" is not authorized`, missing, []string{"LinkedIn reported an error", "unauthorized_scope_error", "Products tab", "five minutes"}},
		{"invalid_scope", "", missing, []string{"LinkedIn reported an error", "invalid_scope", "Products tab"}},
		{"unauthorized_client", "", trouble, []string{"unauthorized_client", "client ID", "Auth tab"}},
		{"invalid_request", "the redirect_uri does not match", trouble, []string{"the redirect_uri does not match", "Register it exactly"}},
		{"invalid_request", "a parameter is missing", trouble, []string{"a parameter is missing", "documentation"}},
		{"unsupported_response_type", "", trouble, []string{"unsupported_response_type", "documentation"}},
		{"teapot", "short and stout", trouble, []string{"teapot", "short and stout", "not a refusal"}},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			pages := make(chan string, 1)
			h := attend(s, func(_ int, link string) (engine.Answer, bool) {
				pages <- sendBack(s, link, c.code, c.description)
				return "", false
			})
			f := s.MustFail(s.Walk(), steps.ExitFailed, c.words...)
			if page := <-pages; !strings.Contains(page, c.page) {
				t.Errorf("the browser shows %s", page)
			}
			if said := strings.ToLower(f.Why.Message); !strings.Contains(said, strings.ToLower(c.page)) {
				t.Errorf("the browser shows %q, and the terminal says %s", c.page, said)
			}
			if refused := strings.Contains(f.Why.Message+f.Next, "pressed Cancel"); refused != (c.page == refusal) {
				t.Errorf("the terminal says %s %s", f.Why.Message, f.Next)
			}
			h.act = func(_ int, link string) (engine.Answer, bool) { return browse(s, link) }
			s.MustComplete(s.Walk())
		})
	}
}

func TestAVendorInTroubleIsTriedAgainWithAFreshLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, answer string }{{"server_error", "yes"}, {"temporarily_unavailable", "yes"}, {"server_error", "no"}} {
		t.Run(c.code+" "+c.answer, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			h := attend(s, func(n int, link string) (engine.Answer, bool) {
				if n == 1 {
					sendBack(s, link, c.code, "")
					return "", false
				}
				return browse(s, link)
			})
			h.answer("fresh_link", engine.Answer(c.answer))
			o := s.Walk()
			if !slices.Contains(o.Asked, "fresh_link") {
				t.Errorf("asked %v", o.Asked)
			}
			if c.answer == "no" {
				s.MustFail(o, steps.ExitFailed, c.code, "Wait a few minutes", "linkedin-apistatus")
				return
			}
			s.MustComplete(o)
			mustForce(s, 1, 3) // the fresh link never forces
		})
	}
}

// With nobody to ask, a fresh link is tried twice.
func TestAVendorInTroubleIsTriedAgainWithNobodyThere(t *testing.T) {
	t.Parallel()
	for tries, ends := range map[int]bool{2: true, 3: false} {
		s := newRun(t)
		var mu sync.Mutex
		back := 0
		s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
			mu.Lock()
			defer mu.Unlock()
			if op != "callback" || back == tries {
				return false
			}
			back++
			query := r.URL.Query()
			query.Del("code")
			query.Set("error", "temporarily_unavailable")
			r.URL.RawQuery = query.Encode()
			next.ServeHTTP(w, r)
			return true
		})
		o := s.Walk()
		if !ends {
			s.MustFail(o, steps.ExitFailed, "temporarily_unavailable", "Wait a few minutes")
			continue
		}
		s.MustComplete(o)
		s.MustSay(o, "Trying a fresh link")
	}
}

// What is pasted counts as what a browser brings.
func TestAPastedAddressWithAnErrorIsUnderstood(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		return engine.Answer(redirected(s, link) + "&error=unauthorized_scope_error"), true
	})
	s.MustFail(s.Walk(), steps.ExitFailed, "unauthorized_scope_error", "Products tab")
}
