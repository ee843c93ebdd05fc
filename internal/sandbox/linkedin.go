package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	sealConsent = "consent page"
	sealCode    = "authorization code"
	sealAccess  = "provider access token"

	codeLifetime   = 30 * time.Minute
	accessLifetime = 60 * 24 * time.Hour
)

// A profile is what userinfo shows of a member, in LinkedIn's order.
type profile struct {
	Sub        string  `json:"sub"`
	Name       string  `json:"name,omitempty"`
	GivenName  string  `json:"given_name,omitempty"`
	FamilyName string  `json:"family_name,omitempty"`
	Picture    string  `json:"picture,omitempty"`
	Locale     *locale `json:"locale,omitempty"`
	Email      string  `json:"email,omitempty"`
	Verified   *bool   `json:"email_verified,omitempty"`
}

type locale struct {
	Country  string `json:"country"`
	Language string `json:"language"`
}

const memberName, memberEmail = "Ana Example", "ana@example.com"

// member is the one who signs in at the provider, as far as these scopes show.
func member(scopes []string) *profile {
	shown := &profile{Sub: "782bbtaQsb"}
	if slices.Contains(scopes, "profile") {
		shown.Name, shown.GivenName, shown.FamilyName = memberName, "Ana", "Example"
		shown.Picture = "https://media.licdn.com/dms/image/sandbox/profile-displayphoto-shrink_100_100/0/ana-example"
		shown.Locale = &locale{Country: "US", Language: "en"}
	}
	if slices.Contains(scopes, "email") {
		verified := true
		shown.Email, shown.Verified = memberEmail, &verified
	}
	return shown
}

func (s *Server) appSecret(clientID string) string {
	return "WPL_AP1." + s.derive("app secret", clientID, 16) + ".c2FuZA=="
}

// A consent is an authorization request that has been checked. It travels in
// the links of the consent page, sealed.
type consent struct {
	ClientID string    `json:"clientId"`
	Redirect string    `json:"redirect"`
	Scopes   []string  `json:"scopes"`
	State    string    `json:"state"`
	Expires  time.Time `json:"expires"`
}

// serveConsent is the provider's authorization endpoint. What is wrong with
// client or redirect URI is shown here, for there is nowhere to send it; the
// rest goes back to the redirect URI.
func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var found *app
	err := s.change(func(world *world, _ time.Time) error {
		if a := world.Provider.Apps[query.Get("client_id")]; a != nil {
			kept := *a
			found = &kept
		}
		return nil
	})
	if err != nil || found == nil {
		s.providerProblem(w, "The passed in client_id is invalid", "No app of this developer portal has that Client ID. Compare it with the Auth tab of your app.")
		return
	}
	if !slices.Contains(found.Redirects, s.oursPublic(query.Get("redirect_uri"))) {
		s.providerProblem(w, "The redirect_uri does not match the registered value", "Add exactly this URL to the Authorized redirect URLs of your app: "+query.Get("redirect_uri"))
		return
	}
	scopes := strings.Fields(query.Get("scope"))
	if code, description := refuseScopes(found, query.Get("response_type"), scopes); code != "" {
		redirect(w, r, withQuery(query.Get("redirect_uri"), url.Values{"error": {code}, "error_description": {description}, "state": {query.Get("state")}}))
		return
	}
	raw, err := json.Marshal(consent{found.ClientID, query.Get("redirect_uri"), scopes, query.Get("state"), s.now().Add(sessionLifetime)})
	if err != nil {
		s.providerProblem(w, "Something went wrong", err.Error())
		return
	}
	link := s.basePath() + "/oauth/v2/authorization/" + s.seal(sealConsent, string(raw)) + "/"
	s.render(w, http.StatusOK, view{Site: siteProvider, Title: found.Name + " would like to:", Content: "consent", Data: map[string]any{
		"App": found.Name, "Member": memberName, "Email": memberEmail, "Wants": wants(scopes), "Allow": link + "allow", "Cancel": link + "cancel",
	}})
}

