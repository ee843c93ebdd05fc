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
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
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
var examples = map[string][]error{
	"record of a newer version":          {&run.NewerError{Version: 99}},
	"damaged record":                     {&run.CorruptError{Err: errors.New("unexpected end of JSON input")}},
	"run has this name in other letters": {&run.CaseError{Run: "Demo", Called: "demo"}},
	"name no file can have":              {&run.NameError{Name: "NUL"}},
	"endpoint without encryption":        {fmt.Errorf("begin: %w", &run.EndpointError{Path: "x", Name: "AWS_ENDPOINT_URL", Endpoint: "http://10.0.0.7"})},
	"state kept from this program":       {&private.Error{Path: "/srv/state", Problem: "belongs to user 7", Advice: "Set AGENTCORE_3LO_HOME to a folder of your own."}},
	"run in use":                         {&run.HeldError{Run: "demo", Holder: "process 7"}},
	"interrupted":                        {fmt.Errorf("waiting: %w", context.Canceled)},

	"MFA session ended":            {awsenv.ErrMFASessionEnded, fmt.Errorf("get identity: %w", awsenv.ErrMFASessionEnded)},
	"AWS configuration file":       {&awsenv.FileError{Path: "config", Line: 3, What: "the section's closing bracket is missing"}},
	"AWS setting":                  {&awsenv.SettingError{Name: "AWS_MAX_ATTEMPTS", What: `is "many"`}},
	"CA bundle":                    {&awsenv.BundleError{Path: "ca.pem", From: "AWS_CA_BUNDLE", What: "does not exist"}},
	"credentials expired":          {answer("ExpiredToken", "The security token included in the request is expired"), answer("ExpiredTokenException", "x")},
	"request refused for its date": {answer("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than"), answer("RequestTimeTooSkewed", "x")},
	"keys refused":                 {answer("InvalidClientTokenId", "The security token included in the request is invalid.")},

	"consent refused":                   {refused("access_denied", ""), refused("user_cancelled_login", "x"), refused("User_Cancelled_Authorize", "")},
	"scope not granted to the app":      {refused("unauthorized_scope_error", "Scope \"openid\" is not authorized"), refused("invalid_scope", ""), exchanged("unauthorized_scope_error")},
	"vendor unavailable in the browser": {refused("server_error", ""), refused("temporarily_unavailable", "later")},
	"client refused by the vendor":      {refused("unauthorized_client", ""), exchanged("invalid_client: Client authentication failed"), refused("invalid_client", "")},
	"authorization code refused":        {exchanged("appid/redirect uri/code verifier does not match authorization code. Or authorization code expired."), exchanged("invalid_grant")},
	"callback URL not registered":       {refused("invalid_request", "the redirect_uri does not match the registered value"), exchanged("invalid_redirect_uri"), refused("invalid_redirect_uri", "")},
	"consent page's other error":        {refused("invalid_request", ""), refused("teapot", "short and stout"), refused("error", "no code at all")},

	"stored token refused by the vendor": {tool(`{"status":401,"code":"REVOKED_ACCESS_TOKEN"}`), tool("HTTP 401 Unauthorized"), tool(`{"error":"invalid_token"}`), tool(`{"code":"EXPIRED_ACCESS_TOKEN","message":"x"}`)},
	"product or permission missing":      {tool(`{"status":403,"code":"ACCESS_DENIED","message":"m"}`), tool("status code 403"), tool(`{"error":"insufficient_scope"}`)},
	"vendor's daily limit":               {tool(`{"status":429,"message":"Resource level throttle APPLICATION DAY limit for calls to this resource is reached."}`)},
	"vendor throttling":                  {tool(`{"status":429}`), tool("429 Too Many Requests"), tool("HTTP 429")},
	"vendor unavailable":                 {tool("HTTP 503"), tool(`{"status":500,"message":"x"}`), tool("OpenAPIClientException - Error executing HTTP request: 504 Gateway Timeout")},
	"vendor without an answer":           {tool("OpenAPIClientException - Error executing HTTP request: Read timed out")},
	"empty result":                       {&mcp.ToolError{Empty: true}},
	"vendor's other refusal":             {tool(`{"status":404,"message":"m"}`), tool("HTTP 422")},

	"session over":                 {answer("AccessDeniedException", "Invalid or expired session")},
	"no token in the vault":        {&mcp.ElicitationError{Message: "This request requires more information."}},
	"protocol version not offered": {tool("Cannot initiate authorization code grant flow. URL elicitation requires MCP version 2025-11-25 or newer"), &mcp.Error{Code: -32600, Status: 400, Message: "Unsupported MCP protocol version: 2025-11-25. Supported versions: 2025-03-26"}},
	"return URL not registered": {
		tool("Callback URL http://localhost:9090/oauth2/callback is not registered for AgentIdentity gateway-x"), tool("callback url x IS NOT REGISTERED"),
		tool("You must register and use at least one ResourceOauth2ReturnUrl on your workload identity"),
		&mcp.Error{Code: -32603, Message: "Callback URL x is not registered for AgentIdentity y", Status: 200},
		&mcp.Error{Message: "Bad Request", Body: "you must register and use at least one resourceOauth2ReturnUrl", Status: 400},
		answer("AccessDeniedException", "Return URL x is not registered"), answer("ValidationException", "You must register and use at least one ResourceOauth2ReturnUrl on your workload identity"),
	},
	"still being created or updated": {answer("ValidationException", "Cannot perform operation UpdateGatewayTarget when gateway is in UPDATING status"),
		&mcp.Error{Status: 404, Message: "Gateway g is in CREATING status"}, tool("target t is in UPDATING state"), answer("ConflictException", "x in SYNCHRONIZING status")},
	"gateway role denied": {tool("User: arn:aws:sts::111122223333:assumed-role/r/gateway-session-g is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:x")},
	"internal error":      {tool("An internal error occurred. Please retry later."), tool("AN INTERNAL ERROR OCCURRED. PLEASE RETRY LATER."), &mcp.Error{Code: -32603, Message: "Internal error", Status: 200}},
	"access token refused": {&mcp.Error{Code: -32001, Message: "Missing Bearer token", Status: 401}, &mcp.Error{Status: 401, Message: "Unauthorized"},
		&mcp.Error{Status: 403, Message: "Forbidden"}},
	"unknown tool":                   {&mcp.Error{Code: -32602, Message: "Unknown tool: x", Status: 200}, &mcp.Error{Code: -32602, Message: "Tool x not found", Status: 404}},
	"gateway throttled":              {&mcp.Error{Status: 429, Message: "Rate exceeded"}},
	"gateway not found":              {&mcp.Error{Status: 404, Message: "Not Found"}},
	"gateway unavailable":            {&mcp.Error{Status: 502, Message: "Bad Gateway"}, &mcp.Error{Status: 500, Message: "An internal error occurred"}},
	"connection to the gateway lost": {&mcp.TransportError{Err: io.EOF}, &mcp.TransportError{Err: &net.DNSError{Name: "g.example", Err: "no such host"}}},
	"not the gateway's answer":       {fromGateway(200, "text/html", "<html>Sign in to the hotel</html>"), fromGateway(200, "application/json", ""), fromGateway(302, "text/plain", "")},

	"region not enabled":                {elsewhere(answer("UnrecognizedClientException", "The security token included in the request is invalid.")), elsewhere(answer("InvalidClientTokenId", "x")), elsewhere(answer("OptInRequired", "You are not subscribed to this service"))},
	"service not in this region":        {elsewhere(&net.DNSError{Name: "bedrock-agentcore-control.af-south-1.amazonaws.com", IsNotFound: true}), elsewhere(&awsenv.ProxyError{Proxy: "http://p:3128", Status: 502}), elsewhere(answer("UnknownOperationException", ""))},
	"account not active":                {answer("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service"), answer("OptInRequired", "x"), answer("Blocked", "This account is currently blocked")},
	"machine client refused by Cognito": {&awsenv.TokenError{Status: 400, Code: "invalid_client"}, &awsenv.TokenError{Status: 400, Code: "unauthorized_client"}, &awsenv.TokenError{Status: 400, Code: "invalid_scope"}, &awsenv.TokenError{Status: 403}},
	"token endpoint failing":            {&awsenv.TokenError{Status: 500, Code: "server_error"}, fmt.Errorf("x: %w", &awsenv.TokenError{Status: 503})},

	"denied by an organization's policy": {
		denied("with an explicit deny in a service control policy"),
		denied("with an explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2"),
		denied("because no service control policy allows the iam:CreateRole action"),
		denied("with an explicit deny in a resource control policy"),
		denied("because no resource control policy allows the iam:CreateRole action")},
	"denied by a session policy":       {denied("with an explicit deny in a session policy"), denied("because no session policy allows the iam:CreateRole action")},
	"denied by a permissions boundary": {denied("with an explicit deny in a permissions boundary"), denied("because no permissions boundary allows the iam:CreateRole action"), denied("with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/edge")},
	"denied by a VPC endpoint policy":  {denied("with an explicit deny in a VPC endpoint policy"), denied("because no VPC endpoint policy allows the iam:CreateRole action")},
	"denied by a trust policy":         {denied("because no role trust policy allows the sts:AssumeRole action"), denied("with an explicit deny in the role trust policy")},
	"explicit deny":                    {denied("with an explicit deny"), denied("with an explicit deny in an identity-based policy"), denied("with an explicit deny in a resource-based policy")},
	"action not allowed":               {denied("because no identity-based policy allows the iam:CreateRole action"), denied("because no resource-based policy allows the iam:CreateRole action"), denied(""), answer("AccessDenied", "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:CreateRole action")},
	"access denied":                    {answer("AccessDeniedException", "")},

	"quota reached": {answer("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")},
	"throttled":     {answer("ThrottlingException", "Rate exceeded")},

	"proxy unreachable":             {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Err: &net.DNSError{Name: "p"}}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Err: errors.New("connection refused")}},
	"proxy wants a password":        {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 407}, &awsenv.ProxyError{Host: "h", Status: 407}},
	"proxy refuses the host":        {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 403}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 200}},
	"proxy fails":                   {&awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 502}, &awsenv.ProxyError{Proxy: "http://p:3128", Host: "h", Status: 504}},
	"gateway error on the way":      {&awsenv.ProxyError{Host: "h", Status: 502}, &awsenv.ProxyError{Host: "h", Status: 503}},
	"web page instead of an answer": {&awsenv.ProxyError{Host: "h", Status: 200, Title: "hotel"}, &awsenv.ProxyError{Host: "h", Status: 403}},
	"no answer in time":             {&awsenv.NoAnswerError{Host: "h"}},
	"connection failed":             {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, io.ErrUnexpectedEOF, syscall.ECONNRESET},
	"name not found":                {&net.DNSError{Name: "sts.nowhere.amazonaws.com", Err: "no such host"}},
	"certificate not trusted":       {errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority")},

	"state folder unusable": {&fs.PathError{Op: "open", Path: "runs", Err: fs.ErrPermission}, &os.LinkError{Op: "rename", Old: "a", New: "b", Err: fs.ErrPermission}},
	"still under way":       {fmt.Errorf("waiting: %w", context.DeadlineExceeded)},
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

// What an API or a consent page says must not be mistaken for what another
// service says in the same words.
func TestVendorWordingsOfOthersAreNotTheVendors(t *testing.T) {
	for _, err := range []error{errors.New("the token endpoint answered HTTP 400 invalid_client"), errors.New("unauthorized_client"), errors.New("invalid_scope"), answer("InvalidParameterException", "redirect_uri")} {
		if c, _ := advice.For(err); c.Step == "linkedin" || c.Step == "register" {
			t.Errorf("%v: %s", err, c.Name)
		}
	}
}

func situation() advice.Situation {
	return advice.Situation{Step: "inbound", Retry: "‹retry›", Program: "agentcore-3lo", Caller: "arn:aws:iam::111122223333:user/ana", Role: "r", Vendor: "LinkedIn", Product: "p", Health: "https://status.example",
		Run: func(words ...string) string { return "‹" + strings.Join(words, " ") + "›" }}
}

func TestEveryCauseIsRecognisedAndSaysWhatToDo(t *testing.T) {
	for _, cause := range awsenv.Causes() {
		examples[string(cause)] = append(examples[string(cause)], signInFailure(cause))
	}
	for _, cause := range advice.Causes() {
		if len(examples[cause.Name]) == 0 {
			t.Errorf("%s: no example", cause.Name)
		}
		for _, err := range examples[cause.Name] {
			got, ok := advice.For(err)
			if !ok || got.Name != cause.Name {
				t.Errorf("%v: recognised as %q, want %q", err, got.Name, cause.Name)
				continue
			}
			if got.Next(advice.Read(err), situation()) == "" || got.Exit == advice.ExitDone {
				t.Errorf("%v: no advice, or the exit code of a success", err)
			}
		}
	}
}

// signInFailure is a failure as a call reports it that needed credentials.
func signInFailure(cause awsenv.Cause) error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "GetCallerIdentity",
		Err: fmt.Errorf("get identity: %w", &awsenv.SignInError{Cause: cause, Way: awsenv.Way{Provider: awsenv.ProviderKeys, Profile: "base"}, What: "what failed"})}
}

