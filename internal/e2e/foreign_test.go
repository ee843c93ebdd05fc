//go:build unix

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/vendors/linkedin"
)

// foreignRun is a set of resources that someone else created, with the tutorial's
// names and these tags.
type foreignRun struct {
	run  string
	tags map[string]string
}

// foreignRuns exist in the same account as the run called own: one of the notebook
// (without tags), one that a colleague created with this program, and those of a
// tool that uses the same run name.
func foreignRuns(own string) []foreignRun {
	return []foreignRun{
		{"20251202-185451", nil},
		{"colleague-1", map[string]string{"created-by": "agentcore-3lo", "run": "colleague-1", "caller": "arn:aws:iam::111122223333:user/colleague"}},
		{own + "x", nil},
		{"other-tool", map[string]string{"created-by": "terraform", "run": own}},
		{"half", map[string]string{"run": own, "caller": "arn:aws:iam::111122223333:user/sandbox"}},
	}
}

// createForeign creates everything that a run of the notebook creates.
func createForeign(t *testing.T, w *awsenv.Environment, n foreignRun) {
	t.Helper()
	ctx, names := context.Background(), run.Names{Run: n.run}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("creating the foreign run %s: %v", n.run, err)
		}
	}
	pool, err := w.Cognito.CreateUserPool(ctx, &cognito.CreateUserPoolInput{PoolName: aws.String(names.UserPool()), UserPoolTags: n.tags})
	must(err)
	domain := names.Domain(*pool.UserPool.Id)
	_, err = w.Cognito.CreateUserPoolDomain(ctx, &cognito.CreateUserPoolDomainInput{Domain: &domain, UserPoolId: pool.UserPool.Id})
	must(err)
	client, err := w.Cognito.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: aws.String(names.Client())})
	must(err)
	var tags []iamtypes.Tag
	for k, v := range n.tags {
		tags = append(tags, iamtypes.Tag{Key: &k, Value: &v})
	}
	role, err := w.IAM.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(names.Role()), Tags: tags,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	must(err)
	_, err = w.IAM.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role.Role.RoleName, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	must(err)
	provider := createForeignProvider(t, w, names.Provider(), n.tags)
	gateway, err := w.Control.CreateGateway(ctx, &control.CreateGatewayInput{Name: aws.String(strings.ToLower(names.Gateway())), RoleArn: role.Role.Arn, Tags: n.tags,
		ProtocolType:          types.GatewayProtocolTypeMcp,
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{SupportedVersions: []string{"2025-11-25"}}},
		AuthorizerType:        types.AuthorizerTypeCustomJwt,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl: aws.String(w.DiscoveryURL(*pool.UserPool.Id)), AllowedClients: []string{*client.UserPoolClient.ClientId}}}})
	must(err)
	for range 3 { // a transition ends when it is polled
		_, err = w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: gateway.GatewayId})
		must(err)
		_, err = w.Control.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: aws.String(names.Provider())})
		must(err)
	}
	_, err = w.Control.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{GatewayIdentifier: gateway.GatewayId, Name: aws.String(linkedin.Vendor().Target),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: `{"openapi":"3.0.0","info":{"title":"x","version":"1"},"servers":[{"url":"https://api.linkedin.com"}],"paths":{"/v2/userinfo":{"get":{"operationId":"getUserInfo","responses":{"200":{"description":"ok"}}}}}}`}}},
		CredentialProviderConfigurations: []types.CredentialProviderConfiguration{{CredentialProviderType: types.CredentialProviderTypeOauth,
			CredentialProvider: &types.CredentialProviderMemberOauthCredentialProvider{Value: types.OAuthCredentialProvider{
				ProviderArn: &provider, GrantType: types.OAuthGrantTypeAuthorizationCode,
				DefaultReturnUrl: aws.String("http://localhost:3021"), Scopes: []string{"openid"}}}}}})
	must(err)
}

