//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
)

func isConsent(e map[string]any) bool { return e["event"] == "url" && e["purpose"] == "consent" }

// startConsent starts a walk and returns when it waits for consent.
func (p *person) startConsent(t testing.TB, args ...string) (*process, string) {
	t.Helper()
	x := p.start(t, nil, append(p.walkArgs(), args...)...)
	e := x.await(isConsent)
	if e == nil {
		t.Fatalf("it does not reach the consent\n%s", x.tail())
	}
	return x, e["url"].(string)
}

// startAnotherConsent begins another consent round of the run.
func (p *person) startAnotherConsent(t testing.TB) (*process, string) {
	t.Helper()
	x := p.start(t, nil, "run", "consent", "--json", "--yes", "--port", fmt.Sprint(p.port))
	e := x.await(isConsent)
	if e == nil {
		t.Fatalf("no consent\n%s", x.tail())
	}
	return x, e["url"].(string)
}

// tokenUse records which JWT starts a session and which one completes it.
type tokenUse struct {
	mu       sync.Mutex
	asked    []string // of tools/call, in order
	complete []string
	sessions []string
	makers   []string
}

func (w *tokenUse) watch(op string, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case op == "gateway:tools/call":
		w.asked = append(w.asked, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	case strings.HasSuffix(op, ":CompleteResourceTokenAuth"):
		var in struct {
			SessionURI     string            `json:"sessionUri"`
			UserIdentifier map[string]string `json:"userIdentifier"`
		}
		_ = json.Unmarshal(body, &in)
		w.complete = append(w.complete, in.UserIdentifier["userToken"])
		w.makers = append(w.makers, w.asked[len(w.asked)-1]) // the last call returned the link
		w.sessions = append(w.sessions, in.SessionURI)
	}
}

// TestExpiredToken lets time pass between the link and the consent: eleven minutes,
// after which the link has expired, and more than an hour, after which the JWT has
// expired as well. No other token completes the old session; the next start shows a
// new link.
func TestExpiredToken(t *testing.T) {
	for _, later := range []time.Duration{11 * time.Minute, 61 * time.Minute} {
		t.Run(later.String(), func(t *testing.T) {
			b := testkit.StartAWS(t)
			p := newPerson(t, b)
			var seen tokenUse
			watch := func(op string, _ int, _ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				seen.watch(op, r)
				return false
			}
			b.Intercept(watch)
			x, link := p.startConsent(t)
			returned := returnedBy(t, link) // the user consents in time, and the browser returns late
			b.Advance(later)
			if status := get(t, returned); status < 400 {
				t.Errorf("the browser shows %d", status)
			}
			f := x.mustFail(t)
			if !strings.Contains(fmt.Sprint(f["next"]), "fresh link") {
				t.Errorf("it does not lead to a fresh link: %v", f)
			}
			again := p.start(t, allow, p.walkArgs()...)
			again.mustSucceed(t, nil)
			if again.consentURL() == "" || again.consentURL() == link {
				t.Error("the old link was shown again")
			}
			seen.mu.Lock()
			defer seen.mu.Unlock()
			if len(seen.complete) != 2 || seen.sessions[0] == seen.sessions[1] {
				t.Fatalf("%d sessions were completed", len(seen.complete))
			}
			if seen.complete[0] != seen.makers[0] {
				t.Error("the old session was offered another token than the one that made it")
			}
			if seen.complete[1] == seen.complete[0] || seen.complete[1] != seen.makers[1] {
				t.Error("the new session was not completed with the token that made it")
			}
		})
	}
}

// returnedBy consents and returns the URL to which the browser is then redirected,
// without opening it.
func returnedBy(t testing.TB, link string) string {
	t.Helper()
	var returned string
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/oauth2/callback") && r.URL.Query().Has("session_id") {
			returned = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	_ = allowWith(client, link)
	if returned == "" {
		t.Fatal("the browser was not redirected")
	}
	return returned
}

