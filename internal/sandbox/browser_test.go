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
	chromium.Do(t, tab, chromedp.Navigate(portal), titled("My apps"))
	chromium.Picture(t, tab, "portal-empty")
	chromium.Do(t, tab, press("Create app"), titled("Create an app"), press("Create a new LinkedIn Page"), titled("Create a LinkedIn Page"),
		chromedp.SendKeys("#name", "A <b>Page</b> & more"), press("Create page"), titled("Create an app"),
		chromedp.SendKeys("#name", "Walk"))
	chromium.Picture(t, tab, "portal-create")
	chromium.Do(t, tab, press("Create app"), titled("Walk"), press("Products"), press("Request access"),
		chromedp.WaitVisible(`//strong[.="Added to your app."]`))
	chromium.Picture(t, tab, "portal-products")
	chromium.Do(t, tab, press("Auth"), chromedp.WaitVisible("#client-secret"))
	return chromium.Get(t, tab, chromedp.Text("#client-id")), chromium.Get(t, tab, chromedp.Text("#client-secret"))
}

func TestThePortalInABrowser(t *testing.T) {
	t.Parallel()
	tab := chromium.Start(t)
	s := start(t, sandbox.Options{})
	id, secret := makeApp(t, tab, s.PortalURL())
	if id == "" || secret == "" {
		t.Fatalf("the Auth tab shows id %q and secret %q", id, secret)
	}
	if text := chromium.Text(t, tab); !strings.Contains(text, "SANDBOX") || !strings.Contains(text, "No redirect URLs added") {
		t.Errorf("the Auth tab says:\n%s", text)
	}
	const redirect = "https://example.com/callback"
	chromium.Do(t, tab, press("+ Add redirect URL"), chromedp.SendKeys("#redirect-new", redirect), press("Update"), chromedp.WaitVisible("#redirects"))
	if text := chromium.Text(t, tab); !strings.Contains(text, redirect) {
		t.Errorf("the redirect URL is not listed:\n%s", text)
	}
	chromium.Picture(t, tab, "portal-auth")
	chromium.Do(t, tab, chromedp.Reload())
	if text := chromium.Text(t, tab); !strings.Contains(text, redirect) {
		t.Errorf("after a reload:\n%s", text)
	}
	chromium.Do(t, tab, chromedp.NavigateBack(), titled("Walk"), press("Settings"), chromedp.WaitVisible(`//dt[.="App name"]`))
	if text := chromium.Text(t, tab); !strings.Contains(text, "A <b>Page</b> & more") {
		t.Errorf("the Page's name is not as entered:\n%s", text)
	}
	chromium.Do(t, tab, press("Auth"), press("+ Add redirect URL"), chromedp.SendKeys("#redirect-new", "no url"), press("Update"),
		chromedp.WaitVisible(`[role=alert]`))
	chromium.Picture(t, tab, "portal-redirect-refused")
	if text := chromium.Text(t, tab); !strings.Contains(text, "absolute http or https URL") {
		t.Errorf("no reason is given:\n%s", text)
	}
	chromium.Do(t, tab, press("My apps"), titled("My apps"), press("Walk"), titled("Walk"))
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
	chromium.Do(t, tab, press("+ Add redirect URL"), chromedp.SendKeys("#redirect-new", w.callback), press("Update"), chromedp.WaitVisible("#redirects"))
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
	chromium.Picture(t, tab, "consent")
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
	chromium.Picture(t, tab, "consent-back")
	// The link has been used as well.
	chromium.Do(t, tab, chromedp.Navigate(link), titled("Invalid request"))
	chromium.Picture(t, tab, "consent-used")
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
	chromium.Picture(t, tab, "nothing-here")
	chromium.Do(t, tab, press("Open the developer portal"), titled("My apps"))
}