// createForeignProvider creates a credential provider and returns its ARN.
func createForeignProvider(t *testing.T, w *awsenv.Environment, name string, tags ...map[string]string) string {
	t.Helper()
	in := &control.CreateOauth2CredentialProviderInput{Name: &name, CredentialProviderVendor: types.CredentialProviderVendorTypeLinkedinOauth2,
		Oauth2ProviderConfigInput: &types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{
			Value: types.LinkedinOauth2ProviderConfigInput{ClientId: aws.String("foreign-app"), ClientSecret: aws.String("foreign-secret")}}}
	if len(tags) > 0 {
		in.Tags = tags[0]
	}
	out, err := w.Control.CreateOauth2CredentialProvider(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.CredentialProviderArn
}

// deleteForeignExcept deletes a foreign run except for one kind of resource.
func deleteForeignExcept(t *testing.T, w *awsenv.Environment, name, but string) {
	t.Helper()
	ctx, names := context.Background(), run.Names{Run: name}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	gateways, err := w.Control.ListGateways(ctx, &control.ListGatewaysInput{})
	must(err)
	gateway := gateways.Items[0].GatewayId
	targets, err := w.Control.ListGatewayTargets(ctx, &control.ListGatewayTargetsInput{GatewayIdentifier: gateway})
	must(err)
	target := targets.Items[0].TargetId
	_, err = w.Control.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: gateway, TargetId: target})
	must(err)
	for err == nil {
		_, err = w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: gateway, TargetId: target})
	}
	if but != "gateway" {
		_, err = w.Control.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: gateway})
		must(err)
		for err == nil {
			_, err = w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: gateway})
		}
	}
	if but != "credential provider" {
		_, err = w.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: aws.String(names.Provider())})
		must(err)
		for err == nil {
			_, err = w.Control.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: aws.String(names.Provider())})
		}
	}
	if but != "role" {
		_, err = w.IAM.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String(names.Role()), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
		must(err)
		_, err = w.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String(names.Role())})
		must(err)
	}
	if but != "user pool" {
		pools, err := w.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)})
		must(err)
		pool := pools.UserPools[0].Id
		domain := names.Domain(*pool)
		_, err = w.Cognito.DeleteUserPoolDomain(ctx, &cognito.DeleteUserPoolDomainInput{Domain: &domain, UserPoolId: pool})
		must(err)
		_, err = w.Cognito.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: pool})
		must(err)
	}
}

// inventory lists every resource, with the properties that the program could change.
func inventory(t *testing.T, w *awsenv.Environment) []string {
	t.Helper()
	ctx := context.Background()
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pools, err := w.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	must(err)
	for _, p := range pools.UserPools {
		d, err := w.Cognito.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: p.Id})
		must(err)
		clients, err := w.Cognito.ListUserPoolClients(ctx, &cognito.ListUserPoolClientsInput{UserPoolId: p.Id, MaxResults: aws.Int32(60)})
		must(err)
		add("pool %s %s domain %s tags %v clients %d", *p.Name, *p.Id, aws.ToString(d.UserPool.Domain), d.UserPool.UserPoolTags, len(clients.UserPoolClients))
	}
	roles, err := w.IAM.ListRoles(ctx, &iam.ListRolesInput{})
	must(err)
	for _, r := range roles.Roles {
		attached, err := w.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: r.RoleName})
		must(err)
		inline, err := w.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: r.RoleName})
		must(err)
		add("role %s %s attached %d inline %v", *r.RoleName, *r.AssumeRolePolicyDocument, len(attached.AttachedPolicies), inline.PolicyNames)
	}
	gateways, err := w.Control.ListGateways(ctx, &control.ListGatewaysInput{})
	must(err)
	for _, g := range gateways.Items {
		targets, err := w.Control.ListGatewayTargets(ctx, &control.ListGatewayTargetsInput{GatewayIdentifier: g.GatewayId})
		must(err)
		add("gateway %s %s targets %d", *g.Name, *g.GatewayId, len(targets.Items))
		for _, x := range targets.Items {
			add("target %s %s of %s", *x.Name, *x.TargetId, *g.GatewayId)
		}
	}
	providers, err := w.Control.ListOauth2CredentialProviders(ctx, &control.ListOauth2CredentialProvidersInput{})
	must(err)
	for _, p := range providers.CredentialProviders {
		one, err := w.Control.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: p.Name})
		must(err)
		add("provider %s callback %s", *p.Name, aws.ToString(one.CallbackUrl))
	}
	slices.Sort(all)
	return all
}

