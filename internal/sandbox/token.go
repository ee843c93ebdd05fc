package sandbox

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// findPool looks a pool up by its id, or by one of its clients.
func (w *world) findPool(id, clientID string) *userPool {
	for _, r := range w.Realms {
		if p := r.Pools[id]; p != nil {
			return p
		}
		for _, p := range r.Pools {
			if id == "" && p.Clients[clientID] != nil {
				return p
			}
		}
	}
	return nil
}

func noSuchPool(w http.ResponseWriter, id string) {
	writeJSON(w, "application/json", http.StatusNotFound, object{"message": "User pool " + id + " does not exist."})
}

// serveDiscovery names the token endpoint only where there is one: a pool
// without a domain gives no tokens.
func (s *Server) serveDiscovery(w http.ResponseWriter, _ *http.Request, pool string) {
	known, hasDomain := false, false
	err := s.change(func(world *world, _ time.Time) error {
		if p := world.findPool(pool, ""); p != nil {
			known, hasDomain = true, p.Domain != nil
		}
		return nil
	})
	if err != nil || !known {
		noSuchPool(w, pool)
		return
	}
	issuer := s.endpoint + "/" + pool
	document := object{
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
	writeJSON(w, "application/json", http.StatusOK, document)
}

// serveResourceMetadata tells a client that was refused whom to ask for a token.
func (s *Server) serveResourceMetadata(w http.ResponseWriter, r *http.Request, id string) {
	var issuer string
	err := s.change(func(world *world, _ time.Time) error {
		for _, realm := range world.Realms {
			if g := realm.Gateways[id]; g != nil && g.Input.Authorizer != nil {
				issuer = strings.TrimSuffix(here(s.endpoint, g.Input.Authorizer.JWT.DiscoveryURL), "/.well-known/openid-configuration")
			}
		}
		return nil
	})
	if err != nil || issuer == "" {
		s.serveNotFound(w, r)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, object{
		"resource": s.endpoint + "/gateway/" + id + "/mcp", "authorization_servers": []string{issuer}, "bearer_methods_supported": []string{"header"},
	})
}

func (s *Server) serveJWKS(w http.ResponseWriter, _ *http.Request, pool string) {
	known := false
	err := s.change(func(world *world, _ time.Time) error {
		known = world.findPool(pool, "") != nil
		return nil
	})
	if err != nil || !known {
		noSuchPool(w, pool)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, s.jwks(pool))
}

// serveToken is Cognito's token endpoint. An empty pool means the one that the client belongs to.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, pool string) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeJSON(w, "application/json", http.StatusMethodNotAllowed, object{"error": "invalid_request"})
		return
	}
	if err := s.wait(r.Context()); err != nil {
		return
	}
	request, problem := readTokenRequest(r)
	var token string
	var lasts time.Duration
	if problem == "" {
		err := s.change(func(world *world, now time.Time) error {
			token, lasts, problem = s.issue(world.findPool(pool, request.clientID), request, now)
			return nil
		})
		if err != nil {
			problem = "server_error"
		}
	}
	switch problem {
	case "":
		writeJSON(w, "application/json", http.StatusOK, object{"access_token": token, "expires_in": int(lasts.Seconds()), "token_type": "Bearer"})
	case noDomain:
		// In AWS the name of the domain does not resolve yet, or no longer.
		noSuchPool(w, "with an active domain at this address")
	case "server_error":
		writeJSON(w, "application/json", http.StatusInternalServerError, object{"error": problem})
	default:
		writeJSON(w, "application/json", http.StatusBadRequest, object{"error": problem})
	}
}

const noDomain = "no domain"

type tokenRequest struct {
	clientID, secret string
	scopes           []string
}

// readTokenRequest reads a client-credentials request, or says which of Cognito's errors it is.
func readTokenRequest(r *http.Request) (tokenRequest, string) {
	var request tokenRequest
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, formErr := url.ParseQuery(string(bodyOf(r)))
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

func (s *Server) issue(p *userPool, request tokenRequest, now time.Time) (token string, lasts time.Duration, problem string) {
	if p == nil {
		return "", 0, "invalid_client"
	}
	if p.Domain == nil || !p.Domain.Life.usable(now) {
		return "", 0, noDomain
	}
	client := p.Clients[request.clientID]
	if client == nil || !client.Secret || subtle.ConstantTimeCompare([]byte(request.secret), []byte(s.clientSecret(client.ID))) != 1 {
		return "", 0, "invalid_client"
	}
	settings := client.settings()
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
	token, err := s.sign(p.ID, accessClaims{
		Subject: client.ID, Use: "access", Scope: strings.Join(scopes, " "), AuthTime: now.Unix(), Issuer: s.endpoint + "/" + p.ID,
		Expires: now.Add(lasts).Unix(), IssuedAt: now.Unix(), Version: 2, ID: randomUUID(), ClientID: client.ID,
	})
	if err != nil {
		return "", 0, "server_error"
	}
	return token, lasts, ""
}
