package steps_test

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// neverShown is a session's URN that no link here has.
const neverShown = "urn:ietf:params:oauth:request_uri:NeverShown"

// elicit changes what the gateway's elicitations say.
func elicit(s *testkit.Run, change func(list []any) []any) {
	s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != "gateway:tools/call" {
			return false
		}
		testkit.RewriteJSON(w, r, next, func(body map[string]any) {
			failure, _ := body["error"].(map[string]any)
			data, _ := failure["data"].(map[string]any)
			if list, ok := data["elicitations"].([]any); ok {
				data["elicitations"] = change(list)
			}
		})
		return true
	})
}

// arrive lets a browser come to the listener with a session.
func arrive(s *testkit.Run, session string) int {
	s.T.Helper()
	resp, err := http.Get(s.Record().Settings.ReturnURL + "?session_id=" + url.QueryEscape(session))
	if err != nil {
		s.T.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// A session is pending from when its link is shown, not from when the gateway
// named it.
func TestASessionWhoseLinkWasNotShownCompletesNothing(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	var browsed sync.WaitGroup
	elicit(s, func(list []any) []any {
		return append(list, map[string]any{"mode": "url", "elicitationId": "2", "message": "m", "url": "javascript:alert(1)?request_uri=" + url.QueryEscape(neverShown)})
	})
	attend(s, func(n int, link string) (engine.Answer, bool) {
		if n > 1 { // asked again after it was told who came in vain
			return "", false
		}
		if status := arrive(s, neverShown); status != http.StatusBadRequest {
			t.Errorf("the listener answers %d", status)
		}
		if n := s.Count("CompleteResourceTokenAuth"); n != 0 {
			t.Errorf("CompleteResourceTokenAuth was called %d times", n)
		}
		defer browsed.Done()
		return browse(s, link)
	})
	browsed.Add(1)
	defer browsed.Wait() // the walk ends with the second link, maybe before the browser has read its page
	s.MustFail(s.Walk(), steps.ExitFailed, "neither shown nor opened")
	if n := s.Count("CompleteResourceTokenAuth"); n != 1 {
		t.Errorf("CompleteResourceTokenAuth was called %d times", n)
	}
}

// Several links are shown one after another, and each is consented to.
func TestSeveralLinksAreConsentedToInTurn(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	elicit(s, func(list []any) []any {
		return append(list, map[string]any{"mode": "url", "elicitationId": "2", "message": "and this", "url": s.Sandbox.Endpoint() + "/second?request_uri=" + url.QueryEscape(neverShown)})
	})
	shown := 0
	var browsed sync.WaitGroup
	browsed.Add(1)
	defer browsed.Wait()
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		shown++
		if strings.Contains(link, "/second") {
			return "decline", true
		}
		defer browsed.Done()
		return browse(s, link)
	}).answer("decline", engine.Yes)
	s.MustFail(s.Walk(), steps.ExitFailed, "you declined")
	if shown != 2 || s.Count("CompleteResourceTokenAuth") != 1 {
		t.Errorf("%d links shown, %d sessions completed", shown, s.Count("CompleteResourceTokenAuth"))
	}
}

// What the server says is foreign, and its link is looked at: both are told as
// they may be shown.
func TestWhatTheServerAsksIsNeutralisedAndItsLinkJudged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ link, warning string }{
		"a foreign host":       {"https://login.example/authorize", "login.example is not the expected one"},
		"a foreign alphabet":   {"https://xn--80ak6aa92e.example/authorize", "encoded international name"},
		"a user name":          {"https://bedrock-agentcore.us-east-1.amazonaws.com@evil.example/authorize", "user name"},
		"a port of its own":    {"https://bedrock-agentcore.us-east-1.amazonaws.com:8443/authorize", "8443"},
		"AWS' own, no warning": {"https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/authorize", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			elicit(s, func([]any) []any {
				return []any{map[string]any{"mode": "url", "elicitationId": "1", "message": "Sign \x1b[31min\x1b]8;;https://evil.example\x07 here", "url": c.link + "?request_uri=" + url.QueryEscape(neverShown)}}
			})
			var shown []event.Link
			attend(s, func(int, string) (engine.Answer, bool) { return "decline", true }).answer("decline", engine.Yes)
			before := s.Watch
			s.Watch = func(e engine.Event) {
				before(e)
				if testkit.Link(e).Purpose == event.Consent {
					shown = append(shown, testkit.Link(e))
				}
			}
			s.MustFail(s.Walk(), steps.ExitFailed, "you declined")
			if len(shown) != 1 {
				t.Fatalf("%d links", len(shown))
			}
			if strings.ContainsAny(shown[0].Asks, "\x1b\x07") || !strings.Contains(shown[0].Asks, "Sign ") {
				t.Errorf("it asks %q", shown[0].Asks)
			}
			warnings := strings.Join(shown[0].Warnings, "; ")
			if c.warning == "" && warnings != "" || !strings.Contains(warnings, c.warning) {
				t.Errorf("it warns %q, want %q", warnings, c.warning)
			}
			if strings.Contains(warnings, "127.0.0.1 or 127.0.0.1") {
				t.Errorf("it repeats itself: %s", warnings)
			}
		})
	}
}

