package callback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// listenLikeTheTutorial starts a listener with the behaviour of the tutorial's server.
func listenLikeTheTutorial(t *testing.T, a *completer, change ...func(*PortOptions, *Options)) (*Listener, func() string) {
	t.Helper()
	var mu sync.Mutex
	var stored string
	l := listen(t, a, append([]func(*PortOptions, *Options){func(p *PortOptions, o *Options) {
		o.AcceptAny = true
		o.StoreToken = func(token string) error {
			if token == "bad" {
				return errors.New("no token")
			}
			mu.Lock()
			defer mu.Unlock()
			stored = token
			return nil
		}
		o.Complete = func(ctx context.Context, session string) error {
			mu.Lock()
			missing := stored == ""
			mu.Unlock()
			if missing {
				return ErrNoToken
			}
			return a.complete(ctx, session)
		}
	}}, change...)...)
	return l, func() string {
		mu.Lock()
		defer mu.Unlock()
		return stored
	}
}

func post(t *testing.T, l *Listener, body string, headers ...string) reply {
	t.Helper()
	r, err := try(l, "POST", tokenPath, strings.NewReader(body), headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestItReplacesTheTutorialsServer sends the requests of the tutorial's notebook.
func TestItReplacesTheTutorialsServer(t *testing.T) {
	var a completer
	l, _ := listenLikeTheTutorial(t, &a)
	if r := visit(t, l, "GET", "/ping"); r.StatusCode != 200 || r.body != `{"status":"success"}` || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("ping: %d %s", r.StatusCode, r.body)
	}
	if r := visit(t, l, "GET", redirect(otherSession)); r.StatusCode != 500 {
		t.Errorf("without a token: %d", r.StatusCode)
	}
	if r := post(t, l, `{"user_token":"a.b.c"}`, "Content-Type", "application/json"); r.StatusCode != 200 || r.body != "null" {
		t.Errorf("token: %d %s", r.StatusCode, r.body)
	}
	if r := visit(t, l, "GET", DefaultPath); r.StatusCode != 422 {
		t.Errorf("no session_id: %d", r.StatusCode)
	}
	if r := visit(t, l, "GET", DefaultPath+"?session_id="); r.StatusCode != 400 || r.body != `{"detail":"Missing session_id query parameter"}` {
		t.Errorf("empty session_id: %d %s", r.StatusCode, r.body)
	}
	if r := visit(t, l, "GET", redirect(otherSession)); r.StatusCode != 200 || !strings.Contains(r.body, "Completed OAuth2 3LO flow successfully") {
		t.Errorf("completed: %d %s", r.StatusCode, r.body)
	}
	if o := outcome(t, l); o.Session != otherSession || o.Err != nil {
		t.Errorf("%+v", o)
	}
	a.errs = []error{errDenied}
	if r := visit(t, l, "GET", redirect(prefix+"Denied")); r.StatusCode != 500 {
		t.Errorf("denied by AWS: %d", r.StatusCode)
	}
}

func TestOnlyALocalProgramMayStoreAToken(t *testing.T) {
	t.Parallel()
	var a completer
	l, stored := listenLikeTheTutorial(t, &a, func(p *PortOptions, o *Options) {
		o.ReturnURL, p.AllInterfaces = "https://studio.example/proxy/9090/oauth2/callback", true
	})
	const good, jsonType = `{"user_token":"evil.evil.evil"}`, "application/json"
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Sec-Fetch-Mode", "no-cors"},
		{"X-Forwarded-For", "203.0.113.9"},
		{"Forwarded", "for=203.0.113.9"},
		{"Host", "studio.example"},
	} {
		if r := post(t, l, good, append(headers, "Content-Type", jsonType)...); r.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %d", headers, r.StatusCode)
		}
	}
	if r := post(t, l, good, "Content-Type", jsonType, "Host", "evil.example"); r.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host: %d", r.StatusCode)
	}
	far := &http.Request{RemoteAddr: "203.0.113.9:4711", Host: fmt.Sprintf("localhost:%d", l.Port()), Header: http.Header{}}
	near := &http.Request{RemoteAddr: "[::ffff:127.0.0.1]:4711", Host: far.Host, Header: http.Header{}}
	if l.isLocalProgram(far) || !l.isLocalProgram(near) {
		t.Error("isLocalProgram does not distinguish this machine from another")
	}
	for _, body := range []string{"", "null", "{}", "[]", `{"user_token":1}`, `{"user_token":""}`, `{"user_token":null}`, `{"user_token":"bad"}`, "user_token=x",
		`{"user_token":"` + strings.Repeat("a", maxToken) + `"}`} {
		if r := post(t, l, body, "Content-Type", jsonType); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%.30q: %d", body, r.StatusCode)
		}
	}
	if r := post(t, l, good, "Content-Type", "text/plain"); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("as a form could send it: %d", r.StatusCode)
	}
	if r := visit(t, l, "GET", tokenPath); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d", r.StatusCode)
	}
	if stored() != "" {
		t.Errorf("stored %q", stored())
	}
}

