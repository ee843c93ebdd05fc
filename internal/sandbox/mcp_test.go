package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cipt "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/sandbox"
)

func TestTokenEndpointRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	idle := must(w.c.cognito.CreateUserPoolClient(ctx(), &cip.CreateUserPoolClientInput{UserPoolId: &w.poolID, ClientName: aws.String("idle"), GenerateSecret: true}))(t).UserPoolClient
	bare := must(w.c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("bare")}))(t).UserPool
	own := "/" + w.poolID + "/oauth2/token"
	form := func(pairs ...string) url.Values {
		out := url.Values{"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "client_secret": {w.secret}}
		for i := 0; i+1 < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
		want       string
	}{
		{"own path", own, form(), 200, `"token_type":"Bearer"`},
		{"alias", "/oauth2/token", form("scope", w.scope), 200, `"expires_in":3600`},
		{"wrong secret", own, form("client_secret", "wrong"), 400, `{"error":"invalid_client"}`},
		{"unknown client", own, form("client_id", "nobody"), 400, `{"error":"invalid_client"}`},
		{"unknown client at the alias", "/oauth2/token", form("client_id", "nobody"), 400, `{"error":"invalid_client"}`},
		{"unknown scope", own, form("scope", "rs/other"), 400, `{"error":"invalid_scope"}`},
		{"another grant", own, form("grant_type", "password"), 400, `{"error":"unsupported_grant_type"}`},
		{"no grant", own, form("grant_type", ""), 400, `{"error":"invalid_request"}`},
		{"client without the flow", own, form("client_id", *idle.ClientId, "client_secret", *idle.ClientSecret), 400, `{"error":"unauthorized_client"}`},
		{"pool without a domain", "/" + *bare.Id + "/oauth2/token", form(), 404, "does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := postForm(t, s.Endpoint()+c.path, c.form)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("got %d %s, want %d %s", status, body, c.status, c.want)
			}
		})
	}

	request, err := http.NewRequest(http.MethodPost, s.Endpoint()+own, strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(w.clientID, w.secret)
	reply := must(http.DefaultClient.Do(request))(t)
	if body := readAll(t, reply); reply.StatusCode != 200 {
		t.Errorf("with a Basic header: %d %s", reply.StatusCode, body)
	}
}

func TestDiscovery(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	bare := must(w.c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("bare")}))(t).UserPool
	get := func(path string) (int, string) {
		reply := must(http.Get(s.Endpoint() + path))(t)
		return reply.StatusCode, readAll(t, reply)
	}
	if status, body := get("/" + w.poolID + "/.well-known/openid-configuration"); status != 200 || !strings.Contains(body, `"token_endpoint":"`+s.Endpoint()+"/"+w.poolID+`/oauth2/token"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := get("/" + *bare.Id + "/.well-known/openid-configuration"); status != 200 || strings.Contains(body, "token_endpoint\"") {
		t.Errorf("a pool without a domain has no token endpoint: %d %s", status, body)
	}
	if status, _ := get("/us-east-1_nothing/.well-known/openid-configuration"); status != 404 {
		t.Errorf("unknown pool: %d", status)
	}
	if status, body := get("/" + w.poolID + "/.well-known/jwks.json"); status != 200 || !strings.Contains(body, `"kty":"RSA"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestGatewayAuthentication(t *testing.T) {
	now := newClock()
	s := start(t, sandbox.Options{Now: now.Now})
	w := newWalk(t, s).all()
	other := must(w.c.cognito.CreateUserPoolClient(ctx(), &cip.CreateUserPoolClientInput{
		UserPoolId: &w.poolID, ClientName: aws.String("other"), GenerateSecret: true, AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthFlows: []cipt.OAuthFlowType{cipt.OAuthFlowTypeClientCredentials}, AllowedOAuthScopes: []string{w.scope},
	}))(t).UserPoolClient
	stranger := *w
	stranger.clientID, stranger.secret = *other.ClientId, *other.ClientSecret
	const missing = `{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Missing Bearer token"}}`
	const invalid = `{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Invalid Bearer token"}}`
	forged := w.bearer[:len(w.bearer)-8] + "AAAAAAAA"
	for name, c := range map[string][2]string{
		"none":               {"", missing},
		"empty":              {"Bearer ", missing},
		"no JWT":             {"Bearer x", invalid},
		"forged":             {"Bearer " + forged, invalid},
		"client not allowed": {"Bearer " + stranger.token(), invalid},
		"unsigned algorithm": {"Bearer eyJhbGciOiJub25lIn0." + strings.Split(w.bearer, ".")[1] + ".", invalid},
		"another scheme":     {"Basic " + w.bearer, missing},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.rpc("ping", nil, "Authorization", c[0])
			if got.Status != 401 || strings.TrimSpace(got.Raw) != c[1] || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), `Bearer resource_metadata="`) {
				t.Errorf("%d %q %s", got.Status, got.Header.Get("WWW-Authenticate"), got.Raw)
			}
		})
	}
	if got := w.rpc("ping", nil); got.Status != 200 || got.Header.Get("x-amzn-requestid") == "" {
		t.Errorf("the right token: %d %s", got.Status, got.Raw)
	}
	now.Advance(time.Hour + time.Second)
	if got := w.rpc("ping", nil); got.Status != 401 {
		t.Errorf("expired: %d %s", got.Status, got.Raw)
	}
}

func TestProtocolRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	for _, c := range []struct {
		name    string
		body    string
		headers []string
		status  int
		code    int
		message string
	}{
		{"no JSON", `{`, nil, 400, -32700, "Parse error"},
		{"a batch", `[]`, nil, 400, -32600, "Invalid Request"},
		{"no version of JSON-RPC", `{"id":1,"method":"ping"}`, nil, 400, -32600, "Invalid Request"},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"prompts/list"}`, nil, 200, -32601, "Method not found"},
		{"the next protocol's discovery", `{"jsonrpc":"2.0","id":1,"method":"server/discover"}`, []string{"MCP-Protocol-Version", "2026-07-28"}, 200, -32601, "server/discover"},
		{"version not supported", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, []string{"MCP-Protocol-Version", "2025-06-18"}, 400, -32600, "2025-06-18"},
		{"unknown tool", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing"}}`, nil, 200, -32602, "Unknown tool: nothing"},
		{"no name", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}`, nil, 200, -32602, "Invalid params"},
		{"foreign cursor", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}`, nil, 200, -32602, "cursor"},
		{"bad return URL", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + toolName + `","_meta":{"aws.bedrock-agentcore.gateway/credentialProviderConfiguration":{"oauthCredentialProvider":{"returnUrl":"no where"}}}}}`, nil, 200, -32602, "returnUrl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.post(c.body, c.headers...)
			if got.Status != c.status || got.Error == nil || got.Error.Code != c.code || !strings.Contains(got.Error.Message, c.message) {
				t.Errorf("%d %s", got.Status, got.Raw)
			}
		})
	}
	if got := w.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); got.Status != 202 || got.Raw != "" {
		t.Errorf("notification: %d %s", got.Status, got.Raw)
	}
	if got := w.post(`{}`, "Content-Type", "text/plain"); got.Status != 415 {
		t.Errorf("text/plain: %d", got.Status)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		request, err := http.NewRequest(method, w.gatewayURL, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply := must(http.DefaultClient.Do(request))(t)
		_ = readAll(t, reply)
		if reply.StatusCode != 405 || reply.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d %q", method, reply.StatusCode, reply.Header.Get("Allow"))
		}
	}
	for asked, agreed := range map[string]string{"2025-11-25": "2025-11-25", "2025-03-26": "2025-03-26", "2024-11-05": "2025-11-25", "2026-07-28": "2025-11-25"} {
		got := w.rpc("initialize", map[string]any{"protocolVersion": asked}, "MCP-Protocol-Version", "")
		if got.Result.Version != agreed {
			t.Errorf("initialize with %s: %s", asked, got.Raw)
		}
	}
	if got := w.rpc("ping", nil, "Accept", "text/event-stream"); !strings.HasPrefix(got.Header.Get("Content-Type"), "text/event-stream") || !strings.HasPrefix(got.Raw, "event: message\ndata: {") {
		t.Errorf("server-sent event: %s %s", got.Header.Get("Content-Type"), got.Raw)
	}
	if got := w.rpc("ping", nil, "Accept", "application/json, text/event-stream"); !strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
		t.Errorf("both accepted: %s", got.Header.Get("Content-Type"))
	}
	found := w.rpc("tools/call", map[string]any{"name": "x_amz_bedrock_agentcore_search", "arguments": map[string]any{"query": "user information"}})
	if !strings.Contains(found.text(), toolName) {
		t.Errorf("search: %s", found.Raw)
	}
	nothing := w.rpc("tools/call", map[string]any{"name": "x_amz_bedrock_agentcore_search", "arguments": map[string]any{"query": "zzz"}})
	if nothing.text() != `{"tools":[]}` {
		t.Errorf("search for nothing: %s", nothing.Raw)
	}
}

func TestToolCallRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	l := newListener(t)

	const newer = "Cannot initiate authorization code grant flow. URL elicitation requires MCP version 2025-11-25 or newer"
	for _, version := range []string{"", "2025-03-26"} {
		if got := w.call(l.URL, true, "MCP-Protocol-Version", version); got.Status != 200 || !got.Result.IsError || got.text() != newer {
			t.Errorf("version %q: %s", version, got.Raw)
		}
	}
	first := w.call(l.URL, false)
	elicited := first.Error.Data.Elicitations[0]
	if first.Status != 200 || first.Error.Message != "This request requires more information." || elicited.Mode != "url" || elicited.Message != "Please login to this URL for authorization." || elicited.ElicitationID == "" {
		t.Errorf("elicitation: %s", first.Raw)
	}
	if w.call(l.URL, false).link(t) == elicited.URL {
		t.Error("two calls gave one authorization URL")
	}

	w.consent(l)
	if got := w.call(l.URL, false); got.Result.IsError || got.text() == "" {
		t.Errorf("with a stored token: %s", got.Raw)
	}
	if got := w.call(l.URL, false, "MCP-Protocol-Version", ""); got.Result.IsError {
		t.Errorf("an old version is enough once there is a token: %s", got.Raw)
	}
	w.call(l.URL, true).link(t)
	w.call(l.URL, false).link(t) // forcing has deleted the token

	// An empty list of return URLs allows every URL. With an entry, every URL must
	// be on it, also the default.
	identity := w.gatewayID
	setURLs := func(urls ...string) {
		must(w.c.control.UpdateWorkloadIdentity(ctx(), &ac.UpdateWorkloadIdentityInput{Name: &identity, AllowedResourceOauth2ReturnUrls: urls}))(t)
	}
	const hidden = "An internal error occurred. Please retry later."
	setURLs(l.URL)
	if got := w.call(l.URL, false); !got.Result.IsError || got.text() != hidden {
		t.Errorf("the target's default is not listed: %s", got.Raw)
	}
	setURLs(l.URL, "http://localhost:9090/oauth2/callback")
	w.call(l.URL, false).link(t)
	if got := w.call("http://localhost:1/other", false); got.text() != hidden {
		t.Errorf("a URL that is not listed: %s", got.Raw)
	}
	setURLs()

	// The role's permissions are checked at every call.
	must(w.c.iam.DetachRolePolicy(ctx(), &iam.DetachRolePolicyInput{RoleName: &w.roleName, PolicyArn: aws.String(adminPolicy)}))(t)
	if got := w.call(l.URL, false); !got.Result.IsError || got.text() != hidden {
		t.Errorf("a role without policies: %s", got.Raw)
	}
	debug := w.gatewayInput()
	must(w.c.control.UpdateGateway(ctx(), &ac.UpdateGatewayInput{
		GatewayIdentifier: &w.gatewayID, Name: debug.Name, RoleArn: debug.RoleArn, ProtocolType: debug.ProtocolType, AuthorizerType: debug.AuthorizerType,
		ProtocolConfiguration: debug.ProtocolConfiguration, AuthorizerConfiguration: debug.AuthorizerConfiguration, ExceptionLevel: act.ExceptionLevelDebug,
	}))(t)
	denied := w.call(l.URL, false)
	if !strings.Contains(denied.text(), "assumed-role/"+w.roleName) || !strings.Contains(denied.text(), "is not authorized to perform: bedrock-agentcore:GetGateway on resource: arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/"+w.gatewayID) || denied.Result.Meta["debug"] == nil {
		t.Errorf("with DEBUG: %s", denied.Raw)
	}
	const core = "arn:aws:bedrock-agentcore:us-east-1:111122223333:"
	directory := core + "workload-identity-directory/default"
	for _, c := range []struct{ actions, resource, missing string }{
		{`"bedrock-agentcore:GetGateway"`, "*", "bedrock-agentcore:GetWorkloadAccessToken on resource: " + directory + " "},
		{`"bedrock-agentcore:Get*"`, core + "gateway/*\",\"" + directory, "bedrock-agentcore:GetWorkloadAccessToken on resource: " + directory + "/workload-identity/" + w.gatewayID},
		{`"bedrock-agentcore:GetGateway","bedrock-agentcore:GetWorkloadAccessToken"`, "*", "bedrock-agentcore:GetWorkloadAccessTokenForJWT"},
		{`"bedrock-agentcore:GetGateway","bedrock-agentcore:GetWorkloadAccessToken*"`, "*", "bedrock-agentcore:GetResourceOauth2Token"},
		{`"bedrock-agentcore:*"`, "*", "secretsmanager:GetSecretValue"},
	} {
		document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[%s],"Resource":["%s"]}]}`, c.actions, c.resource)
		must(w.c.iam.PutRolePolicy(ctx(), &iam.PutRolePolicyInput{RoleName: &w.roleName, PolicyName: aws.String("p"), PolicyDocument: &document}))(t)
		if got := w.call(l.URL, false); !strings.Contains(got.text(), "not authorized to perform: "+c.missing) {
			t.Errorf("with %s: %s", c.actions, got.Raw)
		}
	}
	setURLs("http://localhost:1/only")
	must(w.c.iam.AttachRolePolicy(ctx(), &iam.AttachRolePolicyInput{RoleName: &w.roleName, PolicyArn: aws.String(adminPolicy)}))(t)
	if got := w.call(l.URL, false); got.text() != "Callback URL "+l.URL+" is not registered for AgentIdentity "+w.gatewayID {
		t.Errorf("with DEBUG: %s", got.Raw)
	}
}

// The least-privilege policy of the walkthrough, with name patterns, is sufficient.
func TestLeastPrivilegeIsEnough(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	trust := strings.Replace(trustDocument, `"Action"`, `"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/gateway-authcode-x-*"}},"Action"`, 1)
	role := must(w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: &w.roleName, AssumeRolePolicyDocument: &trust}))(t)
	w.roleARN = *role.Role.Arn
	const core = "arn:aws:bedrock-agentcore:us-east-1:111122223333:"
	document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["bedrock-agentcore:GetWorkloadAccessToken","bedrock-agentcore:GetWorkloadAccessTokenForJWT"],
		 "Resource":["%[1]sworkload-identity-directory/default","%[1]sworkload-identity-directory/default/workload-identity/gateway-authcode-x-*"]},
		{"Effect":"Allow","Action":"bedrock-agentcore:GetResourceOauth2Token",
		 "Resource":["%[1]stoken-vault/default","%[1]stoken-vault/default/oauth2credentialprovider/%[2]s","%[1]sworkload-identity-directory/default","%[1]sworkload-identity-directory/default/workload-identity/gateway-authcode-x-*"]},
		{"Effect":"Allow","Action":"bedrock-agentcore:GetGateway","Resource":"%[1]sgateway/gateway-authcode-x-*"},
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:111122223333:secret:bedrock-agentcore-identity!default/oauth2/%[2]s-*"}]}`, core, w.provider)
	must(w.c.iam.PutRolePolicy(ctx(), &iam.PutRolePolicyInput{RoleName: &w.roleName, PolicyName: aws.String("p"), PolicyDocument: &document}))(t)
	w.makeGateway(nil)
	w.makeProvider(s.ReadyApp())
	l := newListener(t)
	w.makeTarget(l.URL)
	w.bearer = w.token()
	w.consent(l)
	if got := w.call("", false); got.Result.IsError {
		t.Errorf("%s", got.Raw)
	}
}

// bearerTransport adds the token to the requests of another MCP client.
type bearerTransport string

func (b bearerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func TestOfficialMCPClient(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	l := newListener(t)
	w.consent(l)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	transport := &mcp.StreamableClientTransport{Endpoint: w.gatewayURL, HTTPClient: &http.Client{Transport: bearerTransport(w.bearer)}}
	session, err := client.Connect(ctx(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tools := must(session.ListTools(ctx(), nil))(t)
	if len(tools.Tools) != 2 {
		t.Errorf("%d tools", len(tools.Tools))
	}
	result := must(session.CallTool(ctx(), &mcp.CallToolParams{Name: toolName, Arguments: map[string]any{}}))(t)
	text, ok := result.Content[0].(*mcp.TextContent)
	if !ok || result.IsError || !strings.Contains(text.Text, "Ana Example") {
		t.Errorf("%+v", result)
	}
}
