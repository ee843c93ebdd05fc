package linkedin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

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
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "The passed in client_id is invalid", "No app of this developer portal has that Client ID. Compare it with the Auth tab of your app.")
		return
	}
	if !slices.Contains(found.Redirects, s.Pages.RelativePublic(query.Get("redirect_uri"))) {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "The redirect_uri does not match the registered value", "Add exactly this URL to the Authorized redirect URLs of your app: "+query.Get("redirect_uri"))
		return
	}
	scopes := strings.Fields(query.Get("scope"))
	if code, description := refuseScopes(found, query.Get("response_type"), scopes); code != "" {
		site.Redirect(w, r, site.WithQuery(query.Get("redirect_uri"), url.Values{"error": {code}, "error_description": {description}, "state": {query.Get("state")}}))
		return
	}
	raw, err := json.Marshal(consent{found.ClientID, query.Get("redirect_uri"), scopes, query.Get("state"), s.Store.Now().Add(pageLifetime)})
	if err != nil {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	link := s.Pages.Path() + "/oauth/v2/authorization/" + s.Store.Secrets.Issue(forConsent, string(raw)) + "/"
	s.Pages.Render(w, http.StatusOK, site.View{Actor: site.LinkedIn, Title: found.Name + " would like to:", Content: consentPage(found.Name, wants(scopes), link+"allow", link+"cancel")})
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

func wants(scopes []string) []string {
	meaning := map[string]string{"openid": "Know who you are here", "profile": "Use your name and photo", "email": "Use the primary email address of your account"}
	var list []string
	for _, scope := range scopes {
		list = append(list, meaning[scope])
	}
	return list
}

// serveDecision handles the links of the consent page.
func (s *Provider) serveDecision(w http.ResponseWriter, r *http.Request, allow bool) {
	reference := r.PathValue("consent")
	raw, ok := s.Store.Secrets.Resolve(forConsent, reference)
	var c consent
	if !ok || json.Unmarshal([]byte(raw), &c) != nil || !s.Store.Now().Before(c.Expires) {
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "This page has expired", "Go back and start again.")
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
		s.Pages.Problem(w, http.StatusBadRequest, site.LinkedIn, "Something went wrong", err.Error())
		return
	}
	site.Redirect(w, r, site.WithQuery(c.Redirect, url.Values{"code": {s.Store.Secrets.Issue(forCode, id)}, "state": {c.State}}))
}
