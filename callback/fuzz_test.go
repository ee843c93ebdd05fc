package callback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/text"
)

// queries are valid and hostile queries of the return URL.
var queries = []string{
	"", "session_id", "session_id=", "session_id=" + ownSession, "session_id=" + url.QueryEscape(ownSession), "session_id=" + otherSession, "x=1&session_id=" + ownSession + "&y=2",
	"session_id=" + ownSession + "&session_id=" + ownSession, "session_id=" + ownSession + "&session_id=" + otherSession, "session%5fid=" + ownSession + "&session_id=" + otherSession,
	"Session_Id=" + ownSession, "session_id=" + ownSession + ";session_id=" + otherSession, "session_id=a;b", "a=%zz&session_id=" + ownSession, "session_id=+" + ownSession, "session_id=" + ownSession + "%0a",
	"session_id=" + ownSession + "&error=access_denied&error_description=The+user+said+no", "session_id=" + ownSession + "&error=%3Cscript%3E%1b[2J", "session_id=" + ownSession + "&error=",
	"session_id=" + ownSession + "&error_description=%e2%80%ae", "session_id=" + ownSession + "&error=a&error=b", "error=access_denied",
	"session_id=" + ownSession + "&error=" + strings.Repeat("e", 2*maxCode) + "&error_description=" + strings.Repeat("%c3%a9", maxDescription),
	"session_id=" + prefix + strings.Repeat("a", maxSession), "session_id=" + ownSession + "&x=" + strings.Repeat("x", maxQuery), "check=1", "check=1&check=1",
}

// FuzzQuery compares parseQuery with a parser written for the test.
func FuzzQuery(f *testing.F) {
	for _, query := range queries {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		session, refused, err := parseQuery(raw)
		checkParsed(t, session, refused, err)
		sessions, readable := values(raw, "session_id")
		if err == nil && (!readable || !slices.Equal(sessions, []string{session})) {
			t.Errorf("%q gives %q", raw, session)
		}
		if err == nil && (refused != nil) != names(raw, "error", "error_description") {
			t.Errorf("%q: refused is %v", raw, refused)
		}
	})
}

// FuzzRequest sends what any site can make the browser send. Only a navigation with the
// expected session completes it, and no response contains anything from the request.
func FuzzRequest(f *testing.F) {
	for _, query := range queries {
		f.Add("localhost:9090", query, "navigate", "document", "")
	}
	for _, r := range [][4]string{
		{"127.0.0.1:9090", "", "", ""}, {"[::1]:9090", "", "", ""}, {"LOCALHOST:9090", "navigate", "document", ""}, {"evil.example:9090", "", "", ""}, {"localhost", "", "", ""},
		{"localhost:9091", "", "", ""}, {"localhost:9090.evil.example", "", "", ""}, {"", "", "", ""},
		{"localhost:9090", "no-cors", "image", ""}, {"localhost:9090", "navigate", "iframe", ""}, {"localhost:9090", "cors", "empty", "https://evil.example"},
		{"localhost:9090", "navigate", "document", "null"},
	} {
		f.Add(r[0], "session_id="+ownSession, r[1], r[2], r[3])
	}
	pages := newPages(true)
	var fixed []string
	for _, content := range contents {
		fixed = append(fixed, string(pages.render(content)))
	}
	location := regexp.MustCompile(`^callback/done\?r=[A-Za-z0-9_-]+$`)
	f.Fuzz(func(t *testing.T, host, query, mode, dest, origin string) {
		var a completer
		l := unbound(t, &a)
		r := httptest.NewRequest("GET", "/oauth2/callback", nil)
		r.Host, r.URL.RawQuery = host, query
		for name, value := range map[string]string{"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, "Origin": origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		l.port.ServeHTTP(w, r)

		sessions, readable := values(query, "session_id")
		wanted := readable && slices.Equal(sessions, []string{ownSession}) && len(query) <= maxQuery
		local := strings.EqualFold(host, "localhost:9090") || host == "127.0.0.1:9090" || host == "[::1]:9090"
		visit := (mode == "" || mode == "navigate") && (dest == "" || dest == "document") && origin == ""
		completes := wanted && local && visit && !names(query, "error", "error_description")
		if got := a.calls(); len(got) > 1 || (len(got) == 1) != completes || completes && got[0] != ownSession {
			t.Errorf("completed %q, want %v", got, completes)
		}
		switch {
		case w.Code == http.StatusSeeOther:
			if !wanted || !local || !visit || w.Body.Len() > 0 || !location.MatchString(w.Header().Get("Location")) {
				t.Errorf("sent on to %q with %q", w.Header().Get("Location"), w.Body)
			}
		case !slices.Contains(fixed, w.Body.String()), w.Code != 400 && w.Code != 403 && w.Code != 421, w.Header().Get("Location") != "":
			t.Errorf("answered %d %q", w.Code, w.Body)
		}
		if h := w.Header(); h.Get("Content-Security-Policy") != pages.policy || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("unprotected: %v", h)
		}
	})
}

