package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamt "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"agentcore-3lo/internal/sandbox"
)

const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`

// allBut returns a policy that allows everything except one action.
func allBut(action string) string {
	return `{"Version":"2012-10-17","Statement":[` + everything + `,{"Effect":"Deny","Action":"` + action + `","Resource":"*"}]}`
}

func setPolicy(t *testing.T, s *sandbox.Server, document string) {
	t.Helper()
	if err := s.SetCallerPolicy(document); err != nil {
		t.Fatal(err)
	}
}

// mustRefuse checks an error's code, and IAM's message with action and resource.
func mustRefuse(t *testing.T, err error, code, action, resource string) {
	t.Helper()
	want := fmt.Sprintf("User: arn:aws:iam::111122223333:user/sandbox is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", action, resource, action)
	if codeOf(err) != code || !strings.Contains(err.Error(), want) {
		t.Errorf("%v\nis not %s %s", err, code, want)
	}
}

func TestACallWithoutPermissionIsRefused(t *testing.T) {
	s := start(t, sandbox.Options{CallerPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`})
	c := connect(s.Endpoint(), sandbox.AccessKeyID)
	// GetCallerIdentity needs no permission.
	if out := must(c.sts.GetCallerIdentity(ctx(), nil))(t); *out.Arn != "arn:aws:iam::111122223333:user/sandbox" {
		t.Errorf("the caller is %s", *out.Arn)
	}
	_, pools := listPools(c)
	mustRefuse(t, pools, "AccessDeniedException", "cognito-idp:ListUserPools", "*")
	mustRefuse(t, listRoles(c), "AccessDenied", "iam:ListRoles", "arn:aws:iam::111122223333:role/")
	mustRefuse(t, listGateways(c), "AccessDeniedException", "bedrock-agentcore:ListGateways", "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/*")
	setPolicy(t, s, "")
	if err := listGateways(c); err != nil {
		t.Errorf("without a policy: %v", err)
	}
	for _, document := range []string{"{", `{"Statement":[]}`, trustDocument} {
		if err := s.SetCallerPolicy(document); err == nil || !strings.Contains(err.Error(), "MalformedPolicyDocument") {
			t.Errorf("%s: %v", document, err)
		}
		if _, err := sandbox.Start(sandbox.Options{CallerPolicy: document}); err == nil {
			t.Errorf("it starts with %s", document)
		}
		if _, err := sandbox.PolicyAllows(document, "a", "b", nil); err == nil {
			t.Errorf("it evaluates %s", document)
		}
	}
	if err := listGateways(c); err != nil {
		t.Errorf("a rejected policy is in effect: %v", err)
	}
}