// A success without content is no consent and no profile.
func TestASuccessWithoutContentIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]map[string]any{
		"an empty result": {},
		"no content":      {"content": []any{}},
		"an empty text":   {"content": []any{map[string]any{"type": "text", "text": " "}}},
		"null":            {"content": []any{map[string]any{"type": "text", "text": "null"}}},
		"an empty object": {"content": []any{map[string]any{"type": "text", "text": "{}"}}},
		"content no list": {"content": "abc", "isError": "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) })
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != "gateway:tools/call" {
					return false
				}
				testkit.RewriteJSON(w, r, next, func(body map[string]any) { delete(body, "error"); body["result"] = result })
				return true
			})
			o := s.Walk()
			s.MustFail(o, steps.ExitFailed, "calling the tool")
			if o.Machine.Of(steps.Consent).State != engine.Failed {
				t.Errorf("consent is %s", o.Machine.Of(steps.Consent).State)
			}
			s.Intercept(nil)
			s.MustComplete(s.Walk())
		})
	}
}

// A service whose list never ends is not followed for ever.
func TestAListThatNeverEndsIsAnError(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Intercept(func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if op != "cognito-idp:ListUserPools" {
			return false
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, `{"UserPools":[],"NextToken":"again"}`)
		return true
	})
	s.MustFail(s.Walk(), steps.ExitFailed, "does not end after 200 pages")
	s.Intercept(nil)
	s.MustComplete(s.Walk())
}

// A secret that a service sends back in its own words is not told.
func TestSecretsThatAServiceRepeatsAreHidden(t *testing.T) {
	t.Parallel()
	var s *testkit.Run
	for name, c := range map[string]struct {
		op     string
		secret func(r *http.Request, body string) string
	}{
		"the client secret, typed": {agentcore + "CreateOauth2CredentialProvider", func(_ *http.Request, body string) string { return between(body, `"clientSecret":"`, `"`) }},
		"the bearer": {"gateway:tools/call", func(r *http.Request, _ string) string {
			return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		}},
		"the machine's secret": {"token", func(r *http.Request, body string) string {
			q, _ := url.ParseQuery(body)
			_, basic, _ := r.BasicAuth()
			return cmp.Or(q.Get("client_secret"), basic)
		}},
		"a session": {"bedrock-agentcore:CompleteResourceTokenAuth", func(_ *http.Request, body string) string { return between(body, `"sessionUri":"`, `"`) }},
	} {
		t.Run(name, func(t *testing.T) {
			s = newRun(t)
			attend(s, func(_ int, link string) (engine.Answer, bool) { return engine.Answer(redirected(s, link)), true })
			told := ""
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if op != c.op {
					return false
				}
				raw, _ := io.ReadAll(r.Body)
				told = c.secret(r, string(raw))
				testkit.Refuse(w, http.StatusBadRequest, "ValidationException", "this will not do: "+told)
				return true
			})
			o := s.Walk()
			f := o.Failure()
			if f == nil || len(told) < 10 {
				t.Fatalf("no failure, or no secret: %v %q", f, told)
			}
			if text := fmt.Sprint(*f) + o.Said() + files(t, s.Home); strings.Contains(text, told) {
				t.Errorf("it tells the secret")
			}
		})
	}
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// The app client's secret is sent over https only, whatever the discovery
// document says.
func TestTheTokenEndpointIsTrustedOverHTTPSOnly(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"http://evil.example/oauth2/token", "ftp://evil.example", "//evil.example", "https:"} {
		s := newRun(t)
		giveReadyApp(s)
		s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
			if op != "discovery" {
				return false
			}
			testkit.RewriteJSON(w, r, next, func(body map[string]any) { body["token_endpoint"] = endpoint })
			return true
		})
		s.MustFail(s.Walk(), steps.ExitFailed, "only https is trusted")
	}
}

// A link of an earlier start gets a page of its own, and completes nothing.
// What completes nothing is told in the terminal as on the browser's page.
func TestASessionThatIsNotPendingIsRecognisedAndTold(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	old := ""
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		u, err := url.Parse(link)
		if err != nil {
			t.Error(err)
		}
		old = u.Query().Get("request_uri")
		return "decline", true
	}).answer("decline", engine.Yes)
	s.MustFail(s.Walk(), steps.ExitFailed, "you declined")
	stranger := "urn:ietf:params:oauth:request_uri:" + strings.Repeat("A", 48)
	attend(s, func(n int, link string) (engine.Answer, bool) {
		switch n {
		case 1:
			if status := arrive(s, old); status != http.StatusGone {
				t.Errorf("the listener answers %d", status)
			}
			return "", false // what it brought is told, and the question put again
		case 2:
			for range 2 {
				if status := arrive(s, stranger); status != http.StatusBadRequest {
					t.Errorf("the listener answers %d", status)
				}
			}
			return "", false
		}
		if n := s.Count("CompleteResourceTokenAuth"); n != 0 {
			t.Errorf("CompleteResourceTokenAuth was called %d times", n)
		}
		return browse(s, link)
	})
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "from before this program restarted", "that this program did not start", "the wait for the consent continues")
	if n := strings.Count(o.Said(), "that this program did not start"); n != 1 {
		t.Errorf("a repeated arrival is told %d times", n)
	}
}

// On a machine of one's own the listener is on loopback alone.
func TestTheListenerIsReachedFromThisMachineAlone(t *testing.T) {
	t.Parallel()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	addresses = slices.DeleteFunc(addresses, func(a net.Addr) bool {
		own, ok := a.(*net.IPNet)
		return !ok || own.IP.IsLoopback() || own.IP.To4() == nil
	})
	if len(addresses) == 0 {
		t.Skip("this machine has no address but loopback")
	}
	s := newRun(t)
	attend(s, func(_ int, link string) (engine.Answer, bool) {
		for _, a := range addresses {
			target := net.JoinHostPort(a.(*net.IPNet).IP.String(), fmt.Sprint(s.Record().Settings.Port))
			if conn, err := net.DialTimeout("tcp4", target, time.Second); err == nil {
				conn.Close()
				t.Errorf("it is reached at %s", target)
			}
		}
		return browse(s, link)
	})
	s.MustComplete(s.Walk())
}
