package linkedin

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// oauthProblem is an error of the provider's token endpoint.
type oauthProblem struct {
	Status      int    `json:"-"`
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// redeem exchanges a grant's code: once, for the app to which it was issued, with
// the app's secret and the same redirect URI.
func (s *Provider) redeem(w *state.World, id, clientID, secretHash, redirectURI string, now time.Time) *oauthProblem {
	g, a := w.Vendor.Grants[id], w.Vendor.Apps[clientID]
	switch {
	case a == nil || state.Hash(appSecret(s.Store.Secrets, a)) != secretHash:
		return &oauthProblem{http.StatusUnauthorized, "invalid_client", "Client authentication failed"}
	case g == nil || g.App != clientID || !g.Redeemed.IsZero() || now.After(g.CodeExpires):
		return &oauthProblem{http.StatusBadRequest, "invalid_request", "Unable to retrieve access token: authorization code not found"}
	case g.Redirect != redirectURI:
		return &oauthProblem{http.StatusBadRequest, "invalid_redirect_uri", "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists"}
	}
	g.Redeemed = now
	return nil
}

// serveAccessToken is the token endpoint, for clients that take the part of
// AgentCore.
func (s *Provider) serveAccessToken(w http.ResponseWriter, r *http.Request) {
	form, err := url.ParseQuery(string(site.Body(r)))
	problem := &oauthProblem{http.StatusBadRequest, "invalid_request", "A required parameter \"grant_type\" is missing"}
	var id string
	var scopes []string
	if err == nil && form.Get("grant_type") == "authorization_code" {
		id, _ = s.Grant(form.Get("code"))
		err = s.Store.Update(func(world *state.World, now time.Time) {
			problem = s.redeem(world, id, form.Get("client_id"), state.Hash(form.Get("client_secret")), s.Pages.RelativePublic(form.Get("redirect_uri")), now)
			if problem == nil {
				scopes = world.Vendor.Grants[id].Scopes
			}
		})
		if err != nil {
			problem = &oauthProblem{http.StatusInternalServerError, "server_error", "try again"}
		}
	}
	if problem != nil {
		site.WriteJSON(w, site.JSON, problem.Status, problem)
		return
	}
	site.WriteJSON(w, site.JSON, http.StatusOK, map[string]any{
		"access_token": s.AccessToken(id), "expires_in": int(accessLifetime.Seconds()), "scope": strings.Join(scopes, ","), "token_type": "Bearer",
	})
}

// Grant returns the grant for which a code was issued.
func (s *Provider) Grant(code string) (id string, ok bool) {
	return s.Store.Secrets.Resolve(forCode, code)
}

// Redeem exchanges a grant's code for AgentCore Identity, which knows the secret's
// hash. problem is "" on success.
func (s *Provider) Redeem(w *state.World, grant, clientID, secretHash, redirectURI string, now time.Time) (problem string) {
	if refused := s.redeem(w, grant, clientID, secretHash, redirectURI, now); refused != nil {
		return refused.Code + " (" + refused.Description + ")"
	}
	return ""
}

// AccessToken returns the access token of a redeemed grant.
func (s *Provider) AccessToken(grant string) string { return s.Store.Secrets.Issue(forAccess, grant) }
