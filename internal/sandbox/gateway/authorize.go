package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/jwt"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// authenticate accepts a JWT that the authorizer's pool issued to one of the
// allowed clients. It takes the pool's ID from the discovery URL and does not fetch
// the URL.
func (v *mcpRequest) authenticate(r *http.Request) *httpProblem {
	switch v.gateway.Input.AuthorizerType {
	case "CUSTOM_JWT":
	case "AWS_IAM":
		if err := v.Authorize(r, aws.Permission{Action: "bedrock-agentcore:InvokeGateway", Resource: v.gateway.ARN()}); err != nil {
			return &httpProblem{status: http.StatusForbidden, plain: aws.AsError(err, aws.RESTJSON).Message}
		}
		return nil
	default:
		return nil
	}
	metadata := v.Address.Endpoint + "/gateway/" + v.gateway.ID + "/.well-known/oauth-protected-resource"
	refused := func(message string) *httpProblem {
		return refusedBearer(fmt.Sprintf("Bearer resource_metadata=%q", metadata), message)
	}
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return refused("Missing Bearer token")
	}
	allowed := v.gateway.Input.Authorizer
	claims, ok := jwt.Verify(v.Store.Secrets, token, allowed.Pool(), v.now)
	if !ok || v.world.Pool(allowed.Pool(), "") == nil || !admits(allowed, claims) {
		return refused("Invalid Bearer token")
	}
	v.user = state.User{Subject: claims.Subject, TokenHash: state.Hash(token)}
	return nil
}

func refusedBearer(authenticate, message string) *httpProblem {
	return &httpProblem{
		status: http.StatusUnauthorized, id: json.RawMessage("0"), err: rpcError{Code: codeBearer, Message: message}, authenticate: authenticate,
	}
}

// admits checks the claims against the authorizer. Cognito's access tokens have no
// audience, so a gateway with allowed audiences accepts none.
func admits(a *state.Authorizer, claims jwt.Claims) bool {
	scopes := strings.Fields(claims.Scope)
	return (len(a.JWT.Clients) == 0 || slices.Contains(a.JWT.Clients, claims.ClientID)) &&
		len(a.JWT.Audience) == 0 &&
		(len(a.JWT.Scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(a.JWT.Scopes, s) }))
}

// serveResourceMetadata tells a client without a valid token which server issues
// tokens.
func (e *Endpoint) serveResourceMetadata(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var issuer string
	err := e.Store.Update(func(world *state.World, _ time.Time) {
		for _, realm := range world.Realms {
			if g := realm.Gateways[id]; g != nil && g.Input.Authorizer != nil {
				issuer = strings.TrimSuffix(site.Absolute(e.Address.Endpoint, g.Input.Authorizer.JWT.DiscoveryURL), "/.well-known/openid-configuration")
			}
		}
	})
	if err != nil || issuer == "" {
		e.NotFound(w, r)
		return
	}
	site.WriteJSON(w, "application/json", http.StatusOK, aws.Object{
		"resource": e.Address.Endpoint + "/gateway/" + id + "/mcp", "authorization_servers": []string{issuer}, "bearer_methods_supported": []string{"header"},
	})
}