// pasted splits a URL at its delimiters into authority and query.
var pasted = regexp.MustCompile(`(?s)^(?i:https?)://(?:[^/?#]*@)?(\[[^]/?#]+\]|[^/?#:@]+)(?::\d*)?(?:/[^?#]*)?\?([^#]*)(?:#.*)?$`)

// FuzzParseRedirect parses what a user could paste. A session is found only in an http or
// https URL that names it once, and only an expected one is completed.
func FuzzParseRedirect(f *testing.F) {
	for _, query := range queries {
		f.Add("http://localhost:9090/oauth2/callback?" + query)
	}
	escaped := "session_id=" + url.QueryEscape(ownSession)
	for _, seed := range []string{
		"", ownSession, "  " + ownSession + "\r\n", ownSession + " " + ownSession, otherSession, prefix, strings.ToUpper(ownSession), prefix + strings.Repeat("a", maxSession), "session_id=" + ownSession,
		"https://x/?" + escaped + "#f", "http://x?" + escaped, "http://[::1]:9090/oauth2/callback?session_id=" + ownSession + "&error=x", "HTTPS://X/?" + escaped, "https://user@x/?" + escaped,
		"javascript:?session_id=" + ownSession, "file:///?" + escaped, "//x/?" + escaped, "http:/x?" + escaped, "http:?" + escaped, "http://?" + escaped, "http://:9090/?" + escaped,
		"http://x/#?" + escaped, "http://x/%3f" + escaped, "http:\\\\x\\?" + escaped, "http://x/\n?" + escaped, "http://x\x00/?" + escaped, "\ufeffhttp://x/?" + escaped,
		"http://x/" + strings.Repeat("p", maxPasted) + "?" + escaped,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		session, refused, err := ParseRedirect(raw)
		checkParsed(t, session, refused, err)
		trimmed := strings.TrimSpace(raw)
		if err == nil && trimmed != session {
			parts := pasted.FindStringSubmatch(trimmed)
			if parts == nil {
				t.Fatalf("%q gives %q but is not an http URL with a host", raw, session)
			}
			if sessions, readable := values(parts[2], "session_id"); !readable || !slices.Equal(sessions, []string{session}) {
				t.Errorf("%q gives %q, its query %q", raw, session, sessions)
			}
		}
		if err == nil { // the same session as AgentCore sends it
			again, _, err := ParseRedirect("\t" + "http://localhost:9090/oauth2/callback?session_id=" + url.QueryEscape(session) + "\n")
			if again != session || err != nil {
				t.Errorf("%q comes back as %q, %v", session, again, err)
			}
		}
		var a completer
		err = unbound(t, &a).CompletePasted(context.Background(), raw)
		completes := session == ownSession && refused == nil
		if got := a.calls(); len(got) > 1 || (len(got) == 1) != completes || (err == nil) != completes {
			t.Errorf("%q: completed %q, %v", raw, got, err)
		}
	})
}

// FuzzParseReturnURL checks that an accepted URL is https or on loopback, has a path that
// browsers do not change, and is served at that path.
func FuzzParseReturnURL(f *testing.F) {
	for _, seed := range []string{
		"http://localhost:9090/oauth2/callback", "http://[::1]:9090/cb", "HTTP://LOCALHOST/cb", "https://hub.example/user/jo%40x/proxy/9090/cb", "https://x/a/%2e%2e/b",
		"http://localhost.:9090/cb", "http://0x7f.1:9090/cb", "http://localhost:9090@evil.example/cb", "https://x:/cb", "https://[::1%25lo]/cb", "https://x/a:b", "//localhost/cb", "https://x/..;/cb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseReturnURL(raw)
		if err != nil {
			return
		}
		if u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u)) || u.User != nil || strings.ContainsAny(raw, "?# \"\\") {
			t.Errorf("%q is accepted", raw)
		}
		again, err := url.Parse(raw + "?session_id=" + ownSession)
		if err != nil || again.EscapedPath() != u.EscapedPath() || again.Query().Get("session_id") != ownSession {
			t.Errorf("%q cannot be extended: %v", raw, err)
		}
		r := newRoute(u, false)
		if !r.isReturn(u.EscapedPath()) || r.isDone(u.EscapedPath()) {
			t.Errorf("%q is not answered at %q", raw, u.EscapedPath())
		}
		if there, err := u.Parse(r.done); err != nil || there.Host != u.Host || !r.isDone(there.EscapedPath()) {
			t.Errorf("%q: the result page is at %v, %v", raw, there, err)
		}
	})
}

