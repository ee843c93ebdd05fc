package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// UpstreamFailed is a gateway's message for an error of the API behind a tool.
const UpstreamFailed = "OpenAPIClientException - Error executing HTTP request: "

const (
	metaKey    = "aws.bedrock-agentcore.gateway/credentialProviderConfiguration"
	needsNewer = "Cannot initiate authorization code grant flow. URL elicitation requires MCP version 2025-11-25 or newer"
)

type callParams struct {
	Name      string                     `json:"name"`
	Arguments map[string]any             `json:"arguments"`
	Meta      map[string]json.RawMessage `json:"_meta"`
}

// override holds the credential settings that a caller may set for a call.
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

func (v *mcpRequest) callTool(params json.RawMessage) (any, error) {
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
	return nil, UnknownTool(p.Name)
}

// callTarget gets the user's token from AgentCore Identity with the gateway's role,
// asks the user for consent if there is none, and calls the API.
func (v *mcpRequest) callTarget(t tool, p callParams) (any, error) {
	asked, err := p.override()
	if err != nil {
		return nil, err
	}
	oauth := t.target.Input.OAuth()
	provider := v.realm.ProviderByARN(v.gateway.Account, v.gateway.Region, oauth.ProviderARN)
	identity := v.realm.Identities[v.gateway.ID]
	switch {
	case provider == nil:
		return v.failed("Credential provider with ARN %s does not exist", oauth.ProviderARN), nil
	case identity == nil:
		return v.failed("WorkloadIdentity with name: %s not found", v.gateway.ID), nil
	case oauth.GrantType != state.AuthorizationCode:
		return v.failed("The authorization server does not support the client_credentials grant"), nil
	}
	if denied := v.denied(provider); denied != "" {
		return v.failed("%s", denied), nil
	}
	request := state.TokenRequest{
		Identity: identity, Provider: provider, Scopes: oauth.Scopes, ReturnURL: oauth.ReturnURL, DefaultURL: oauth.ReturnURL,
		Force: asked.Force, User: v.user,
	}
	if asked.ReturnURL != "" {
		request.ReturnURL = asked.ReturnURL
	}
	if err := v.Identity.CheckReturnURL(request); err != nil {
		return v.failed("%s", aws.AsError(err, aws.RESTJSON).Message), nil
	}
	if grant := v.Identity.Stored(v.world, v.realm, request); grant != "" {
		return v.upstream(t, grant), nil
	}
	if v.version < state.Version20251125 {
		return ToolText(needsNewer, true), nil
	}
	return nil, ElicitationRequired(v.Identity.Begin(v.realm, request, v.now))
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

// ElicitationRequired is the error that asks for the user's consent at a URL.
func ElicitationRequired(link string) error {
	return &rpcError{
		Code: codeElicitation, Message: "This request requires more information.",
		Data: elicitations{[]elicitation{{"url", state.RandomUUID(), link, "Please login to this URL for authorization."}}},
	}
}

// failed returns a tool result that has the reason only if the gateway's
// exceptionLevel is DEBUG.
func (v *mcpRequest) failed(format string, args ...any) ToolResult {
	if v.gateway.Input.ExceptionLevel != "DEBUG" {
		return ToolText(HiddenDetail, true)
	}
	detail := fmt.Sprintf(format, args...)
	out := ToolText(detail, true)
	out.Meta = aws.Object{"debug": TextContent{"text", detail}}
	return out
}

// upstream simulates the target's API. No host is ever called.
func (v *mcpRequest) upstream(t tool, grant string) ToolResult {
	address, err := url.Parse(strings.TrimRight(t.api.Servers[0].URL, "/") + t.operation.Path)
	if err != nil {
		return v.failed("%s", err)
	}
	status, body, err := v.Upstream(v.world, grant, v.now, t.operation.Method, address)
	if err != nil {
		return v.failed("%s", err)
	}
	raw, err := json.Marshal(body)
	switch {
	case err != nil:
		return v.failed("%s", err)
	case status != http.StatusOK:
		return ToolText(UpstreamFailed+string(raw), true)
	default:
		return ToolText(string(raw), false)
	}
}