// A denied call that AWS makes for the caller fails the operation, which then has
// no effect.
func TestCallsThatAWSMakesForTheCallerNeedPermission(t *testing.T) {
	const core = "arn:aws:bedrock-agentcore:us-east-1:111122223333:"
	const secrets = "arn:aws:secretsmanager:us-east-1:111122223333:secret:bedrock-agentcore-identity!default/oauth2/ac-provider-x"
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	role := &iam.CreateRoleInput{RoleName: &w.roleName, AssumeRolePolicyDocument: aws.String(trustDocument), Tags: []iamt.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}
	roleARN := "arn:aws:iam::111122223333:role/" + w.roleName
	createRole := func() error { _, err := w.c.iam.CreateRole(ctx(), role); return err }
	pool := &cip.CreateUserPoolInput{PoolName: aws.String("pool"), UserPoolTags: map[string]string{"k": "v"}}
	createPool := func() error { _, err := w.c.cognito.CreateUserPool(ctx(), pool); return err }
	id, secret := s.ReadyApp()
	config := &act.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: act.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}
	provider := &ac.CreateOauth2CredentialProviderInput{Name: &w.provider, CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2,
		Oauth2ProviderConfigInput: config, Tags: map[string]string{"k": "v"}}
	createProvider := func() error {
		_, err := w.c.control.CreateOauth2CredentialProvider(ctx(), provider)
		return err
	}
	updateProvider := func() error {
		_, err := w.c.control.UpdateOauth2CredentialProvider(ctx(), &ac.UpdateOauth2CredentialProviderInput{Name: &w.provider,
			CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2, Oauth2ProviderConfigInput: config})
		return err
	}
	deleteProvider := func() error {
		_, err := w.c.control.DeleteOauth2CredentialProvider(ctx(), &ac.DeleteOauth2CredentialProviderInput{Name: &w.provider})
		return err
	}
	createGateway := func() error {
		in := w.gatewayInput()
		in.Tags, in.RoleArn = map[string]string{"k": "v"}, &roleARN
		_, err := w.c.control.CreateGateway(ctx(), in)
		return err
	}
	w.poolID, w.clientID = "us-east-1_x", "client"
	suffix := func() string { // of the secret's ARN, once the provider exists
		out := must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t)
		return strings.TrimPrefix(*out.ClientSecretArn.SecretArn, secrets)
	}
	for _, c := range []struct {
		call             func() error
		action, resource string
	}{
		{createPool, "cognito-idp:TagResource", "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_?????????"},
		{createRole, "iam:TagRole", roleARN},
		{createRole, "", ""},
		{createGateway, "iam:PassRole", roleARN},
		{createGateway, "bedrock-agentcore:TagResource", core + "gateway/gateway-authcode-x-??????????"},
		{createGateway, "bedrock-agentcore:CreateWorkloadIdentity", core + "workload-identity-directory/default"},
		{createProvider, "bedrock-agentcore:GetTokenVault", core + "token-vault/default"},
		{createProvider, "bedrock-agentcore:CreateTokenVault", core + "token-vault/default"},
		{createProvider, "bedrock-agentcore:TagResource", core + "token-vault/default/oauth2credentialprovider/ac-provider-x"},
		{createProvider, "secretsmanager:CreateSecret", secrets + "-??????"},
		{createProvider, "secretsmanager:TagResource", secrets + "-??????"},
		{updateProvider, "secretsmanager:PutSecretValue", "secret"},
		{deleteProvider, "secretsmanager:DeleteSecret", "secret"},
	} {
		if c.resource == "secret" {
			setPolicy(t, s, "")
			_ = createProvider() // fails the second time, because it exists
			c.resource = secrets + suffix()
		}
		if c.action == "" {
			setPolicy(t, s, "")
			if err := c.call(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		setPolicy(t, s, allBut(c.action))
		code := "AccessDeniedException"
		if strings.HasPrefix(c.action, "iam:TagRole") {
			code = "AccessDenied"
		}
		mustRefuse(t, c.call(), code, c.action, c.resource)
	}
	setPolicy(t, s, "")
	if n := must(listPools(w.c))(t); n != 0 {
		t.Errorf("%d pools were made", n)
	}
	if out := must(w.c.control.ListGateways(ctx(), &ac.ListGatewaysInput{}))(t); len(out.Items) != 0 {
		t.Errorf("%d gateways were made", len(out.Items))
	}
	// Without tags, no permission to tag is needed.
	role.Tags, role.RoleName, pool.UserPoolTags = nil, aws.String("untagged"), nil
	setPolicy(t, s, allBut("*:Tag*"))
	if err := createPool(); err != nil {
		t.Error(err)
	}
	pool.UserPoolTags = map[string]string{}
	if err := createPool(); err != nil {
		t.Errorf("with invalid tags: %v", err)
	}
	if err := createRole(); err != nil {
		t.Error(err)
	}
	// PassRole is allowed under the condition on the service.
	for service, want := range map[string]string{"bedrock-agentcore.amazonaws.com": "", "lambda.amazonaws.com": "AccessDeniedException"} {
		setPolicy(t, s, `{"Statement":[{"Effect":"Allow","NotAction":"iam:PassRole","Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"`+roleARN+`","Condition":{"StringEquals":{"iam:PassedToService":"`+service+`"}}}]}`)
		if err := createGateway(); codeOf(err) != want {
			t.Errorf("with a role for %s: %v", service, err)
		}
	}
}

func TestAnUpdatePassesTheRoleAgain(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	w.makeRole("")
	w.makeGateway(nil)
	setPolicy(t, s, allBut("iam:PassRole"))
	in := w.gatewayInput()
	_, err := w.c.control.UpdateGateway(ctx(), &ac.UpdateGatewayInput{GatewayIdentifier: &w.gatewayID, Name: in.Name, RoleArn: in.RoleArn,
		ProtocolType: in.ProtocolType, AuthorizerType: in.AuthorizerType, AuthorizerConfiguration: in.AuthorizerConfiguration})
	mustRefuse(t, err, "AccessDeniedException", "iam:PassRole", w.roleARN)
}

func TestAnIAMGatewayNeedsInvokeGateway(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.makeRole("")
	w.makeGateway(func(in *ac.CreateGatewayInput) {
		in.AuthorizerType, in.AuthorizerConfiguration = act.AuthorizerTypeAwsIam, nil
	})
	list := rest("POST", "/gateway/"+w.gatewayID+"/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	setPolicy(t, s, allBut("bedrock-agentcore:InvokeGateway"))
	if got := list.send(t, s.Endpoint()); got.Status != 403 || !strings.Contains(got.Message, "bedrock-agentcore:InvokeGateway on resource: arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/"+w.gatewayID) {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
	setPolicy(t, s, "")
	if got := list.send(t, s.Endpoint()); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
}

func TestAGatewayWhoseIdentityCannotBeDeletedFails(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	w.makeRole("")
	w.makeGateway(nil)
	setPolicy(t, s, allBut("bedrock-agentcore:DeleteWorkloadIdentity"))
	remove := func() {
		t.Helper()
		if out := must(w.c.control.DeleteGateway(ctx(), &ac.DeleteGatewayInput{GatewayIdentifier: &w.gatewayID}))(t); out.Status != act.GatewayStatusDeleting {
			t.Errorf("DeleteGateway answers %s", out.Status)
		}
	}
	for range 2 {
		remove()
		g := must(w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID}))(t)
		if g.Status != act.GatewayStatusFailed || len(g.StatusReasons) != 1 || !strings.Contains(g.StatusReasons[0], "not authorized to perform: bedrock-agentcore:DeleteWorkloadIdentity on resource: ") {
			t.Errorf("it is %s: %v", g.Status, g.StatusReasons)
		}
	}
	w.bearer = w.token()
	if got := w.rpc("tools/list", nil); got.Status != 404 {
		t.Errorf("it serves: %d %s", got.Status, got.Raw)
	}
	setPolicy(t, s, "")
	remove()
	var err error
	for range 3 {
		_, err = w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID})
	}
	if codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("with the permission the gateway remains: %v", err)
	}
}

