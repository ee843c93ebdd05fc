package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const prefix = "urn:ietf:params:oauth:request_uri:"

// ownSession is a session that the listener expects; otherSession is one that it
// does not know.
const (
	ownSession   = prefix + "Ours-1._~"
	otherSession = prefix + "Theirs"
)

// completer replaces CompleteResourceTokenAuth. It records the sessions and returns the
// given errors.
type completer struct {
	mu       sync.Mutex
	sessions []string
	errs     []error       // one per call, then nil
	hold     chan struct{} // if set, calls wait until it is closed
}

func (a *completer) complete(ctx context.Context, session string) error {
	a.mu.Lock()
	a.sessions = append(a.sessions, session)
	var err error
	if len(a.errs) > 0 {
		err, a.errs = a.errs[0], a.errs[1:]
	}
	hold := a.hold
	a.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (a *completer) calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.sessions...)
}

// listen starts a listener that expects ownSession.
func listen(t *testing.T, a *completer, change ...func(*PortOptions, *Options)) *Listener {
	t.Helper()
	held, o := PortOptions{}, Options{Complete: a.complete}
	for _, c := range change {
		c(&held, &o)
	}
	p, err := Hold(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	l, err := p.Listen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		p.Close()
	})
	if err := l.Expect(ownSession, time.Now().Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	return l
}

// reply is a response and its body.
type reply struct {
	*http.Response
	body string
}

// visit sends one request and does not follow redirects. Headers are pairs of name and
// value, and may include Host.
func visit(t *testing.T, l *Listener, method, target string, headers ...string) reply {
	t.Helper()
	r, err := try(l, method, target, nil, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func try(l *Listener, method, target string, body io.Reader, headers ...string) (reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d", l.Port()), body)
	if err != nil {
		return reply{}, err
	}
	path, query, _ := strings.Cut(target, "?")
	req.URL.Opaque = path // sent as it is, without cleaning
	req.URL.RawQuery = query
	if strings.HasPrefix(path, "//") {
		req.URL.Opaque = fmt.Sprintf("//127.0.0.1:%d%s", l.Port(), path)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp, string(data)}, err
}

// follow visits the return URL and then the result page, as a browser does.
func follow(t *testing.T, l *Listener, session string) reply {
	t.Helper()
	r := visit(t, l, "GET", redirect(session))
	if r.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d, want 303: %s", r.StatusCode, r.body)
	}
	return visit(t, l, "GET", "/oauth2/"+r.Header.Get("Location"))
}

func redirect(session string) string {
	return "/oauth2/callback?session_id=" + url.QueryEscape(session)
}

// outcome waits for the next outcome.
func outcome(t *testing.T, l *Listener) Outcome {
	t.Helper()
	select {
	case o := <-l.Outcomes():
		return o
	case <-time.After(5 * time.Second):
		t.Fatal("no outcome")
		return Outcome{}
	}
}

// checkStillOpen checks that nothing has ended the session: no outcome, no call of
// Complete, and ownSession can be completed.
func checkStillOpen(t *testing.T, l *Listener, a *completer) {
	t.Helper()
	if calls := a.calls(); len(calls) != 0 {
		t.Fatalf("completed %q", calls)
	}
	select {
	case o := <-l.Outcomes():
		t.Fatalf("unexpected outcome %+v", o)
	default:
	}
	if r := follow(t, l, ownSession); r.StatusCode != http.StatusOK || !strings.Contains(r.body, "All set") {
		t.Fatalf("the real session got %d: %s", r.StatusCode, r.body)
	}
	if o := outcome(t, l); o.Err != nil || o.Session != ownSession {
		t.Fatalf("outcome %+v", o)
	}
}

var errDenied = errors.New("AccessDeniedException: Invalid or expired session")
