package sandbox_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/chromium"
)

func press(text string) chromium.Step {
	return chromedp.Click(`//*[(self::a or self::button) and normalize-space()="` + text + `"]`)
}

// titled waits until the page has a heading.
func titled(heading string) chromium.Step {
	return chromedp.WaitVisible(`//h1[normalize-space()="` + heading + `"]`)
}

// makeApp creates an app in the portal as a user does, and returns the credentials
// on the Auth tab.
func makeApp(t *testing.T, tab context.Context, portal string) (id, secret string) {
	t.Helper()
	chromium.Do(t, tab, chromedp.Navigate(portal), titled("My apps"), press("Create a Company Page"), titled("Create a Company Page"),
		chromedp.SendKeys("#name", "A Page"), press("Create page"), titled("Create app"),
		chromedp.SendKeys("#name", "Walk"), chromedp.Click("#terms"), press("Create app"), titled("Walk"),
		press("Verify"), chromedp.Click(`//a[contains(@href, "/verify/")]`), titled("Verify your app"), press("Confirm"), titled("Walk"),
		press("Products"), press("Request access"), chromedp.WaitVisible(`//h2[.="Added products"]/../..//strong`),
		press("Auth"), press("Reveal"), chromedp.WaitVisible("#client-secret"))
	return chromium.Get(t, tab, chromedp.Text("#client-id")), chromium.Get(t, tab, chromedp.Text("#client-secret"))
}

// addRedirect registers a redirect URL of the app whose Auth tab is open.
func addRedirect(link string) chromium.Step {
	return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, chromedp.Do(ctx, press("Edit"), press("+ Add redirect URL"), chromedp.SendKeys(`input[autofocus]`, link), press("Update"),
			chromedp.WaitVisible("#redirects"))
	}
}

func TestThePortalKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	tab := chromium.Start(t)
	s := start(t, sandbox.Options{})
	makeApp(t, tab, s.PortalURL())
	const first, second = "https://example.com/callback", "https://example.com/other"
	shows := func(when string, all ...string) {
		t.Helper()
		text := chromium.Text(t, tab)
		for _, want := range append(all, "SANDBOX") {
			if !strings.Contains(text, want) {
				t.Errorf("%s the page has no %q:\n%s", when, want, text)
			}
		}
	}
	chromium.Do(t, tab, addRedirect(first))
	shows("after Update", first)
	chromium.Do(t, tab, chromedp.Reload(), chromedp.WaitVisible("#redirects"))
	shows("after a reload", first)
	chromium.Do(t, tab, addRedirect(second))
	shows("after another Update", first, second)
	chromium.Do(t, tab, press("Edit"), chromedp.Clear("#redirect-0"), press("Update"), chromedp.WaitNotPresent(`//code[.="`+first+`"]`))
	shows("after the first was cleared", second)
	chromium.Do(t, tab, chromedp.NavigateBack(), chromedp.WaitVisible("#redirect-0"), press("Settings"), chromedp.WaitVisible(`//dt[.="App name"]`))
	shows("in the Settings tab", "A Page", "Verified")
}

// consentLink creates a gateway with an app made in the browser, and returns the
// link of the first call.
func consentLink(t *testing.T, tab context.Context, s *sandbox.Server) (*walk, *listener, string) {
	t.Helper()
	w := newWalk(t, s)
	id, secret := makeApp(t, tab, s.PortalURL())
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)
	w.makeProvider(id, secret)
	chromium.Do(t, tab, addRedirect(w.callback))
	w.makeTarget("http://localhost:3021")
	w.bearer = w.token()
	l := newListener(t)
	return w, l, w.call(l.URL, true).link(t)
}

// arrives waits until the browser reaches the listener.
func arrives(t *testing.T, tab context.Context, l *listener) {
	t.Helper()
	for range 200 {
		if strings.HasPrefix(chromium.Get(t, tab, chromedp.Location()), l.URL) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("the browser was not redirected; the page shows:\n" + chromium.Text(t, tab))
}

func TestConsentInABrowser(t *testing.T) {
	t.Parallel()
	tab := chromium.Start(t)
	s := start(t, sandbox.Options{})
	w, l, link := consentLink(t, tab, s)

	chromium.Do(t, tab, chromedp.Navigate(link), chromedp.WaitVisible(`//a[.="Allow"]`))
	if text := chromium.Text(t, tab); !strings.Contains(text, "Walk") || !strings.Contains(text, "SANDBOX") {
		t.Errorf("the consent page says:\n%s", text)
	}
	chromium.Do(t, tab, chromedp.Reload(), chromedp.WaitVisible(`//a[.="Allow"]`), press("Allow"))
	arrives(t, tab, l)
	asked, _ := url.Parse(link)
	session := l.last(t).Get("session_id")
	if session != asked.Query().Get("request_uri") {
		t.Errorf("it came back with %q", session)
	}
	if err := w.complete(session, w.bearer); err != nil {
		t.Fatal(err)
	}
	if text := w.call(l.URL, false).text(); !strings.Contains(text, "ana@example.com") {
		t.Errorf("no profile: %s", text)
	}

	// Back and Allow again: the code has been used, and nothing changes.
	chromium.Do(t, tab, chromedp.NavigateBack(), chromedp.WaitReady("h1"))
	if text := chromium.Text(t, tab); !strings.Contains(text, "SANDBOX") {
		t.Errorf("back shows:\n%s", text)
	}
	// The link has been used as well.
	chromium.Do(t, tab, chromedp.Navigate(link), titled("Invalid request"))
}

func TestCancelInABrowser(t *testing.T) {
	t.Parallel()
	tab := chromium.Start(t)
	s := start(t, sandbox.Options{})
	_, l, link := consentLink(t, tab, s)
	chromium.Do(t, tab, chromedp.Navigate(link), chromedp.WaitVisible(`//a[.="Cancel"]`), press("Cancel"))
	arrives(t, tab, l)
	if q := l.last(t); q.Get("error") != "access_denied" || q.Get("session_id") == "" {
		t.Errorf("it came back with %v", q)
	}
	chromium.Do(t, tab, chromedp.NavigateBack(), chromedp.WaitReady("h1"))
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	tab := chromium.Start(t)
	s := start(t, sandbox.Options{})
	chromium.Do(t, tab, chromedp.Navigate(s.Endpoint()+"/nowhere/<script>"), titled("Nothing here"))
	chromium.Do(t, tab, press("Open the developer portal"), titled("My apps"))
}
