package advice_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"time"

	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
)

// answer is an error as a service of AWS sends it.
func answer(code, message string) error {
	return &smithy.OperationError{ServiceID: "IAM", OperationName: "CreateRole", Err: &smithy.GenericAPIError{Code: code, Message: message}}
}

// denied is IAM's refusal with a reason (IAM user guide, “Troubleshoot access
// denied error messages”).
func denied(why string) error {
	return answer("AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/x "+why)
}

func elsewhere(err error) error {
	return &advice.Unavailable{Service: "Cognito", Region: "af-south-1", Regions: []string{"us-east-1"}, Err: err}
}

// examples has at least one error for every cause of the table.
var examples = map[advice.Cause][]error{
	advice.RecordTooNew:        {&run.NewerError{Version: 99}},
	advice.RecordDamaged:       {&run.CorruptError{Err: errors.New("unexpected end of JSON input")}},
	advice.RunInOtherCase:      {&run.CaseError{Run: "Demo", Called: "demo"}},
	advice.RunNameUnusable:     {&run.NameError{Name: "NUL"}},
	advice.EndpointUnencrypted: {fmt.Errorf("begin: %w", &run.EndpointError{Path: "x", Name: "AWS_ENDPOINT_URL", Endpoint: "http://10.0.0.7"})},
	advice.StateUnusable:       {&private.Error{Path: "/srv/state", Problem: "belongs to user 7", Advice: "Set AGENTCORE_3LO_HOME to a folder of your own."}},
	advice.RunInUse:            {&run.HeldError{Run: "demo", Holder: "process 7"}},
	advice.Interrupted:         {fmt.Errorf("waiting: %w", context.Canceled)},

	advice.MFASessionEnded:    {awsenv.ErrMFASessionEnded, fmt.Errorf("get identity: %w", awsenv.ErrMFASessionEnded)},
	advice.ConfigurationFile:  {&awsenv.FileError{Path: "config", Line: 3, What: "the section's closing bracket is missing"}},
	advice.Setting:            {&awsenv.SettingError{Name: "AWS_MAX_ATTEMPTS", What: `is "many"`}},
	advice.CABundle:           {&awsenv.BundleError{Path: "ca.pem", From: "AWS_CA_BUNDLE", What: "does not exist"}},
	advice.CredentialsExpired: {answer("ExpiredToken", "The security token included in the request is expired"), answer("ExpiredTokenException", "x")},
	advice.RefusedForItsDate:  {answer("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than"), answer("RequestTimeTooSkewed", "x")},
	advice.KeysRefused:        {answer("InvalidClientTokenId", "The security token included in the request is invalid.")},

	advice.ConsentRefused:        {refused("access_denied", ""), refused("user_cancelled_login", "x"), refused("User_Cancelled_Authorize", "")},
	advice.ScopeNotGranted:       {refused("unauthorized_scope_error", "Scope \"openid\" is not authorized"), refused("invalid_scope", ""), exchanged("unauthorized_scope_error")},
	advice.ConsentUnavailable:    {refused("server_error", ""), refused("temporarily_unavailable", "later")},
	advice.ClientRefused:         {refused("unauthorized_client", ""), exchanged("invalid_client: Client authentication failed"), refused("invalid_client", "")},
	advice.CodeRefused:           {exchanged("appid/redirect uri/code verifier does not match authorization code. Or authorization code expired."), exchanged("invalid_grant")},
	advice.CallbackNotRegistered: {refused("invalid_request", "the redirect_uri does not match the registered value"), exchanged("invalid_redirect_uri"), refused("invalid_redirect_uri", "")},
	advice.ConsentOtherError:     {refused("invalid_request", ""), refused("teapot", "short and stout"), refused("error", "no code at all")},

	advice.StoredTokenRefused: {tool(`{"status":401,"code":"REVOKED_ACCESS_TOKEN"}`), tool("HTTP 401 Unauthorized"), tool(`{"error":"invalid_token"}`), tool(`{"code":"EXPIRED_ACCESS_TOKEN","message":"x"}`)},
	advice.PermissionMissing:  {tool(`{"status":403,"code":"ACCESS_DENIED","message":"m"}`), tool("status code 403"), tool(`{"error":"insufficient_scope"}`)},
	advice.DailyLimit:         {tool(`{"status":429,"message":"Resource level throttle APPLICATION DAY limit for calls to this resource is reached."}`)},
	advice.VendorThrottling:   {tool(`{"status":429}`), tool("429 Too Many Requests"), tool("HTTP 429")},
	advice.VendorUnavailable:  {tool("HTTP 503"), tool(`{"status":500,"message":"x"}`), tool("OpenAPIClientException - Error executing HTTP request: 504 Gateway Timeout")},
	advice.VendorNoAnswer:     {tool("OpenAPIClientException - Error executing HTTP request: Read timed out")},
	advice.EmptyResult:        {&mcp.ToolError{Empty: true}},
	advice.VendorOtherRefusal: {tool(`{"status":404,"message":"m"}`), tool("HTTP 422")},

	advice.SessionOver:        {answer("AccessDeniedException", "Invalid or expired session")},
	advice.NoTokenInVault:     {&mcp.ElicitationError{Message: "This request requires more information."}},
	advice.ProtocolNotOffered: {tool("Cannot initiate authorization code grant flow. URL elicitation requires MCP version 2025-11-25 or newer"), &mcp.Error{Code: -32600, Status: 400, Message: "Unsupported MCP protocol version: 2025-11-25. Supported versions: 2025-03-26"}},
	advice.ReturnURLNotRegistered: {
		tool("Callback URL http://localhost:9090/oauth2/callback is not registered for AgentIdentity gateway-x"), tool("callback url x IS NOT REGISTERED"),
		tool("You must register and use at least one ResourceOauth2ReturnUrl on your workload identity"),
		&mcp.Error{Code: -32603, Message: "Callback URL x is not registered for AgentIdentity y", Status: 200},
		&mcp.Error{Message: "Bad Request", Body: "you must register and use at least one resourceOauth2ReturnUrl", Status: 400},
		answer("AccessDeniedException", "Return URL x is not registered"), answer("ValidationException", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity"),
	},
	advice.StillCreatingOrUpdating: {answer("ValidationException", "Cannot perform operation UpdateGatewayTarget when gateway is in UPDATING status"),
		&mcp.Error{Status: 404, Message: "Gateway g is in CREATING status"}, tool("target t is in UPDATING state"), answer("ConflictException", "x in SYNCHRONIZING status")},
	advice.GatewayRoleDenied: {tool("User: arn:aws:sts::111122223333:assumed-role/r/gateway-session-g is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:x")},
	advice.InternalError:     {tool("An internal error occurred. Please retry later."), tool("AN INTERNAL ERROR OCCURRED. PLEASE RETRY LATER."), &mcp.Error{Code: -32603, Message: "Internal error", Status: 200}},
	advice.AccessTokenRefused: {&mcp.Error{Code: -32001, Message: "Missing Bearer token", Status: 401}, &mcp.Error{Status: 401, Message: "Unauthorized"},
		&mcp.Error{Status: 403, Message: "Forbidden"}},
	advice.UnknownTool:           {&mcp.Error{Code: -32602, Message: "Unknown tool: x", Status: 200}, &mcp.Error{Code: -32602, Message: "Tool x not found", Status: 404}},
	advice.GatewayThrottled:      {&mcp.Error{Status: 429, Message: "Rate exceeded"}},
	advice.GatewayNotFound:       {&mcp.Error{Status: 404, Message: "Not Found"}},
	advice.GatewayUnavailable:    {&mcp.Error{Status: 502, Message: "Bad Gateway"}, &mcp.Error{Status: 500, Message: "An internal error occurred"}},
	advice.GatewayConnectionLost: {&mcp.TransportError{Err: io.EOF}, &mcp.TransportError{Err: &net.DNSError{Name: "g.example", Err: "no such host"}}},
	advice.NotTheGateway:         {fromGateway(200, "text/html", "<html>Sign in to the hotel</html>"), fromGateway(200, "application/json", ""), fromGateway(302, "text/plain", "")},

	advice.RegionNotEnabled:     {elsewhere(answer("UnrecognizedClientException", "The security token included in the request is invalid.")), elsewhere(answer("InvalidClientTokenId", "x")), elsewhere(answer("OptInRequired", "You are not subscribed to this service"))},
	advice.ServiceNotInRegion:   {elsewhere(&net.DNSError{Name: "bedrock-agentcore-control.af-south-1.amazonaws.com", IsNotFound: true}), elsewhere(&awsenv.ProxyError{Proxy: "http://p:3128", Status: 502}), elsewhere(answer("UnknownOperationException", ""))},
	advice.AccountNotActive:     {answer("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service"), answer("OptInRequired", "x"), answer("Blocked", "This account is currently blocked")},
	advice.AppClientRefused:     {&awsenv.TokenError{Status: 400, Code: "invalid_client"}, &awsenv.TokenError{Status: 400, Code: "unauthorized_client"}, &awsenv.TokenError{Status: 400, Code: "invalid_scope"}, &awsenv.TokenError{Status: 403}},
	advice.TokenEndpointFailing: {&awsenv.TokenError{Status: 500, Code: "server_error"}, fmt.Errorf("x: %w", &awsenv.TokenError{Status: 503})},

	advice.DeniedByOrganization: {
		denied("with an explicit deny in a service control policy"),
		denied("with an explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2"),
		denied("because no service control policy allows the iam:CreateRole action"),
		denied("with an explicit deny in a resource control policy"),
		denied("because no resource control policy allows the iam:CreateRole action")},
	advice.DeniedBySession:     {denied("with an explicit deny in a session policy"), denied("because no session policy allows the iam:CreateRole action")},
	advice.DeniedByBoundary:    {denied("with an explicit deny in a permissions boundary"), denied("because no permissions boundary allows the iam:CreateRole action"), denied("with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/edge")},
	advice.DeniedByVPCEndpoint: {denied("with an explicit deny in a VPC endpoint policy"), denied("because no VPC endpoint policy allows the iam:CreateRole action")},
	advice.DeniedByTrustPolicy: {denied("because no role trust policy allows the sts:AssumeRole action"), denied("with an explicit deny in the role trust policy")},
	advice.ExplicitDeny:        {denied("with an explicit deny"), denied("with an explicit deny in an identity-based policy"), denied("with an explicit deny in a resource-based policy")},
	advice.ActionNotAllowed:    {denied("because no identity-based policy allows the iam:CreateRole action"), denied("because no resource-based policy allows the iam:CreateRole action"), denied(""), answer("AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:CreateRole action")},
	advice.AccessDenied:        {answer("AccessDeniedException", "")},

	advice.QuotaReached: {answer("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")},
	advice.Throttled:    {answer("ThrottlingException", "Rate exceeded")},

	advice.ProxyUnreachable:      {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Err: &net.DNSError{Name: "p"}}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Err: errors.New("connection refused")}},
	advice.ProxyPassword:         {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 407}, &awsenv.ProxyError{Host: "h", Status: 407}},
	advice.ProxyRefuses:          {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 403}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 200}},
	advice.ProxyFails:            {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 502}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 504}},
	advice.GatewayErrorOnTheWay:  {&awsenv.ProxyError{Host: "h", Status: 502}, &awsenv.ProxyError{Host: "h", Status: 503}},
	advice.WebPage:               {&awsenv.ProxyError{Host: "h", Status: 200, Title: "hotel"}, &awsenv.ProxyError{Host: "h", Status: 403}},
	advice.NoAnswer:              {&awsenv.NoAnswerError{Host: "h"}},
	advice.ConnectionFailed:      {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, io.ErrUnexpectedEOF, syscall.ECONNRESET},
	advice.NameNotFound:          {&net.DNSError{Name: "sts.nowhere.amazonaws.com", Err: "no such host"}},
	advice.CertificateNotTrusted: {errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority")},

	advice.StateFolder:   {&fs.PathError{Op: "open", Path: "runs", Err: fs.ErrPermission}, &os.LinkError{Op: "rename", Old: "a", New: "b", Err: fs.ErrPermission}},
	advice.StillUnderWay: {fmt.Errorf("waiting: %w", context.DeadlineExceeded), &wait.TimeoutError{What: "the gateway", Limit: time.Minute}},
}

func refused(code, description string) error {
	return fmt.Errorf("the browser came back: %w", &callback.RefusedError{Code: code, Description: description})
}

// exchanged is an error of the call that lets AgentCore exchange the code.
func exchanged(message string) error {
	return &smithy.OperationError{ServiceID: "Bedrock AgentCore", OperationName: "CompleteResourceTokenAuth", Err: &smithy.GenericAPIError{Code: "ValidationException", Message: message}}
}

// fromGateway is the error of a call that a server answers like that.
func fromGateway(status int, contentType, body string) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	client := mcp.Client{URL: server.URL}
	_, err := client.CallTool(context.Background(), mcp.ToolCall{Name: "x"})
	return err
}

// tool is a tool's answer of that text, marked as an error.
func tool(text string) error {
	quoted, _ := json.Marshal(text)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct{ ID json.RawMessage }
		_ = json.NewDecoder(r.Body).Decode(&call)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"isError":true,"content":[{"type":"text","text":%s}]}}`, call.ID, quoted)
	}))
	defer server.Close()
	client := mcp.Client{URL: server.URL}
	result, err := client.CallTool(context.Background(), mcp.ToolCall{Name: "x"})
	if err != nil {
		return err
	}
	return result.Failure()
}
