package callback

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"agentcore-3lo/internal/testkit/chromium"
)

// The result pages in a real browser. A reload, Back and Forward show the result again
// and do not complete the session twice.
func TestTheResultPagesInABrowser(t *testing.T) {
	tab := chromium.Start(t)
	shows := func(name, heading string) {
		t.Helper()
		if text := chromium.Text(t, tab); !strings.Contains(text, heading) || !strings.Contains(text, "SANDBOX") {
			t.Errorf("%s says:\n%s", name, text)
		}
	}
	visit := func(l *Listener, query string) chromium.Step {
		return chromedp.Navigate(strings.Replace(l.ReturnURL(), "localhost", "127.0.0.1", 1) + "?" + query)
	}
	inSandbox := func(p *PortOptions, o *Options) { p.Sandbox = true }

	a := &completer{}
	l := listen(t, a, inSandbox)
	chromium.Do(t, tab, visit(l, "session_id="+url.QueryEscape(otherSession)))
	shows("unknown", "Nothing was completed")
	chromium.Do(t, tab, visit(l, "session_id="+url.QueryEscape(ownSession)))
	shows("success", "All set")
	if address := chromium.Get(t, tab, chromedp.Location()); strings.Contains(address, "session_id") {
		t.Errorf("the address bar still has the session: %s", address)
	}
	chromium.Do(t, tab, chromedp.Reload())
	shows("success-reloaded", "All set")
	chromium.Do(t, tab, chromedp.NavigateBack())
	if text := chromium.Text(t, tab); strings.Contains(text, "All set") {
		t.Errorf("Back stays on the page:\n%s", text)
	}
	chromium.Do(t, tab, chromedp.NavigateForward())
	shows("success-again", "All set")
	if n := len(a.calls()); n != 1 {
		t.Errorf("completed %d times", n)
	}

	refused := listen(t, &completer{}, inSandbox)
	chromium.Do(t, tab, visit(refused, "error=access_denied&error_description=%3Cb%3EThe+member+said+no&session_id="+url.QueryEscape(ownSession)))
	shows("refused", "Consent was not given")
	if text := chromium.Text(t, tab); strings.Contains(text, "The member said no") {
		t.Errorf("the page shows text from the redirect:\n%s", text)
	}

	failed := listen(t, &completer{errs: []error{errors.New("AccessDeniedException")}}, inSandbox)
	chromium.Do(t, tab, visit(failed, "session_id="+url.QueryEscape(ownSession)))
	shows("failed", "That did not work")

	late := listen(t, &completer{}, inSandbox, func(p *PortOptions, o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Hour) }
	})
	chromium.Do(t, tab, visit(late, "session_id="+url.QueryEscape(ownSession)))
	shows("expired", "This session has expired")

	round := listen(t, &completer{}, inSandbox)
	link, arrived := round.RoundTrip()
	chromium.Do(t, tab, chromedp.Navigate(link))
	shows("round-trip", "This browser reaches your terminal")
	select {
	case <-arrived:
	case <-time.After(5 * time.Second):
		t.Error("the round trip is not reported")
	}
	chromium.Do(t, tab, chromedp.Reload())
	shows("round-trip-reloaded", "This browser reaches your terminal")

	chromium.Do(t, tab, chromedp.Navigate(strings.TrimSuffix(round.ReturnURL(), DefaultPath)+"/elsewhere"))
	shows("not-found", "Nothing here")
}

// Every page of the listener, with and without the mark of the sandbox.
func TestEveryPageOfTheListenerLooksFinished(t *testing.T) {
	tab := chromium.Start(t)
	judge := chromium.NewJudge(t, tab)
	for _, sandbox := range []bool{true, false} {
		pages := newPages(sandbox)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
			pages.protect(w.Header())
			pages.show(w, http.StatusOK, pageID(id))
		}))
		t.Cleanup(server.Close)
		for id, content := range contents {
			if content.Title == "" || content.Outcome == "" {
				t.Errorf("page %d has no content", id)
			}
			chromium.Do(t, tab, chromedp.Navigate(fmt.Sprintf("%s/%d", server.URL, id)))
			name := fmt.Sprintf("listener-%02d-%s", id, strings.ReplaceAll(strings.ToLower(content.Title), " ", "-"))
			if !sandbox {
				name += "-aws"
			}
			judge.Look(name, sandbox)
		}
	}
}