func TestTheAdviceNamesTheProfileInWhichAFailureIsFixed(t *testing.T) {
	elsewhere := []awsenv.Cause{awsenv.NoneConfigured, awsenv.NoInstanceRole, awsenv.Unreachable, awsenv.RegionDisabled, awsenv.ClockWrong, awsenv.LoginDenied,
		awsenv.ContainerHostRefused, awsenv.ContainerToken, awsenv.ContainerRefused, awsenv.WebTokenExpired, awsenv.WebTokenRefused, awsenv.WebRoleDenied}
	for _, cause := range awsenv.Causes() {
		row, ok := advice.For(signInFailure(cause))
		if !ok || row.Name != string(cause) {
			t.Errorf("%s: recognised as %q", cause, row.Name)
			continue
		}
		next := row.Next(advice.Read(signInFailure(cause)), situation())
		if !strings.Contains(next, "base") && !slices.Contains(elsewhere, cause) {
			t.Errorf("%s: the advice does not name the profile: %s", cause, next)
		}
	}
}

func TestTheServiceThatGivesCredentialsIsNamedNotTheCallThatNeededThem(t *testing.T) {
	inner := &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRole"}}
	f := advice.Read(&smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole", Err: &awsenv.SignInError{Cause: awsenv.RoleDenied, Err: inner}})
	if f.Service != "STS AssumeRole" || f.Code != "AccessDenied" || f.Message != "not authorized to perform: sts:AssumeRole" {
		t.Errorf("%+v", f)
	}
}

func TestWhatIsUnknownGetsNoAdvice(t *testing.T) {
	if c, ok := advice.For(errors.New("the moon was full")); ok {
		t.Errorf("recognised as %q", c.Name)
	}
}

// What no Allow cures must not be answered with one, and says whom to ask.
func TestADenialThatAnAllowCannotCureNamesWhoCan(t *testing.T) {
	whom := map[string]string{"denied by an organization's policy": "administrator of the organization", "denied by a session policy": "whoever issues them",
		"denied by a permissions boundary": "administrator", "denied by a VPC endpoint policy": "whoever runs the network", "denied by a trust policy": "owner of the role", "explicit deny": "administrator"}
	for name, who := range whom {
		for _, err := range examples[name] {
			cause, _ := advice.For(err)
			next := cause.Next(advice.Read(err), situation())
			if strings.Contains(next, `"Effect": "Allow"`) || !strings.Contains(next, who) {
				t.Errorf("%v: %s", err, next)
			}
			if !strings.Contains(next, "--role-arn") || !strings.Contains(next, "--permissions-boundary") {
				t.Errorf("%v: no way around a role that cannot be created: %s", err, next)
			}
		}
	}
	for _, err := range examples["action not allowed"] {
		cause, _ := advice.For(err)
		if next := cause.Next(advice.Read(err), situation()); !strings.Contains(next, `"Action": "iam:CreateRole"`) {
			t.Errorf("%v: %s", err, next)
		}
	}
}

func TestADenialNamesThePolicyThatAWSNames(t *testing.T) {
	err := denied("with an explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2")
	cause, _ := advice.For(err)
	if next := cause.Next(advice.Read(err), situation()); !strings.Contains(next, "arn:aws:organizations::987654321098:policy/o-1/service_control_policy/p-2)") {
		t.Error(next)
	}
}

// The gateway calls with its role: the role is what must be allowed.
func TestADenialOfTheGatewaysRoleNamesTheRole(t *testing.T) {
	for _, why := range []string{"because no identity-based policy allows the secretsmanager:GetSecretValue action", "with an explicit deny in a service control policy", "with an explicit deny in a permissions boundary"} {
		err := &mcp.Error{Status: 200, Message: "User: arn:aws:sts::111122223333:assumed-role/r/gateway-session is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111122223333:secret:x " + why}
		cause, ok := advice.For(err)
		if !ok || !strings.Contains(cause.Next(advice.Read(err), situation()), "the gateway's role r") {
			t.Errorf("%s: %v", why, cause.Name)
		}
	}
}

// A statement must be one that IAM takes: an old answer names no ARN.
func TestAMissingStatementIsOneThatIAMTakes(t *testing.T) {
	for message, resource := range map[string]string{
		"User: a is not authorized to perform: iam:GetRole on resource: role r":                            "*",
		"User: a is not authorized to perform: iam:GetRole on resource: \"arn:aws:iam::1:role/r\" because": "arn:aws:iam::1:role/r",
		"User: a is not authorized to perform: iam:GetRole":                                                "*",
	} {
		err := answer("AccessDenied", message)
		cause, _ := advice.For(err)
		if next := cause.Next(advice.Read(err), situation()); !strings.Contains(next, `"Resource": "`+resource+`"`) {
			t.Errorf("%s: %s", message, next)
		}
	}
}

// Cognito's token endpoint uses the codes of every OAuth server.
func TestCognitosErrorsAreNotTheVendors(t *testing.T) {
	for _, code := range []string{"invalid_client", "invalid_scope", "unauthorized_client", "invalid_grant", "invalid_request", ""} {
		err := fmt.Errorf("getting an access token: %w", &awsenv.TokenError{Status: 400, Code: code})
		cause, _ := advice.For(err)
		next := cause.Next(advice.Read(err), situation())
		if strings.Contains(next, "LinkedIn") || strings.Contains(next, "Products") || !strings.Contains(next, "Cognito") {
			t.Errorf("%s: %s", code, next)
		}
	}
}

// Whatever is recognised by a code or a wording says where that comes from.
func TestEveryWordingHasItsSource(t *testing.T) {
	for _, c := range advice.Causes() {
		recognisedByText := slices.ContainsFunc(examples[c.Name], func(err error) bool {
			var service *smithy.GenericAPIError
			return errors.As(err, &service) && c.Matches(advice.Read(err))
		})
		if recognisedByText && c.Source == "" {
			t.Errorf("%s has no source", c.Name)
		}
	}
}

// A printed command must not lead to another environment.
func TestAnotherRegionIsInTheSameEnvironment(t *testing.T) {
	for flags, want := range map[string]string{
		"": "walk --new --region us-east-1\n",
		" --aws --profile dev --region af-south-1": "walk --new --aws --profile dev --region us-east-1\n",
		" --aws --region af-south-1 --imds":        "walk --new --aws --imds --region us-east-1\n",
		" --sandbox-url http://127.0.0.1:9600":     "walk --new --sandbox-url http://127.0.0.1:9600\n",
		" --sandbox":                               "walk --new --sandbox\n",
	} {
		for _, err := range slices.Concat(examples["region not enabled"], examples["service not in this region"]) {
			cause, _ := advice.For(err)
			s := situation()
			s.Flags = flags
			if next := cause.Next(advice.Read(err), s); !strings.Contains(next, want) {
				t.Errorf("%q: %s", flags, next)
			}
		}
	}
}
