//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// elicit answers a tools/call with a URL elicitation.
func elicit(w http.ResponseWriter, r *http.Request, link, message string) {
	var in struct{ ID json.RawMessage }
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &in)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": in.ID, "error": map[string]any{"code": -32042, "message": "more",
		"data": map[string]any{"elicitations": []any{map[string]any{"mode": "url", "elicitationId": "e", "url": link, "message": message}}}}})
}

// forced counts the calls that ask for forceAuthentication.
func forced(r *http.Request, count *atomic.Int64) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(`"forceAuthentication":true`)) {
		count.Add(1)
	}
}

// TestForbiddenLinks lets the gateway send links that do not lead to a consent page.
// None is shown as a consent link, opened or followed; the run stops and says why,
// and completes once the gateway sends the right link.
func TestForbiddenLinks(t *testing.T) {
	const urn = "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aabc"
	links := []string{
		"javascript:alert(1)//?" + urn, "data:text/html,x?" + urn, "file:///etc/passwd?" + urn, "vbscript:x?" + urn,
		"http://evil.example/identities/oauth2/authorize?" + urn, "--version?" + urn, "https://a b.example/?" + urn,
		"https://evil.example/\\?" + urn, "https://x.example/\x1b[2J?" + urn, "https://x.example/\u202e?" + urn, "https:///?" + urn, "ftp://x.example/?" + urn,
		"https://x.example/?a=1", "https://x.example/?" + urn + "&" + urn,
	}
	var cases []namedCase
	var refusedCount atomic.Int64
	for _, link := range links {
		cases = append(cases, namedCase{fmt.Sprintf("%q", link), func(t *testing.T, b *testkit.Sandbox) {
			s := newRun(t, b)
			var force atomic.Int64
			b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if op != "gateway:tools/call" {
					return false
				}
				forced(r, &force)
				elicit(w, r, link, "Please \x1b]8;;https://evil.example\x07click here\x1b]8;;\x07")
				return true
			})
			opened := false
			s.Configure(func(o *steps.Settings) { o.OpenURL = func(string) error { opened = true; return nil } })
			o := s.Walk()
			f := o.Failure()
			if f == nil {
				t.Fatal("it went on")
			}
			s.MustExplain(f, steps.ExitFailed)
			if len(o.Links(event.Consent)) > 0 || opened {
				t.Errorf("it was shown %v, opened %v", o.Links(event.Consent), opened)
			}
			if strings.ContainsAny(o.Said()+f.Why.Message, "\x1b\u202e\x07") {
				t.Error("control characters reach the terminal")
			}
			b.Intercept(func(op string, _ int, _ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if op == "gateway:tools/call" {
					forced(r, &force)
				}
				return false
			})
			s.MustComplete(s.Walk())
			if force.Load() != 1 {
				t.Errorf("forced %d times", force.Load())
			}
			refusedCount.Add(1)
		}})
	}
	inParallel(t, 4, sample(cases))
	t.Logf("links refused: %d", refusedCount.Load())
}

// TestEndlessElicitation lets the gateway ask for consent at every call. The walk
// stops after a limited number of rounds and forces authentication only once.
func TestEndlessElicitation(t *testing.T) {
	b := testkit.StartAWS(t)
	s := newRun(t, b)
	var force, asked atomic.Int64
	b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if op != "gateway:tools/call" {
			return false
		}
		forced(r, &force)
		asked.Add(1)
		// Forcing authentication on every call makes the vault forget every token.
		body, _ := io.ReadAll(r.Body)
		body = bytes.Replace(body, []byte(`"forceAuthentication":false`), []byte(`"forceAuthentication":true`), 1)
		again, _ := http.NewRequest(http.MethodPost, b.Endpoint()+r.URL.Path, bytes.NewReader(body))
		again.Header = r.Header.Clone()
		resp, err := b.AWS.HTTP.Do(again) // bypasses this interceptor
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return true
	})
	o := s.Walk()
	f := o.Failure()
	if f == nil {
		t.Fatal("it has an outcome that this fault does not allow")
	}
	if force.Load() != 1 || len(o.Links(event.Consent)) > 3 || asked.Load() > 60 { // the walk waits for a vault that is not up to date
		t.Errorf("forced %d times in %d calls, with %d links shown", force.Load(), asked.Load(), len(o.Links(event.Consent)))
	}
	if !strings.Contains(f.Why.Message, "asks for consent") {
		t.Errorf("it says %s", f.Why.Message)
	}
	b.Intercept(nil)
	s.MustComplete(s.Walk())
	t.Logf("calls until it stops: %d", asked.Load())
}

// TestConsentPrompt checks what a walk shows while it waits for consent: the server
// that asks, the whole link, its host and its expiry. The link has not been fetched,
// and the listener is open.
func TestConsentPrompt(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	links := make(chan string, 1)
	b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != "gateway:tools/call" {
			return false
		}
		if conn, err := net.Dial("tcp", fmt.Sprintf("localhost:%d", p.port)); err != nil {
			t.Error("the call is made before the listener is open")
		} else {
			_ = conn.Close()
		}
		testkit.Rewrite(w, r, next, func(body []byte) []byte {
			var reply struct {
				Error struct {
					Data struct{ Elicitations []struct{ URL string } }
				}
			}
			if json.Unmarshal(body, &reply) == nil && len(reply.Error.Data.Elicitations) > 0 {
				links <- reply.Error.Data.Elicitations[0].URL
			}
			return body
		})
		return true
	})
	x := p.start(t, nil, "walk", "--aws", "--yes", "--plain", "--port", fmt.Sprint(p.port))
	link := <-links
	for range 500 {
		if strings.Contains(x.output(), link) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	seen := x.output()
	gateways, err := b.AWS.Control.ListGateways(context.Background(), &control.ListGatewaysInput{})
	if err != nil || len(gateways.Items) != 1 {
		t.Fatal(err, len(gateways.Items))
	}
	for _, words := range []string{link, "The gateway says"} {
		if !strings.Contains(seen, words) {
			t.Errorf("it does not show %q\n%s", words, x.tail())
		}
	}
	u, _ := url.Parse(link)
	_, after, _ := strings.Cut(seen, link)
	if !strings.Contains(after, u.Hostname()) {
		t.Errorf("the host is not shown with the link: %s", after)
	}
	for _, r := range b.Requests() {
		if !testkit.IsCall(r.Op) {
			t.Errorf("%s was requested before the link was opened", r.Op)
		}
	}
	x.kill()
}
