package cognito

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/jwt"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// Endpoint serves the token endpoints of all user pools, and their discovery
// documents and keys.
type Endpoint struct {
	site.Address
	Store   *state.Store
	Latency state.Latency
}

// Routes returns the routes of all pools.
func (e *Endpoint) Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /{pool}/.well-known/openid-configuration", Operation: "discovery", Serve: e.serveDiscovery},
		{Pattern: "GET /{pool}/.well-known/jwks.json", Operation: "jwks", Serve: e.serveJWKS},
		{Pattern: "/{pool}/oauth2/token", Operation: "token", Serve: e.serveToken},
		{Pattern: "/oauth2/token", Operation: "token", Serve: e.serveToken},
	}
}

// NoSuchPool responds for a pool or domain that does not exist.
func NoSuchPool(w http.ResponseWriter, id string) {
	site.WriteJSON(w, site.JSON, http.StatusNotFound, aws.Object{"message": "User pool " + id + " does not exist."})
}

// serveDiscovery omits the token endpoint of a pool without a domain.
func (e *Endpoint) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	pool := r.PathValue("pool")
	known, hasDomain := false, false
	err := e.Store.Update(func(world *state.World, _ time.Time) {
		if p := world.Pool(pool, ""); p != nil {
			known, hasDomain = true, p.Domain != nil
		}
	})
	if err != nil || !known {
		NoSuchPool(w, pool)
		return
	}
	issuer := e.Endpoint + "/" + pool
	document := aws.Object{
		"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks.json",
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "token"},
		"scopes_supported":                      []string{"openid", "email", "phone", "profile"},
		"subject_types_supported":               []string{"public"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	}
	if hasDomain {
		document["token_endpoint"] = issuer + "/oauth2/token"
	}
	site.WriteJSON(w, site.JSON, http.StatusOK, document)
}

func (e *Endpoint) serveJWKS(w http.ResponseWriter, r *http.Request) {
	pool := r.PathValue("pool")
	known := false
	err := e.Store.Update(func(world *state.World, _ time.Time) {
		known = world.Pool(pool, "") != nil
	})
	if err != nil || !known {
		NoSuchPool(w, pool)
		return
	}
	site.WriteJSON(w, site.JSON, http.StatusOK, jwt.KeySet(e.Store.Secrets, pool))
}

// serveToken is Cognito's token endpoint. Without a pool in the path, the client's
// pool is used.
func (e *Endpoint) serveToken(w http.ResponseWriter, r *http.Request) {
	pool := r.PathValue("pool")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		site.WriteJSON(w, site.JSON, http.StatusMethodNotAllowed, aws.Object{"error": "invalid_request"})
		return
	}
	if err := e.Latency.Wait(r.Context(), "token"); err != nil {
		return
	}
	request, problem := readTokenRequest(r)
	var token string
	var lasts time.Duration
	if problem == "" {
		err := e.Store.Update(func(world *state.World, now time.Time) {
			token, lasts, problem = e.issue(world.Pool(pool, request.clientID), request, now)
		})
		if err != nil {
			problem = "server_error"
		}
	}
	switch problem {
	case "":
		site.WriteJSON(w, site.JSON, http.StatusOK, aws.Object{"access_token": token, "expires_in": int(lasts.Seconds()), "token_type": "Bearer"})
	case noDomain:
		// In AWS, the domain's name does not resolve in this state.
		NoSuchPool(w, "with an active domain at this address")
	case "server_error":
		site.WriteJSON(w, site.JSON, http.StatusInternalServerError, aws.Object{"error": problem})
	default:
		site.WriteJSON(w, site.JSON, http.StatusBadRequest, aws.Object{"error": problem})
	}
}

const noDomain = "no domain"

type tokenRequest struct {
	clientID, secret string
	scopes           []string
}

// readTokenRequest reads a client credentials request, or returns Cognito's error
// code.
func readTokenRequest(r *http.Request) (tokenRequest, string) {
	var request tokenRequest
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, formErr := url.ParseQuery(string(site.Body(r)))
	if err != nil || formErr != nil || media != "application/x-www-form-urlencoded" {
		return request, "invalid_request"
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return request, "invalid_request"
	default:
		return request, "unsupported_grant_type"
	}
	request.clientID, request.secret = form.Get("client_id"), form.Get("client_secret")
	if id, secret, ok := r.BasicAuth(); ok {
		if request.clientID != "" && request.clientID != id {
			return request, "invalid_request"
		}
		request.clientID, request.secret = id, secret
	}
	request.scopes = strings.Fields(form.Get("scope"))
	return request, ""
}

func (e *Endpoint) issue(p *state.UserPool, request tokenRequest, now time.Time) (token string, lasts time.Duration, problem string) {
	if p == nil {
		return "", 0, "invalid_client"
	}
	if p.Domain == nil || !p.Domain.Transition.Usable(now) {
		return "", 0, noDomain
	}
	client := p.Clients[request.clientID]
	if client == nil || !client.Secret || subtle.ConstantTimeCompare([]byte(request.secret), []byte(clientSecret(e.Store.Secrets, client.ID))) != 1 {
		return "", 0, "invalid_client"
	}
	settings := settingsOf(client)
	if !settings.AllowedOAuthFlowsUserPoolClient || !slices.Contains(settings.AllowedOAuthFlows, "client_credentials") {
		return "", 0, "unauthorized_client"
	}
	scopes := request.scopes
	if len(scopes) == 0 {
		scopes = settings.AllowedOAuthScopes
	}
	for _, scope := range scopes {
		if !slices.Contains(settings.AllowedOAuthScopes, scope) {
			return "", 0, "invalid_scope"
		}
	}
	lasts = settings.tokenLifetime()
	token, err := jwt.Sign(e.Store.Secrets, p.ID, jwt.Claims{
		Subject: client.ID, Use: "access", Scope: strings.Join(scopes, " "), AuthTime: now.Unix(), Issuer: e.Endpoint + "/" + p.ID,
		Expires: now.Add(lasts).Unix(), IssuedAt: now.Unix(), Version: 2, ID: state.RandomUUID(), ClientID: client.ID,
	})
	if err != nil {
		return "", 0, "server_error"
	}
	return token, lasts, ""
}
