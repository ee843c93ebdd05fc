package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const (
	metaKey      = "aws.bedrock-agentcore.gateway/credentialProviderConfiguration"
	hiddenDetail = "An internal error occurred. Please retry later."
	needsNewer   = "Cannot initiate authorization code grant flow. URL elicitation requires MCP version 2025-11-25 or newer"
)

type callParams struct {
	Name      string                     `json:"name"`
	Arguments map[string]any             `json:"arguments"`
	Meta      map[string]json.RawMessage `json:"_meta"`
}

// override is what a caller may say about a call's credentials.
type override struct {
	ReturnURL string `json:"returnUrl"`
	Force     bool   `json:"forceAuthentication"`
}

func (p callParams) override() (override, error) {
	var in struct {
		OAuth override `json:"oauthCredentialProvider"`
	}
	raw, given := p.Meta[metaKey]
	if given && json.Unmarshal(raw, &in) != nil {
		return override{}, &rpcError{Code: codeParams, Message: "Invalid " + metaKey}
	}
	if link := in.OAuth.ReturnURL; link != "" && !regexp.MustCompile(`^\w+:/?/?\S+$`).MatchString(link) {
		return override{}, &rpcError{Code: codeParams, Message: "Invalid returnUrl"}
	}
	return in.OAuth, nil
}

func (v *visit) callTool(params json.RawMessage) (any, error) {
	var p callParams
	if json.Unmarshal(params, &p) != nil || p.Name == "" {
		return nil, &rpcError{Code: codeParams, Message: "Invalid params"}
	}
	if p.Name == searchTool && v.semantic() {
		return v.search(p.Arguments)
	}
	for _, t := range v.tools() {
		if t.name() == p.Name {
			return v.callTarget(t, p)
		}
	}
	return nil, &rpcError{Code: codeParams, Message: "Unknown tool: " + p.Name}
}

// callTarget does what the gateway does with its role: get the user's token
// from AgentCore Identity, ask the user if there is none, call upstream.
func (v *visit) callTarget(t tool, p callParams) (any, error) {
	wish, err := p.override()
	if err != nil {
		return nil, err
	}
	oauth := t.target.Input.oauth()
	provider := v.realm.providerByARN(v.gateway.Account, v.gateway.Region, oauth.ProviderARN)
	identity := v.realm.Identities[v.gateway.ID]
	switch {
	case provider == nil:
		return v.failed("Credential provider with ARN %s does not exist", oauth.ProviderARN), nil
	case identity == nil:
		return v.failed("WorkloadIdentity with name: %s not found", v.gateway.ID), nil
	case oauth.GrantType != authorizationCode:
		return v.failed("The authorization server does not support the client_credentials grant"), nil
	}
	if denied := v.denied(provider); denied != "" {
		return v.failed("%s", denied), nil
	}
	ask := tokenAsk{
		identity: identity, provider: provider, scopes: oauth.Scopes, returnURL: oauth.ReturnURL, defaultURL: oauth.ReturnURL,
		force: wish.Force, user: v.user,
	}
	if wish.ReturnURL != "" {
		ask.returnURL = wish.ReturnURL
	}
	if err := ask.checkReturnURL(); err != nil {
		return v.failed("%s", asServiceError(err, restJSON).Message), nil
	}
	if grant := v.world.stored(v.realm, ask); grant != "" {
		return v.upstream(t, grant), nil
	}
	if v.version < version20251125 {
		return toolText(needsNewer, true), nil
	}
	return nil, v.elicit(ask)
}

type elicitations struct {
	Elicitations []elicitation `json:"elicitations"`
}

type elicitation struct {
	Mode    string `json:"mode"`
	ID      string `json:"elicitationId"`
	URL     string `json:"url"`
	Message string `json:"message"`
}

// elicit asks for the user's consent, by URL.
func (v *visit) elicit(ask tokenAsk) error {
	return consentNeeded(v.authorizationURL(v.realm.authorize(ask, v.now)))
}

func consentNeeded(link string) error {
	return &rpcError{
		Code: codeElicitation, Message: "This request requires more information.",
		Data: elicitations{[]elicitation{{"url", randomUUID(), link, "Please login to this URL for authorization."}}},
	}
}

// denied is the first thing that the gateway's role may not do for this call, in
// IAM's words. The gateway reads its own settings, gets a workload access token
// (the developer guide asks for GetWorkloadAccessToken; for a user with a JWT
// the other is called), and with it the user's token, for which Identity reads
// the provider's secret. Asking for that token needs the vault, the provider
// and the identity.
func (v *visit) denied(p *oauthProvider) string {
	g := v.gateway
	r := v.world.roleOf(g.Input.RoleARN)
	if r == nil || !r.trusts(g.arn()) {
		return fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", agentCorePrincipal, g.Input.RoleARN)
	}
	identity := workloadARN(g.Region, g.Account, g.ID)
	directory := directoryARN(g.Region, g.Account)
	vault := vaultARN(g.Region, g.Account)
	needs := []struct {
		action    string
		resources []string
	}{
		{"bedrock-agentcore:GetGateway", []string{g.arn()}},
		{"bedrock-agentcore:GetWorkloadAccessToken", []string{directory, identity}},
		{"bedrock-agentcore:GetWorkloadAccessTokenForJWT", []string{directory, identity}},
		{"bedrock-agentcore:GetResourceOauth2Token", []string{vault, providerARN(g.Region, g.Account, p.Name), directory, identity}},
		{"secretsmanager:GetSecretValue", []string{secretARN(g.Region, g.Account, p)}},
	}
	for _, need := range needs {
		for _, resource := range need.resources {
			if !r.permits(need.action, resource, g.arn()) {
				return notAuthorized(fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/gateway-session-%s", g.Account, r.Name, g.ID), need.action, resource)
			}
		}
	}
	return ""
}

// failed is a tool result that says why only to who made the gateway with
// exceptionLevel DEBUG.
func (v *visit) failed(format string, args ...any) toolResult {
	if v.gateway.Input.ExceptionLevel != "DEBUG" {
		return toolText(hiddenDetail, true)
	}
	detail := fmt.Sprintf(format, args...)
	out := toolText(detail, true)
	out.Meta = object{"debug": textContent{"text", detail}}
	return out
}

// upstream plays api.linkedin.com. No other host is called, in no circumstances.
func (v *visit) upstream(t tool, grant string) toolResult {
	server, err := url.Parse(t.api.Servers[0].URL)
	if err != nil || server.Host != "api.linkedin.com" {
		return v.failed("The sandbox plays api.linkedin.com only, and does not call %s", t.api.Servers[0].URL)
	}
	path := strings.TrimRight(server.Path, "/") + t.operation.path
	if t.operation.method != http.MethodGet || path != "/v2/userinfo" {
		return v.failed("%s %s answered 404: the sandbox plays GET /v2/userinfo only", t.operation.method, path)
	}
	shown := v.world.userinfo(grant, v.now)
	if shown == nil {
		raw, _ := json.Marshal(invalidAccessToken()) // plain data
		return toolText(upstreamFailed+string(raw), true)
	}
	raw, err := json.Marshal(shown)
	if err != nil {
		return v.failed("%s", err)
	}
	return toolText(string(raw), false)
}