// FuzzToken sends bodies to POST /userIdentifier/token.
func FuzzToken(f *testing.F) {
	for _, body := range []string{
		`{"user_token":"eyJh.eyJz.c2ln"}`, `{"user_token":"a\u0000\n\ud800"}`, "", "null", "{}", `{"user_token":""}`, `{"user_token":null}`, `{"user_token":1}`, `[{"user_token":"a"}]`,
		`{"user_token":"a","user_token":"b"}`, `{"user_token":"a"`, `{"user_token":"a"} {"user_token":"b"}`, `{"User_Token":"a"}`, "{\"user_token\":\"\xff\"}",
		`{"user_token":"` + strings.Repeat("a", maxToken) + `"}`,
	} {
		f.Add([]byte(body), "application/json")
	}
	f.Add([]byte(`{"user_token":"a"}`), "text/plain")
	f.Add([]byte(`{"user_token":"a"}`), "application/json; charset=utf-8")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		var stored []string
		l := unbound(t, &completer{})
		l.opts.StoreToken = func(token string) error { stored = append(stored, token); return nil }
		r := httptest.NewRequest("POST", tokenPath, bytes.NewReader(body))
		r.Host, r.RemoteAddr = "localhost:9090", "127.0.0.1:50000"
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		l.port.ServeHTTP(w, r)
		if len(stored) == 0 {
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("status %d, and nothing was stored", w.Code)
			}
			return
		}
		if len(stored) > 1 || stored[0] == "" || w.Code != http.StatusOK || !strings.HasPrefix(strings.TrimSpace(strings.ToLower(contentType)), "application/json") {
			t.Errorf("stored %q, status %d", stored, w.Code)
		}
		var members map[string]json.RawMessage
		var token string
		if json.Unmarshal(body, &members) != nil || json.Unmarshal(members["user_token"], &token) != nil || token != stored[0] {
			t.Errorf("%q was taken from %q", stored[0], body)
		}
	})
}

// unbound returns a listener for port 9090 without a socket. It expects ownSession.
func unbound(t *testing.T, a *completer) *Listener {
	t.Helper()
	p := &Port{number: 9090, pages: newPages(true), log: slog.New(slog.DiscardHandler)}
	l, err := p.Listen(context.Background(), Options{Complete: a.complete})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.sessions.close)
	if err := l.Expect(ownSession, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return l
}

// values returns the values of a parameter. A query with an invalid escape or a semicolon
// is not readable.
func values(query, name string) (all []string, readable bool) {
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, valueErr := url.QueryUnescape(value)
		if keyErr != nil || valueErr != nil || strings.Contains(pair, ";") {
			return nil, false
		}
		if key == name {
			all = append(all, value)
		}
	}
	return all, true
}

// names reports whether the query has either of two parameters.
func names(query, one, other string) bool {
	first, _ := values(query, one)
	second, _ := values(query, other)
	return len(first)+len(second) > 0
}

// checkParsed checks what must hold for every input.
func checkParsed(t *testing.T, session string, refused *RefusedError, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrMalformed) || session != "" || refused != nil {
			t.Errorf("%q, %v, %v", session, refused, err)
		}
		return
	}
	if len(session) > maxSession || !strings.HasPrefix(session, prefix) || strings.Trim(session[len(prefix):], unreserved) != "" || session == prefix {
		t.Errorf("session %q", session)
	}
	if refused == nil {
		return
	}
	if refused.Code == "" || len(refused.Code) > maxCode+len("…") || len(refused.Description) > maxDescription+len("…") {
		t.Errorf("refused %q: %q", refused.Code, refused.Description)
	}
	if s := refused.Error(); s != text.CleanLine(s) {
		t.Errorf("refused %q", s)
	}
}

// unreserved are the characters of a session after the prefix (RFC 3986 section 2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
