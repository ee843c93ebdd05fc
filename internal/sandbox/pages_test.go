package sandbox_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/testkit/chromium"
)

// forPrograms are the routes that answer programs, with JSON.
var forPrograms = []string{
	"GET /{pool}/.well-known/openid-configuration", "GET /{pool}/.well-known/jwks.json", "/{pool}/oauth2/token", "/oauth2/token",
	"POST /oauth/v2/accessToken", "GET /v2/userinfo",
}

// tour is a browser that visits the sandbox's pages.
type tour struct {
	t     *testing.T
	tab   context.Context
	judge *chromium.Judge
	said  strings.Builder // the text of all pages

	mu      sync.Mutex
	visited map[string]bool // patterns of the routes
}

func newTour(t *testing.T) *tour {
	tab := chromium.Start(t)
	v := &tour{t: t, tab: tab, judge: chromium.NewJudge(t, tab), visited: map[string]bool{}}
	for _, pattern := range forPrograms {
		v.visited[pattern] = true
	}
	return v
}

// start starts a sandbox that notes the routes that are requested.
func (v *tour) start(o sandbox.Options) *sandbox.Server {
	o.Intercept = func(_ string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v.mu.Lock()
			v.visited[r.Pattern] = true
			v.mu.Unlock()
			next.ServeHTTP(w, r)
		})
	}
	return start(v.t, o)
}

// see takes steps, waits until the page shows a text, and judges the page.
func (v *tour) see(name, text string, steps ...chromium.Step) {
	v.t.Helper()
	chromium.Do(v.t, v.tab, append(steps, chromedp.WaitVisible(`//main//*[normalize-space()="`+text+`"]`))...)
	v.judge.Look(name, true)
	v.said.WriteString(chromium.Text(v.t, v.tab) + "\n")
}

// Every route that answers a browser has been visited in the end. What the walkthrough
// tells a person to do at the portal, the portal has, in the same words.
func TestEveryPageOfTheSandboxLooksFinished(t *testing.T) {
	t.Parallel()
	v := newTour(t)
	now := newClock()
	s := v.start(sandbox.Options{Now: now.Now})
	w := newWalk(t, s)
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)

	id, secret := v.portal(s)
	w.makeProvider(id, secret)
	w.makeTarget("http://localhost:3021")
	w.bearer = w.token()
	v.consent(s, w, now, id, secret)
	v.deadEnd()
	v.errors(s)

	v.mu.Lock()
	defer v.mu.Unlock()
	for _, pattern := range sandbox.RoutePatterns() {
		if !v.visited[pattern] {
			t.Errorf("no page of %s has been looked at", pattern)
		}
	}
	for _, lesson := range []string{"linkedin", "register"} {
		source, err := os.ReadFile("../../steps/lessons/" + lesson + ".md")
		if err != nil {
			t.Fatal(err)
		}
		for _, quoted := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(v.said.String(), quoted[1]) {
				t.Errorf("the lesson %s says %q, and no page does", lesson, quoted[1])
			}
		}
	}
}

// portal creates an app and looks at every page on the way.
func (v *tour) portal(s *sandbox.Server) (id, secret string) {
	v.see("portal-01-no-apps", "You have no apps yet.", chromedp.Navigate(s.PortalURL()))
	v.see("portal-02-create-app-no-page", "Every app belongs to a Page, and you have none yet.", press("Create app"))
	v.see("portal-03-create-page", "Create a Company Page", press("Create a Company Page"))
	v.see("portal-04-create-app", "LinkedIn Page", chromedp.SendKeys("#name", "A <b>Page</b> & more"), press("Create page"))
	v.see("portal-05-settings", "Not verified", chromedp.SendKeys("#name", "Walkthrough"), chromedp.Click("#terms"), press("Create app"))
	v.see("portal-06-products-refused", "Verify the app first: Settings tab, Verify.", press("Products"), press("Request access"))
	v.see("portal-07-verification-link", "Verification URL", press("Settings"), press("Verify"))
	v.see("portal-08-confirm", "Verify your app", chromedp.Click(`//a[contains(@href, "/verify/")]`))
	v.see("portal-09-verified", "Verified", press("Confirm"))
	v.see("portal-10-products", "Request access", press("Products"))
	v.see("portal-11-product-added", "The sandbox has no others.", press("Request access"))
	v.see("portal-12-analytics", "None in the sandbox", press("Analytics"))
	v.see("portal-13-auth", "No redirect URLs added", press("Auth"))
	id = chromium.Get(v.t, v.tab, chromedp.Text("#client-id"))
	if source := chromium.Get(v.t, v.tab, chromedp.Evaluate[string](`document.documentElement.outerHTML`)); strings.Contains(source, "WPL_") {
		v.t.Error("the secret is in the page although it is hidden")
	}
	v.see("portal-14-secret-revealed", "Hide", press("Reveal"))
	old := chromium.Get(v.t, v.tab, chromedp.Text("#client-secret"))
	v.see("portal-15-new-secret", "Generate", press("Generate a new Client Secret"))
	v.see("portal-16-secret-generated", "Hide", press("Generate"))
	secret = chromium.Get(v.t, v.tab, chromedp.Text("#client-secret"))
	if secret == old {
		v.t.Error("the new secret is the old one")
	}
	v.see("portal-17-edit-redirects", "Update", press("Edit"))
	v.see("portal-18-add-redirect", "Redirect URL 1", press("+ Add redirect URL"))
	v.see("portal-19-redirect-refused", "Enter an absolute http or https URL without a fragment.", chromedp.SendKeys("#redirect-0", "no url"), press("Update"))
	v.see("portal-20-redirects", "https://example.com/callback", chromedp.Clear("#redirect-0"), chromedp.SendKeys("#redirect-0", "https://example.com/callback\r"))
	v.see("portal-21-apps", "Walkthrough", press("← My apps"))
	return id, secret
}