// refuseScopes gives the error that the provider sends back, if there is one.
func refuseScopes(a *app, responseType string, scopes []string) (code, description string) {
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

// serveDecision is what the links on the consent page lead to.
func (s *Server) serveDecision(w http.ResponseWriter, r *http.Request, sealed string, allow bool) {
	raw, ok := s.unseal(sealConsent, sealed)
	var c consent
	if !ok || json.Unmarshal([]byte(raw), &c) != nil || !s.now().Before(c.Expires) {
		s.providerProblem(w, "This page has expired", "Go back to where you came from and begin again.")
		return
	}
	if !allow {
		redirect(w, r, withQuery(c.Redirect, url.Values{"error": {"user_cancelled_authorize"}, "error_description": {"The user cancelled the authorization"}, "state": {c.State}}))
		return
	}
	id := randomText(20, mixedAlphabet)
	err := s.change(func(world *world, now time.Time) error {
		world.Provider.Grants[id] = &grant{App: c.ClientID, Redirect: s.oursPublic(c.Redirect), Scopes: c.Scopes, CodeExpires: now.Add(codeLifetime)}
		return nil
	})
	if err != nil {
		s.providerProblem(w, "Something went wrong", err.Error())
		return
	}
	redirect(w, r, withQuery(c.Redirect, url.Values{"code": {s.seal(sealCode, id)}, "state": {c.State}}))
}

// An oauthProblem is an error of the provider's token endpoint.
type oauthProblem struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// redeem exchanges a grant's code: once, by the app that it was given to, with
// the app's secret, and with the redirect URI that it was sent to.
func (s *Server) redeem(w *world, id, clientID, secretHash, redirectURI string, now time.Time) *oauthProblem {
	g, a := w.Provider.Grants[id], w.Provider.Apps[clientID]
	switch {
	case a == nil || hash(s.appSecret(clientID)) != secretHash:
		return &oauthProblem{http.StatusUnauthorized, "invalid_client", "Client authentication failed"}
	case g == nil || g.App != clientID || !g.Redeemed.IsZero() || now.After(g.CodeExpires):
		return &oauthProblem{http.StatusBadRequest, "invalid_request", "Unable to retrieve access token: authorization code not found"}
	case g.Redirect != redirectURI:
		return &oauthProblem{http.StatusBadRequest, "invalid_redirect_uri", "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists"}
	}
	g.Redeemed = now
	return nil
}

// serveAccessToken is the provider's token endpoint, for clients that play AgentCore themselves.
func (s *Server) serveAccessToken(w http.ResponseWriter, r *http.Request) {
	form, err := url.ParseQuery(string(bodyOf(r)))
	problem := &oauthProblem{http.StatusBadRequest, "invalid_request", "A required parameter \"grant_type\" is missing"}
	var id string
	var scopes []string
	if err == nil && form.Get("grant_type") == "authorization_code" {
		id, _ = s.unseal(sealCode, form.Get("code"))
		err = s.change(func(world *world, now time.Time) error {
			problem = s.redeem(world, id, form.Get("client_id"), hash(form.Get("client_secret")), s.oursPublic(form.Get("redirect_uri")), now)
			if problem == nil {
				scopes = world.Provider.Grants[id].Scopes
			}
			return nil
		})
		if err != nil {
			problem = &oauthProblem{http.StatusInternalServerError, "server_error", "try again"}
		}
	}
	if problem != nil {
		writeJSON(w, "application/json", problem.Status, problem)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, object{
		"access_token": s.seal(sealAccess, id), "expires_in": int(accessLifetime.Seconds()), "scope": strings.Join(scopes, ","), "token_type": "Bearer",
	})
}

// userinfo answers a grant, nil when its access token is not valid.
func (w *world) userinfo(id string, now time.Time) *profile {
	g := w.Provider.Grants[id]
	if g == nil || g.Redeemed.IsZero() || now.After(g.Redeemed.Add(accessLifetime)) || w.Provider.Apps[g.App] == nil || !slices.Contains(g.Scopes, "openid") {
		return nil
	}
	return member(g.Scopes)
}

// invalidAccessToken is how LinkedIn says so.
func invalidAccessToken() object {
	return object{"status": http.StatusUnauthorized, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"}
}

func (s *Server) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	id, _ := s.unseal(sealAccess, bearer)
	var shown *profile
	err := s.change(func(world *world, now time.Time) error {
		shown = world.userinfo(id, now)
		return nil
	})
	if err != nil || shown == nil {
		writeJSON(w, "application/json", http.StatusUnauthorized, invalidAccessToken())
		return
	}
	writeJSON(w, "application/json", http.StatusOK, shown)
}

func (s *Server) providerProblem(w http.ResponseWriter, title, text string) {
	s.render(w, http.StatusBadRequest, view{Site: siteProvider, Title: title, Content: "problem", Data: text})
}

// oursPublic strips the origin that browsers use from a URL. A redirect URI has
// to match exactly, so the other names of this server stay strangers.
func (s *Server) oursPublic(link string) string {
	if path, found := strings.CutPrefix(link, s.base()+"/"); found {
		return "/" + path
	}
	return link
}
