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

// authenticate lets in who carries a JWT of the pool that the authorizer names,
// given to one of its allowed clients. The pool's id is enough, whatever the
// origin of the discovery URL: the sandbox never fetches one.
func (v *visit) authenticate(r *http.Request) *httpProblem {
	switch v.gateway.Input.AuthorizerType {
	case "CUSTOM_JWT":
	case "AWS_IAM":
		if err := v.Admit(r, aws.Need{Action: "bedrock-agentcore:InvokeGateway", Resource: v.gateway.ARN()}); err != nil {
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

// admits checks what the authorizer lists. An access token of Cognito's has no
// audience, so that a gateway that asks for one lets none in.
func admits(a *state.Authorizer, claims jwt.Claims) bool {
	scopes := strings.Fields(claims.Scope)
	return (len(a.JWT.Clients) == 0 || slices.Contains(a.JWT.Clients, claims.ClientID)) &&
		len(a.JWT.Audience) == 0 &&
		(len(a.JWT.Scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(a.JWT.Scopes, s) }))
}

// serveResourceMetadata tells a client that was refused whom to ask for a token.
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