func get(t testing.TB, address string) int {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestAttacksOnTheListener sends a waiting walk's listener what an attacker could
// send. Nothing is completed and the wait does not end; afterwards the user's browser
// still completes the session.
func TestAttacksOnTheListener(t *testing.T) {
	b := testkit.StartAWS(t)
	victim, attacker := newPerson(t, b), newPerson(t, b)
	a, attackerLink := attacker.startConsent(t, "--new")
	stolen := returnedBy(t, attackerLink) // the attacker's valid session
	v, link := victim.startConsent(t, "--new")
	callback := fmt.Sprintf("http://localhost:%d/oauth2/callback", victim.port)
	mine := "?session_id=" + url.QueryEscape(session(t, link))
	_, foreign, _ := strings.Cut(stolen, "?")
	before := completed(b)
	attacks := []struct {
		name, method, address string
		header                map[string]string
	}{
		{"fixation: a stranger's valid session", "GET", callback + "?" + foreign, nil},
		{"bare error", "GET", callback + "?error=access_denied", nil},
		{"error with script", "GET", callback + "?error=%3Cscript%3Ealert(1)%3C/script%3E", nil},
		{"error with a stranger's session", "GET", callback + "?" + foreign + "&error=access_denied", nil},
		{"no query", "GET", callback, nil},
		{"garbage", "GET", callback + "?session_id=garbage", nil},
		{"percent-broken", "GET", callback + "?session_id=%zz", nil},
		{"semicolon", "GET", callback + mine + ";x=y", nil},
		{"twice", "GET", callback + mine + "&" + foreign, nil},
		{"oversize", "GET", callback + mine + "&x=" + strings.Repeat("a", 8<<10), nil},
		{"HEAD", "HEAD", callback + mine, nil},
		{"POST", "POST", callback + mine, nil},
		{"OPTIONS", "OPTIONS", callback + mine, nil},
		{"prefetch", "GET", callback + mine, map[string]string{"Sec-Purpose": "prefetch"}},
		{"prerender", "GET", callback + mine, map[string]string{"Sec-Purpose": "prefetch;prerender"}},
		{"old prefetch", "GET", callback + mine, map[string]string{"Purpose": "prefetch"}},
		{"iframe", "GET", callback + mine, map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}},
		{"image", "GET", callback + mine, map[string]string{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}},
		{"fetch", "GET", callback + mine, map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}},
		{"Origin", "GET", callback + mine, map[string]string{"Origin": "https://evil.example"}},
		{"rebound name", "GET", callback + mine, map[string]string{"Host": fmt.Sprintf("evil.example:%d", victim.port)}},
		{"another port's Host", "GET", callback + mine, map[string]string{"Host": "localhost:1"}},
		{"other path", "GET", strings.Replace(callback, "/oauth2", "//oauth2", 1) + mine, nil},
		{"trailing slash", "GET", callback + "/" + mine, nil},
	}
	refusedCount := 0
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	for _, x := range attacks {
		r, err := http.NewRequest(x.method, x.address, nil)
		if err != nil {
			r = &http.Request{Method: x.method, Header: http.Header{}}
			base, _ := url.Parse(callback)
			base.RawQuery = x.address[strings.Index(x.address, "?")+1:]
			r.URL = base
		}
		for k, value := range x.header {
			if k == "Host" {
				r.Host = value
			} else {
				r.Header.Set(k, value)
			}
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode < 300 && x.method != "HEAD" {
			t.Errorf("%s: the listener answers %d", x.name, resp.StatusCode)
		}
		if bytes.Contains(body, []byte("<script")) || bytes.Contains(body, []byte("urn:ietf")) {
			t.Errorf("%s: the page reflects what was sent", x.name)
		}
		if completed(b) != before {
			t.Fatalf("%s: a session was completed", x.name)
		}
		refusedCount++
	}
	select {
	case <-v.done:
		t.Fatalf("the wait was ended\n%s", v.tail())
	default:
	}
	if err := allow(context.Background(), link); err != nil {
		t.Error(err)
	}
	v.mustSucceed(t, nil)
	if got := completed(b) - before; got != 1 {
		t.Errorf("%d sessions were completed", got)
	}
	a.kill()
	t.Logf("attacks refused: %d", refusedCount)
}

func completed(b *testkit.Sandbox) int {
	n := 0
	for _, op := range b.Calls() {
		if strings.HasSuffix(op, ":CompleteResourceTokenAuth") {
			n++
		}
	}
	return n
}

// session returns the session of a consent link.
func session(t testing.TB, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("request_uri") == "" {
		t.Fatalf("the link names no session: %s", link)
	}
	return u.Query().Get("request_uri")
}
