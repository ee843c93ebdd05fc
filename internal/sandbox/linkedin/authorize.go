package linkedin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

const closeTab = "You can close this tab."

// consent is a valid authorization request. The links of the consent page refer to
// it.
type consent struct {
	ClientID string    `json:"clientId"`
	Redirect string    `json:"redirect"`
	Scopes   []string  `json:"scopes"`
	State    string    `json:"state"`
	Expires  time.Time `json:"expires"`
}

// serveConsent is the authorization endpoint. An invalid client or redirect URI is
// shown here, because the browser must not be redirected then; other errors are
// returned to the redirect URI.
func (s *Provider) serveConsent(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var found *state.App
	err := s.Store.Update(func(world *state.World, _ time.Time) {
		if a := world.Vendor.Apps[query.Get("client_id")]; a != nil {
			kept := *a
			found = &kept
		}
	})
	if err != nil || found == nil {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "The passed in client_id is invalid", web.Result{
			Lead:  "No app of this developer portal has that Client ID.",
			Next:  "Go back to the terminal.",
			Then:  "Enter the Client ID and secret that the Auth tab of your app shows, then get a new link.",
			Facts: []web.Fact{{Label: "Client ID", Nodes: []g.Node{h.Code(g.Text(query.Get("client_id")))}}},
			Close: closeTab})
		return
	}
	if !slices.Contains(found.Redirects, s.Pages.RelativePublic(query.Get("redirect_uri"))) {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "The redirect_uri does not match the registered value", web.Result{
			Lead:  "The callback URL is not in the app, or differs by a character.",
			Next:  "Add exactly this URL to the app's Authorized redirect URLs.",
			Then:  "Then go back to the terminal and get a new link, because this one is used up.",
			Facts: []web.Fact{{Label: "URL", Nodes: []g.Node{h.Code(g.Text(query.Get("redirect_uri")))}}},
			Link:  web.Link{Href: s.Pages.Path() + site.PortalPath + "/apps/" + found.ClientID + "/auth", Text: "Open the Auth tab"}})
		return
	}
	scopes := strings.Fields(query.Get("scope"))
	if code, description := refuseScopes(found, query.Get("response_type"), scopes); code != "" {
		site.Redirect(w, r, site.WithQuery(query.Get("redirect_uri"), url.Values{"error": {code}, "error_description": {description}, "state": {query.Get("state")}}))
		return
	}
	raw, err := json.Marshal(consent{found.ClientID, query.Get("redirect_uri"), scopes, query.Get("state"), s.Store.Now().Add(pageLifetime)})
	if err != nil {
		s.Pages.Broken(w, site.LinkedIn, err)
		return
	}
	link := s.Pages.Path() + "/oauth/v2/authorization/" + s.Store.Secrets.Issue(forConsent, string(raw)) + "/"
	s.Pages.Render(w, http.StatusOK, site.View{Actor: site.LinkedIn, Title: found.Name + " would like to:", Content: consentPage(found.Name, scopes, link+"allow", link+"cancel")})
}

// refuseScopes returns the error to send to the redirect URI, if any.
func refuseScopes(a *state.App, responseType string, scopes []string) (code, description string) {
	if responseType != "code" {
		return "unsupported_response_type", "response_type must be code"
	}
	for _, scope := range scopes {
		if !a.SignIn || !slices.Contains([]string{"openid", "profile", "email"}, scope) {
			return "unauthorized_scope_error", `Scope "` + scope + `" is not authorized for your application`
		}
	}
	return "", ""
}

// serveDecision handles the links of the consent page.
func (s *Provider) serveDecision(w http.ResponseWriter, r *http.Request, allow bool) {
	reference := r.PathValue("consent")
	raw, ok := s.Store.Secrets.Resolve(forConsent, reference)
	var c consent
	if !ok || json.Unmarshal([]byte(raw), &c) != nil || !s.Store.Now().Before(c.Expires) {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "This page has expired", web.Result{
			Lead: "A consent page is valid for ten minutes.", Next: "Go back to the terminal.", Then: "Get a new link there.", Close: closeTab})
		return
	}
	if !allow {
		site.Redirect(w, r, site.WithQuery(c.Redirect, url.Values{"error": {"user_cancelled_authorize"}, "error_description": {"The user cancelled the authorization"}, "state": {c.State}}))
		return
	}
	id := state.RandomText(20, state.Mixed)
	err := s.Store.Update(func(world *state.World, now time.Time) {
		world.Vendor.Grants[id] = &state.Grant{App: c.ClientID, Redirect: s.Pages.RelativePublic(c.Redirect), Scopes: c.Scopes, CodeExpires: now.Add(codeLifetime)}
	})
	if err != nil {
		s.Pages.Broken(w, site.LinkedIn, err)
		return
	}
	site.Redirect(w, r, site.WithQuery(c.Redirect, url.Values{"code": {s.Store.Secrets.Issue(forCode, id)}, "state": {c.State}}))
}
