// Package linkedin simulates an identity provider like LinkedIn: its authorization
// page, token endpoint and userinfo, and its developer portal.
package linkedin

import (
	"net/http"
	"strconv"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

const (
	forConsent = "consent page"
	forCode    = "authorization code"
	forAccess  = "provider access token"
	forConfirm = "verification link"

	pageLifetime   = 10 * time.Minute
	codeLifetime   = 30 * time.Minute
	accessLifetime = 60 * 24 * time.Hour
)

// Provider is the authorization server and its API.
type Provider struct {
	Store *state.Store
	Pages *site.Pages
}

// Routes returns the provider's endpoints.
func (s *Provider) Routes() []site.Route {
	decide := func(allow bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { s.serveDecision(w, r, allow) }
	}
	return []site.Route{
		{Pattern: "GET /oauth/v2/authorization", Operation: "consent", Serve: s.serveConsent},
		{Pattern: "GET /oauth/v2/authorization/{consent}/allow", Operation: "allow", Serve: decide(true)},
		{Pattern: "GET /oauth/v2/authorization/{consent}/cancel", Operation: "cancel", Serve: decide(false)},
		{Pattern: "POST /oauth/v2/accessToken", Operation: "accessToken", Serve: s.serveAccessToken},
		{Pattern: "GET /v2/userinfo", Operation: "userinfo", Serve: s.serveUserinfo},
	}
}

// appSecret returns an app's client secret: another one after each time that a new
// one was generated.
func appSecret(secrets *state.Secrets, a *state.App) string {
	name := a.ClientID
	if a.Secrets > 0 {
		name += "#" + strconv.Itoa(a.Secrets)
	}
	return "WPL_AP1." + secrets.Derive("app secret", name, 16, state.Mixed) + ".c2FuZA=="
}

// ReadyApp returns the credentials of an app that needs no setup at the portal: it
// has the sign-in product, and the callback URL of every provider that uses it is
// registered automatically. It is created on first use. Only the portal changes it.
func (s *Provider) ReadyApp() (clientID, clientSecret string, err error) {
	err = s.Store.Update(func(w *state.World, now time.Time) {
		if w.Vendor.Ready == "" {
			id, pageID := "78"+state.RandomText(12, state.Lower), state.RandomText(8, state.Digits)
			w.Vendor.Pages[pageID] = &state.Page{ID: pageID, Name: "Ready Page"}
			w.Vendor.Apps[id] = &state.App{ClientID: id, Name: "Ready app", Page: pageID, Verified: true, SignIn: true, Created: now}
			w.Vendor.Ready = id
		}
		clientID = w.Vendor.Ready
		clientSecret = appSecret(s.Store.Secrets, w.Vendor.Apps[clientID])
	})
	return clientID, clientSecret, err
}
