package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"agentcore-3lo/internal/sandbox"
)

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func listPools(c clients) (int, error) {
	out, err := c.cognito.ListUserPools(ctx(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil {
		return 0, err
	}
	return len(out.UserPools), nil
}

func listGateways(c clients) error {
	_, err := c.control.ListGateways(ctx(), &ac.ListGatewaysInput{})
	return err
}

func listRoles(c clients) error {
	_, err := c.iam.ListRoles(ctx(), &iam.ListRolesInput{})
	return err
}

func createPool(c clients) error {
	_, err := c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("pool")})
	return err
}

// rawPools returns the raw response to ListUserPools.
func rawPools(t *testing.T, s *sandbox.Server) (status int, body string) {
	t.Helper()
	got := cognito("ListUserPools", `{"MaxResults":60}`).send(t, s.Endpoint())
	return got.Status, got.Raw
}

func TestEveryFaultDoesWhatItSays(t *testing.T) {
	const pools = "cognito-idp:ListUserPools"
	// refusal checks the error codes of three services.
	refusal := func(xml, json, rest string) func(*testing.T, *sandbox.Server) {
		return func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			_, err := listPools(c)
			if got := []string{codeOf(listRoles(c)), codeOf(err), codeOf(listGateways(c))}; !slices.Equal(got, []string{xml, json, rest}) {
				t.Errorf("the codes are %v", got)
			}
		}
	}
	denial := func(reason string) func(*testing.T, *sandbox.Server) {
		return func(t *testing.T, s *sandbox.Server) {
			err := listRoles(connect(s.Endpoint(), sandbox.AccessKeyID))
			if codeOf(err) != "AccessDenied" || !strings.Contains(err.Error(), "not authorized to perform: iam:ListRoles on resource: * "+reason) {
				t.Error(err)
			}
		}
	}
	unfinished := func(t *testing.T, s *sandbox.Server) {
		brief, cancel := context.WithTimeout(ctx(), 300*time.Millisecond)
		defer cancel()
		c := connect(s.Endpoint(), sandbox.AccessKeyID)
		_, err := c.iam.ListRoles(brief, &iam.ListRolesInput{})
		// Now and then the transport itself has closed the connection by then.
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
			t.Errorf("it ends with %v", err)
		}
	}
	three := []string{pools, "iam:ListRoles", "bedrock-agentcore:ListGateways"}
	tests := map[sandbox.FaultKind]struct {
		operations []string
		check      func(*testing.T, *sandbox.Server)
	}{
		sandbox.FaultThrottled:        {three, refusal("Throttling", "TooManyRequestsException", "ThrottlingException")},
		sandbox.FaultInternal:         {three, refusal("ServiceFailure", "InternalErrorException", "InternalServerException")},
		sandbox.FaultExpired:          {three, refusal("ExpiredToken", "ExpiredTokenException", "ExpiredTokenException")},
		sandbox.FaultDeniedBySCP:      {three, denial("with an explicit deny in a service control policy: arn:aws:organizations::")},
		sandbox.FaultDeniedByBoundary: {three, denial("because no permissions boundary allows the")},
		sandbox.FaultDeniedBySession:  {three, denial("because no session policy allows the")},
		sandbox.FaultDeniedByEndpoint: {three, denial("with an explicit deny in a VPC endpoint policy")},
		sandbox.FaultRegionOff:        {three, refusal("InvalidClientTokenId", "UnrecognizedClientException", "UnrecognizedClientException")},
		sandbox.FaultNotSubscribed:    {three, refusal("OptInRequired", "SubscriptionRequiredException", "SubscriptionRequiredException")},
		sandbox.FaultBlockedPage: {three, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != http.StatusForbidden || !strings.Contains(body, "<title>Blocked by policy</title>") {
				t.Errorf("HTTP %d %s", status, body)
			}
		}},
		sandbox.FaultSilent:  {three, unfinished},
		sandbox.FaultStalled: {three, unfinished},
		sandbox.FaultDomainTaken: {[]string{"cognito-idp:CreateUserPoolDomain"}, func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			pool := must(c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("pool")}))(t)
			_, err := c.cognito.CreateUserPoolDomain(ctx(), &cip.CreateUserPoolDomainInput{UserPoolId: pool.UserPool.Id, Domain: aws.String("prefix")})
			if codeOf(err) != "InvalidParameterException" || !strings.Contains(err.Error(), "already associated with another user pool") {
				t.Error(err)
			}
		}},
		sandbox.FaultNoSearch: {[]string{"bedrock-agentcore:CreateGateway"}, func(t *testing.T, s *sandbox.Server) {
			body := `{"name":"g","roleArn":"arn:aws:iam::111122223333:role/r","authorizerType":"NONE","protocolType":"MCP","protocolConfiguration":{"mcp":{"searchType":"SEMANTIC"}}}`
			if got := rest(http.MethodPost, "/gateways/", body).send(t, s.Endpoint()); got.Status != 400 || !strings.Contains(got.Raw, "searchType") {
				t.Errorf("HTTP %d %s", got.Status, got.Raw)
			}
		}},
		sandbox.FaultUnknownClient: {[]string{"token"}, func(t *testing.T, s *sandbox.Server) {
			resp, err := http.PostForm(s.Endpoint()+"/oauth2/token", url.Values{"grant_type": {"client_credentials"}})
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 400 || !strings.Contains(string(body), `"invalid_client"`) {
				t.Errorf("HTTP %d %s", resp.StatusCode, body)
			}
		}},
		sandbox.FaultDenied: {three, func(t *testing.T, s *sandbox.Server) {
			refusal("AccessDenied", "AccessDeniedException", "AccessDeniedException")(t, s)
			_, err := listPools(connect(s.Endpoint(), "123456789012"))
			if want := "User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: cognito-idp:ListUserPools on resource: arn:aws:cognito-idp:us-east-1:123456789012:*"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("it says %v", err)
			}
		}},
		sandbox.FaultCutBefore: {[]string{"cognito-idp:CreateUserPool"}, func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			if err := createPool(c); !errors.Is(err, io.EOF) {
				t.Errorf("it answers %v", err)
			}
			if n := must(listPools(c))(t); n != 0 {
				t.Errorf("%d pools", n)
			}
		}},
		sandbox.FaultCutAfter: {[]string{"cognito-idp:CreateUserPool"}, func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			if err := createPool(c); !errors.Is(err, io.EOF) {
				t.Errorf("it answers %v", err)
			}
			if n := must(listPools(c))(t); n != 1 {
				t.Errorf("%d pools", n)
			}
		}},
		sandbox.FaultSlow: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			begun := time.Now()
			must(listPools(connect(s.Endpoint(), sandbox.AccessKeyID)))(t)
			if took := time.Since(begun); took < 50*time.Millisecond || took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		}},
		sandbox.FaultHTML: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != 200 || !strings.Contains(body, "<title>") {
				t.Errorf("%d %s", status, body)
			}
		}},
		sandbox.FaultHTMLError: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != 502 || !strings.Contains(body, "<html>") {
				t.Errorf("%d %s", status, body)
			}
		}},
		sandbox.FaultTruncated: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != 200 || body == "" || strings.HasSuffix(strings.TrimSpace(body), "}") {
				t.Errorf("%d %q", status, body)
			}
		}},
		sandbox.FaultEmpty: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != 200 || body != "" {
				t.Errorf("%d %q", status, body)
			}
		}},
		sandbox.FaultEmptyObject: {[]string{pools}, func(t *testing.T, s *sandbox.Server) {
			if status, body := rawPools(t, s); status != 200 || body != "{}" {
				t.Errorf("%d %q", status, body)
			}
		}},
		sandbox.FaultWrongID: {[]string{"cognito-idp:CreateUserPool"}, func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			out := must(c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("pool")}))(t)
			_, err := c.cognito.DescribeUserPool(ctx(), &cip.DescribeUserPoolInput{UserPoolId: out.UserPool.Id})
			if codeOf(err) != "ResourceNotFoundException" || !strings.HasPrefix(*out.UserPool.Id, "us-east-1_") {
				t.Errorf("%s is described: %v", *out.UserPool.Id, err)
			}
		}},
		sandbox.FaultBearerRefused: {[]string{"gateway:tools/call"}, func(t *testing.T, s *sandbox.Server) {
			if got := newWalk(t, s).all().call("", false); got.Status != 401 || got.Error == nil || got.Error.Code != -32001 || got.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%d %s", got.Status, got.Raw)
			}
		}},
		sandbox.FaultSSE: {[]string{"gateway:tools/call"}, func(t *testing.T, s *sandbox.Server) {
			got := newWalk(t, s).all().call("", false)
			if got.link(t); got.Header.Get("Content-Type") != "text/event-stream" {
				t.Errorf("%v %s", got.Header, got.Raw)
			}
		}},
		sandbox.FaultFailedState: {[]string{"bedrock-agentcore:GetGateway", "bedrock-agentcore:GetGatewayTarget", "bedrock-agentcore:GetOauth2CredentialProvider", "cognito-idp:DescribeUserPoolDomain"},
			func(t *testing.T, s *sandbox.Server) {
				w := newWalk(t, s)
				domain := "a-domain"
				pool := must(w.c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("pool")}))(t).UserPool
				if d := must(w.c.cognito.DescribeUserPoolDomain(ctx(), &cip.DescribeUserPoolDomainInput{Domain: &domain}))(t); d.DomainDescription.Status != "" {
					t.Errorf("a domain that does not exist is %s", d.DomainDescription.Status)
				}
				must(w.c.cognito.CreateUserPoolDomain(ctx(), &cip.CreateUserPoolDomainInput{Domain: &domain, UserPoolId: pool.Id}))(t)
				w.poolID, w.clientID = *pool.Id, "client"
				w.makeRole("")
				made := must(w.c.control.CreateGateway(ctx(), w.gatewayInput()))(t)
				w.gatewayID = *made.GatewayId
				w.makeProvider(s.ReadyApp())
				for range 2 { // a call that is not a poll
					must(w.c.control.ListGateways(ctx(), &ac.ListGatewaysInput{}))(t)
				}
				target := must(w.c.control.CreateGatewayTarget(ctx(), w.targetInput("http://localhost:1")))(t)
				g := must(w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID}))(t)
				x := must(w.c.control.GetGatewayTarget(ctx(), &ac.GetGatewayTargetInput{GatewayIdentifier: &w.gatewayID, TargetId: target.TargetId}))(t)
				p := must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t)
				d := must(w.c.cognito.DescribeUserPoolDomain(ctx(), &cip.DescribeUserPoolDomainInput{Domain: &domain}))(t)
				if got := []string{string(g.Status), string(x.Status), string(p.Status), string(d.DomainDescription.Status)}; !slices.Equal(got, []string{"FAILED", "FAILED", "CREATE_FAILED", "FAILED"}) {
					t.Errorf("the states are %v", got)
				}
				if len(g.StatusReasons) != 1 || len(x.StatusReasons) != 1 || aws.ToString(p.FailureReason) == "" {
					t.Error("a reason is missing")
				}
			}},
		sandbox.FaultRoleNotAssumable: {[]string{"bedrock-agentcore:CreateGateway"}, func(t *testing.T, s *sandbox.Server) {
			w := newWalk(t, s)
			w.inbound()
			w.makeRole("")
			_, err := w.c.control.CreateGateway(ctx(), w.gatewayInput())
			if codeOf(err) != "ValidationException" || !strings.Contains(err.Error(), "Role validation failed for '"+w.roleARN+"'") {
				t.Errorf("it answers %v", err)
			}
		}},
		sandbox.FaultNotThere: {[]string{"token", "discovery"}, func(t *testing.T, s *sandbox.Server) {
			w := newWalk(t, s)
			w.inbound()
			if status, _ := postForm(t, s.Endpoint()+"/"+w.poolID+"/oauth2/token", nil); status != 404 {
				t.Errorf("the token endpoint answers %d", status)
			}
			reply := must(http.Get(s.Endpoint() + "/" + w.poolID + "/.well-known/openid-configuration"))(t)
			if readAll(t, reply); reply.StatusCode != 404 {
				t.Errorf("the discovery document answers %d", reply.StatusCode)
			}
		}},
		sandbox.FaultInUse: {[]string{"bedrock-agentcore:DeleteGateway", "bedrock-agentcore:DeleteOauth2CredentialProvider", "cognito-idp:DeleteUserPool"}, func(t *testing.T, s *sandbox.Server) {
			c := connect(s.Endpoint(), sandbox.AccessKeyID)
			_, gateway := c.control.DeleteGateway(ctx(), &ac.DeleteGatewayInput{GatewayIdentifier: aws.String("g-0123456789")})
			_, provider := c.control.DeleteOauth2CredentialProvider(ctx(), &ac.DeleteOauth2CredentialProviderInput{Name: aws.String("p")})
			_, pool := c.cognito.DeleteUserPool(ctx(), &cip.DeleteUserPoolInput{UserPoolId: aws.String("us-east-1_x")})
			for want, err := range map[string]error{
				"ValidationException: Gateway g-0123456789 has targets associated":   gateway,
				"ConflictException: Credential provider with name: p is in use":      provider,
				"InvalidParameterException: User pool cannot be deleted. It has a d": pool,
			} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v is not %s", err, want)
				}
			}
		}},
		sandbox.FaultAlreadyExists: {[]string{"bedrock-agentcore:CreateOauth2CredentialProvider", "iam:CreateRole"}, func(t *testing.T, s *sandbox.Server) {
			w := newWalk(t, s)
			id, secret := s.ReadyApp()
			_, err := w.c.control.CreateOauth2CredentialProvider(ctx(), &ac.CreateOauth2CredentialProviderInput{
				Name: &w.provider, CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2,
				Oauth2ProviderConfigInput: &act.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: act.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}})
			if err == nil || !strings.Contains(err.Error(), "ValidationException: Credential provider with name: "+w.provider+" already exists") {
				t.Errorf("it answers %v", err)
			}
			must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t)
			_, err = w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: &w.roleName, AssumeRolePolicyDocument: aws.String(trustDocument)})
			if codeOf(err) != "EntityAlreadyExists" {
				t.Errorf("it answers %v", err)
			}
			must(w.c.iam.GetRole(ctx(), &iam.GetRoleInput{RoleName: &w.roleName}))(t)
		}},
		sandbox.FaultSecretDeleting: {[]string{"bedrock-agentcore:CreateOauth2CredentialProvider"}, func(t *testing.T, s *sandbox.Server) {
			w := newWalk(t, s)
			id, secret := s.ReadyApp()
			_, err := w.c.control.CreateOauth2CredentialProvider(ctx(), &ac.CreateOauth2CredentialProviderInput{
				Name: &w.provider, CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2,
				Oauth2ProviderConfigInput: &act.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: act.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}})
			if err == nil || !strings.Contains(err.Error(), "already scheduled for deletion") {
				t.Errorf("it answers %v", err)
			}
		}},
		sandbox.FaultStillChanging: {[]string{"bedrock-agentcore:UpdateGateway"}, func(t *testing.T, s *sandbox.Server) {
			_, err := newWalk(t, s).c.control.UpdateGateway(ctx(), &ac.UpdateGatewayInput{GatewayIdentifier: aws.String("g-0123456789"), Name: aws.String("g"),
				AuthorizerType: act.AuthorizerTypeNone, RoleArn: aws.String("arn:aws:iam::111122223333:role/r"), ProtocolType: act.GatewayProtocolTypeMcp})
			if codeOf(err) != "ValidationException" || !strings.Contains(err.Error(), "Cannot perform operation UpdateGateway when gateway is in CREATING status") {
				t.Errorf("it answers %v", err)
			}
		}},
	}
	for kind, says := range map[sandbox.FaultKind]string{
		sandbox.FaultUnknownTool: `"code":-32602,"message":"Unknown tool: `, sandbox.FaultRPCInternal: `"code":-32603`,
		sandbox.FaultOpaque: `"text":"An internal error occurred. Please retry later."`, sandbox.FaultReturnURL: "You must register and use at least one ResourceOauth2ReturnUrl",
		sandbox.FaultVaultLag: `"code":-32042`, sandbox.FaultVendorToken: `\"status\":401`, sandbox.FaultVendorForbidden: `\"status\":403`,
		sandbox.FaultVendorThrottled: `\"status\":429`, sandbox.FaultVendorDown: "503 Service Unavailable", sandbox.FaultVendorBody: `"content":[{"type":"text","text":"{\"code\":`,
	} {
		test := tests[kind]
		test.operations = []string{"gateway:tools/call"}
		test.check = func(t *testing.T, s *sandbox.Server) {
			got := newWalk(t, s).all().call("", false)
			if got.Status != 200 || !strings.Contains(got.Raw, says) {
				t.Errorf("%d %s", got.Status, got.Raw)
			}
			if marked := strings.Contains(got.Raw, `"isError":true`); marked != (got.Error == nil && kind != sandbox.FaultVendorBody) {
				t.Errorf("marked as an error: %v: %s", marked, got.Raw)
			}
		}
		tests[kind] = test
	}
	for _, kind := range sandbox.FaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			test, known := tests[kind]
			if !known {
				t.Fatal("this kind has no test")
			}
			var faults []sandbox.Fault
			for _, op := range test.operations {
				faults = append(faults, sandbox.Fault{Operation: op, Kind: kind, Delay: 50 * time.Millisecond})
			}
			test.check(t, start(t, sandbox.Options{Faults: faults}))
		})
	}
}