// consent looks at the pages between the link and the return URL.
func (v *tour) consent(s *sandbox.Server, w *walk, now *clock, id, secret string) {
	l := newListener(v.t)
	link := func() chromium.Step { return chromedp.Navigate(w.call(l.URL, true).link(v.t)) }
	v.see("consent-1-redirect-unknown", "The redirect_uri does not match the registered value", link())
	w.useApp("nobody", secret)
	v.see("consent-2-client-unknown", "The passed in client_id is invalid", link())
	w.useApp(id, secret)
	if err := (sandbox.Person{}).RegisterRedirect(ctx(), s.PortalURL(), id, w.callback); err != nil {
		v.t.Fatal(err)
	}
	used := w.call(l.URL, true).link(v.t)
	v.see("consent-3", "Walkthrough would like to:", chromedp.Navigate(used))
	chromium.Do(v.t, v.tab, press("Allow"))
	arrives(v.t, v.tab, l)
	v.see("consent-4-link-used", "Invalid request", chromedp.Navigate(used))
	v.see("consent-5-unknown-request", "Invalid request", chromedp.Navigate(w.callback+"?state=x&code=y"))
	chromium.Do(v.t, v.tab, link(), chromedp.WaitVisible(`//a[.="Allow"]`))
	now.Advance(time.Hour)
	v.see("consent-6-expired", "This page has expired", press("Allow"))
}

// deadEnd looks at AgentCore's page for the vendor's errors.
func (v *tour) deadEnd() {
	s := v.start(sandbox.Options{Refusal: sandbox.RefusalDeadEnd})
	w := newWalk(v.t, s).all()
	link := func() chromium.Step { return chromedp.Navigate(w.call("http://localhost:3021", true).link(v.t)) }
	v.see("consent-7-refused", "Access denied", link(), press("Cancel"))
	app := appWithoutProduct(v.t, s)
	sendForm(v.t, s, "/apps/"+app+"/redirects", url.Values{"redirect": {w.callback}})
	w.useApp(app, "secret")
	v.see("consent-8-product-missing", "The authorization server reported an error", link())
}

// errors looks at what is shown where nothing else fits.
func (v *tour) errors(s *sandbox.Server) {
	v.see("error-1-nothing-here", "Nothing here", chromedp.Navigate(s.Endpoint()+"/nowhere/<script>"))
	submit := chromedp.Evaluate[bool](`(() => {
		const form = document.createElement("form");
		Object.assign(form, { method: "post", enctype: "text/plain", action: "` + s.PortalURL() + `/pages/new" });
		const field = document.createElement("input");
		field.name = "%zz";
		form.append(field);
		document.body.append(form);
		form.submit();
		return true;
	})()`)
	send := chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, submit)
		return err
	})
	v.see("error-2-form", "The form could not be read", chromedp.Navigate(s.PortalURL()), send)
	v.see("error-3-another-site", "This form was submitted from another site", chromedp.Navigate(newListener(v.t).URL), send)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		site.NewPages(site.Address{Endpoint: s.Endpoint()}, slog.New(slog.DiscardHandler)).Broken(w, site.LinkedIn, errors.New("no space left on device"))
	}))
	v.t.Cleanup(broken.Close)
	v.see("error-4-broken", "Something went wrong", chromedp.Navigate(broken.URL))
}