func TestCompletionNeedsGetSecretValue(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	l := newListener(t)
	link := w.call(l.URL, true).link(t)
	if err := (sandbox.Person{}).Allow(ctx(), link); err != nil {
		t.Fatal(err)
	}
	session := l.last(t).Get("session_id")
	provider := must(w.c.control.GetOauth2CredentialProvider(ctx(), &ac.GetOauth2CredentialProviderInput{Name: &w.provider}))(t)
	setPolicy(t, s, allBut("secretsmanager:GetSecretValue"))
	mustRefuse(t, w.complete(session, w.bearer), "AccessDeniedException", "secretsmanager:GetSecretValue", *provider.ClientSecretArn.SecretArn)
	setPolicy(t, s, "")
	if err := w.complete(session, w.bearer); err != nil {
		t.Errorf("the refusal has used up the session: %v", err)
	}
}

func TestAKeyIDNamesAccountAndCaller(t *testing.T) {
	s := start(t, sandbox.Options{})
	for key, want := range map[string]string{
		sandbox.AccessKeyID:               "arn:aws:iam::111122223333:user/sandbox",
		"999988887777":                    "arn:aws:iam::999988887777:user/sandbox",
		"999988887777_user_ana":           "arn:aws:iam::999988887777:user/ana",
		"999988887777_role_Workshop_one":  "arn:aws:sts::999988887777:assumed-role/Workshop/one",
		"999988887777_role_Workshop":      "arn:aws:iam::999988887777:user/sandbox",
		"AKIA_user_ana":                   "arn:aws:iam::111122223333:user/sandbox",
		"999988887777_somebody_Workshop_": "arn:aws:iam::999988887777:user/sandbox",
	} {
		if out := must(connect(s.Endpoint(), key).sts.GetCallerIdentity(ctx(), nil))(t); *out.Arn != want {
			t.Errorf("%s is %s, want %s", key, *out.Arn, want)
		}
	}
}