func TestAFaultAppliesToTheNthCallOnly(t *testing.T) {
	s := start(t, sandbox.Options{Faults: []sandbox.Fault{
		{Operation: "cognito-idp:ListUserPools", Kind: sandbox.FaultThrottled, Nth: 2},
		{Operation: "cognito-idp:ListUserPools", Kind: sandbox.FaultExpired, Nth: 4},
	}})
	c := connect(s.Endpoint(), sandbox.AccessKeyID)
	for i, want := range []string{"", "TooManyRequestsException", "", "ExpiredTokenException", ""} {
		if err := listGateways(c); err != nil {
			t.Errorf("another operation: %v", err)
		}
		if _, err := listPools(c); codeOf(err) != want || (err == nil) != (want == "") {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

func TestALiftedFaultHasStruck(t *testing.T) {
	s := start(t, sandbox.Options{Faults: []sandbox.Fault{
		{Operation: "cognito-idp:ListUserPools", Kind: sandbox.FaultThrottled},
		{Operation: "bedrock-agentcore:ListGateways", Kind: sandbox.FaultThrottled},
	}})
	c := connect(s.Endpoint(), sandbox.AccessKeyID)
	if _, err := listPools(c); err == nil {
		t.Error("no fault before it is lifted")
	}
	s.LiftFaults()
	if _, err := listPools(c); err != nil {
		t.Errorf("lifted: %v", err)
	}
	if err := listGateways(c); err == nil {
		t.Error("a fault is lifted that has not struck yet")
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"throttled@bedrock-agentcore:CreateGateway#1": {Operation: "bedrock-agentcore:CreateGateway", Kind: sandbox.FaultThrottled, Nth: 1},
		"cut-after@iam:CreateRole":                    {Operation: "iam:CreateRole", Kind: sandbox.FaultCutAfter},
		"sse@gateway:tools/call#12":                   {Operation: "gateway:tools/call", Kind: sandbox.FaultSSE, Nth: 12},
		"html@consent":                                {Operation: "consent", Kind: sandbox.FaultHTML},
	} {
		got, err := sandbox.ParseFault(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for text, says := range map[string]string{
		"":                           "write KIND@OPERATION or KIND@OPERATION#N; the kinds are already-exists, ",
		"throttled":                  "write KIND@OPERATION",
		"flooded@iam:CreateRole":     `unknown kind "flooded"; the kinds are slow, `,
		"throttled@CreateGatewa":     "throttled applies to bedrock-agentcore:CreateGateway, bedrock-agentcore:",
		"throttled@iam:createrole":   "applies to iam:CreateRole, ",
		"throttled@TagResource":      "applies to cognito-idp:TagResource, bedrock-agentcore:TagResource, ",
		"failed-state@GetGatway":     "failed-state applies to bedrock-agentcore:GetGateway, bedrock-agentcore:GetGatewayTarget, cognito-idp:DescribeUserPoolDomain, bedrock-agentcore:GetOauth2CredentialProvider",
		"throttled@":                 "unknown operation",
		"slow@pong":                  "unknown operation \"pong\"",
		"throttled@iam:CreateRole#":  "from 1",
		"throttled@iam:CreateRole#0": "from 1",
		"sse@iam:CreateRole":         "iam:CreateRole cannot fail like that; sse applies to gateway:initialize,",
		"denied@token":               "cannot fail like that",
		"empty-object@iam:GetRole":   "cannot fail like that",
		"in-use@iam:DeleteRole":      "in-use applies to cognito-idp:DeleteUserPool, bedrock-agentcore:DeleteGateway, bedrock-agentcore:DeleteOauth2CredentialProvider",
	} {
		if got, err := sandbox.ParseFault(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	if _, err := sandbox.Start(sandbox.Options{Faults: []sandbox.Fault{{Operation: "CreateGateway", Kind: sandbox.FaultSlow}}}); err == nil || !strings.Contains(err.Error(), "applies to bedrock-agentcore:CreateGateway, ") {
		t.Errorf("a fault of no operation is taken: %v", err)
	}
}