func TestCloseWaitsForRequestsInProgress(t *testing.T) {
	var a completer
	begun := make(chan struct{})
	l := listen(t, &a, func(p *PortOptions, o *Options) {
		o.StoreToken = func(string) error {
			close(begun)
			time.Sleep(100 * time.Millisecond)
			return nil
		}
	})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-begun
		l.Close()
	}()
	if r := post(t, l, `{"user_token":"a.b.c"}`, "Content-Type", "application/json"); r.body != "null" {
		t.Errorf("%d: %s", r.StatusCode, r.body)
	}
	<-closed
}

func TestWithoutStoreTokenTheTokenPathDoesNotExist(t *testing.T) {
	var a completer
	l := listen(t, &a)
	if r := post(t, l, `{"user_token":"a.b.c"}`, "Content-Type", "application/json"); r.StatusCode != http.StatusNotFound {
		t.Errorf("%d", r.StatusCode)
	}
}

// Invented sessions reach every limit, with and without an answer, and the real session
// is still completed.
func TestInventedSessionsDoNotDisplaceRealOnes(t *testing.T) {
	t.Parallel()
	for name, hanging := range map[string]bool{"refused at once": false, "never answered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := listenLikeTheTutorial(t, &completer{}, func(p *PortOptions, o *Options) {
				o.Complete = func(ctx context.Context, session string) error {
					switch {
					case session == otherSession || session == ownSession:
						return nil
					case hanging:
						<-ctx.Done()
						return ctx.Err()
					}
					return errDenied
				}
			})
			for i := range 2 * maxSessions {
				conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", l.Port()))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n\r\n", redirect(fmt.Sprint(prefix, "X", i)), l.Port())
				if !hanging {
					_, _ = conn.Read(make([]byte, 1))
				}
			}
			if r := visit(t, l, "GET", redirect(otherSession)); r.StatusCode != http.StatusOK || !strings.Contains(r.body, "All set") {
				t.Errorf("%d: %s", r.StatusCode, r.body)
			}
			if err := l.CompletePasted(t.Context(), ownSession); err != nil {
				t.Errorf("the session that was expected: %v", err)
			}
			l.sessions.mu.Lock()
			defer l.sessions.mu.Unlock()
			if n := len(l.sessions.byURN); n > maxSessions {
				t.Errorf("%d sessions are remembered", n)
			}
		})
	}
}

// If the wrong token was stored first, storing the right one lets a reload succeed.
func TestAReloadUsesTheLatestToken(t *testing.T) {
	a := completer{errs: []error{errDenied}}
	l, _ := listenLikeTheTutorial(t, &a)
	for _, c := range []struct {
		token  string
		status int
	}{{"a.b.c", 500}, {"d.e.f", 200}} {
		post(t, l, `{"user_token":"`+c.token+`"}`, "Content-Type", "application/json")
		if r := visit(t, l, "GET", redirect(otherSession)); r.StatusCode != c.status {
			t.Errorf("with %s: %d, want %d", c.token, r.StatusCode, c.status)
		}
	}
	if first, second := outcome(t, l), outcome(t, l); !errors.Is(first.Err, errDenied) || second.Err != nil {
		t.Errorf("outcomes %+v, %+v", first, second)
	}
}