// TestCleanupAllWithoutRecord deletes the state folder after a complete run and an
// interrupted one. `cleanup --all --elsewhere` finds both by their tags and changes
// no foreign resource.
func TestCleanupAllWithoutRecord(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	const name = "own-1"
	for _, n := range foreignRuns(name) {
		createForeign(t, b.AWS, n)
	}
	foreign := inventory(t, b.AWS)
	// An untagged pool of the same name, which Cognito allows. It is created after
	// the walk, which would otherwise refuse the name.
	p.start(t, allow, append(p.walkArgs(), "--run", name)...).mustSucceed(t, nil)
	twin, err := b.AWS.Cognito.CreateUserPool(context.Background(), &cognito.CreateUserPoolInput{PoolName: aws.String(run.Names{Run: name}.UserPool())})
	if err != nil {
		t.Fatal(err)
	}
	half, died := p.runUntilKilled(t, b, func(_ int, op string, kill func()) handling {
		if op == "bedrock-agentcore:CreateGateway" {
			return forwardThen(kill)
		}
		return processed
	}, append(p.walkArgs(), "--run", "own-2")...)
	if !died {
		t.Fatalf("the second run was not killed\n%s", half.tail())
	}
	before := inventory(t, b.AWS)
	if err := os.RemoveAll(p.state()); err != nil {
		t.Fatal(err)
	}
	// Without the state folder, these runs could belong to another computer that uses
	// the same credentials.
	if y := p.command(t, "cleanup", "--all", "--aws", "--yes", "--json"); y.exit() != 0 || !strings.Contains(y.output(), "--all --elsewhere") {
		t.Fatalf("exit %d\n%s", y.exit(), y.tail())
	}
	if after := inventory(t, b.AWS); !reflect.DeepEqual(after, before) {
		t.Errorf("without --elsewhere: got\n%s\nwant\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	x := p.command(t, "cleanup", "--all", "--aws", "--elsewhere", "--yes", "--json")
	if x.exit() != 0 {
		t.Fatalf("exit %d\n%s", x.exit(), x.tail())
	}
	for _, line := range before {
		if strings.Contains(line, *twin.UserPool.Id) {
			foreign = append(foreign, line)
		}
	}
	slices.Sort(foreign)
	if after := inventory(t, b.AWS); !reflect.DeepEqual(after, foreign) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(after, "\n"), strings.Join(foreign, "\n"))
	}
	if !strings.Contains(x.output(), "colleague-1") {
		t.Error("the output does not say that the colleague's run was left alone")
	}
	t.Logf("deleted by tag: %d, foreign resources unchanged: %d", len(before)-len(foreign), len(foreign))
}

// TestCleanupLeavesForeignResources does the same with the record in place.
func TestCleanupLeavesForeignResources(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	for _, n := range foreignRuns("own-1") {
		createForeign(t, b.AWS, n)
	}
	before := inventory(t, b.AWS)
	p.start(t, allow, append(p.walkArgs(), "--run", "own-1")...).mustSucceed(t, nil)
	if x := p.command(t, "cleanup", "--yes", "--json", "--run", "own-1"); x.exit() != 0 {
		t.Fatalf("exit %d\n%s", x.exit(), x.tail())
	}
	if after := inventory(t, b.AWS); !reflect.DeepEqual(after, before) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	if _, err := os.Stat(filepath.Join(p.state(), "runs", "own-1.json")); err != nil {
		t.Error("the record of the cleaned run is gone")
	}
}

// TestNamesTaken starts a run whose resource names are taken by the notebook,
// another tool, or a colleague's run of the same name. The walk fails and says so;
// it adopts, changes and deletes nothing.
func TestNamesTaken(t *testing.T) {
	for whose, tags := range map[string]map[string]string{
		"the notebook's": nil,
		"another tool's": {"created-by": "terraform", "run": "taken-1", "caller": "arn:aws:iam::111122223333:user/sandbox"},
		"no tool's":      {"run": "taken-1", "caller": "arn:aws:iam::111122223333:user/sandbox"},
		"another run's":  {"created-by": "agentcore-3lo", "run": "taken-2", "caller": "arn:aws:iam::111122223333:user/sandbox"},
		"a colleague's":  {"created-by": "agentcore-3lo", "run": "taken-1", "caller": "arn:aws:iam::111122223333:user/colleague"},
	} {
		for _, kind := range []string{"user pool", "role", "gateway", "credential provider"} {
			t.Run(whose+" "+kind, func(t *testing.T) { checkNameTaken(t, kind, tags) })
		}
	}
}

func checkNameTaken(t *testing.T, kind string, tags map[string]string) {
	t.Parallel()
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	createForeign(t, b.AWS, foreignRun{"taken-1", tags})
	deleteForeignExcept(t, b.AWS, "taken-1", kind)
	before := inventory(t, b.AWS)
	x := p.start(t, allow, append(p.walkArgs(), "--run", "taken-1")...)
	f := x.mustFail(t)
	if !strings.Contains(fmt.Sprint(f["why"]), kind) || !strings.Contains(fmt.Sprint(f["why"]), "left alone") {
		t.Errorf("the failure does not name the %s: %v", kind, f)
	}
	if x := p.command(t, "cleanup", "--yes", "--json", "--run", "taken-1"); x.exit() != 0 {
		t.Errorf("cleanup: exit %d\n%s", x.exit(), x.tail())
	}
	if after := inventory(t, b.AWS); !reflect.DeepEqual(after, before) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
}
