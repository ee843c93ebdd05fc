package steps_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// must takes a call's answer, or ends the test.
func must[T any](answer T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

var bg = context.Background()

func namesOf(s *testkit.Run) run.Names { return run.Names{Run: s.Name} }

func removeTarget(s *testkit.Run) {
	s.T.Helper()
	gw, id := s.ResourceID(provision.Gateway), s.ResourceID(provision.Target)
	must(s.AWS.Control.DeleteGatewayTarget(bg, &control.DeleteGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}))(s.T)
	for range 5 { // asking is how time passes without latency
		if _, err := s.AWS.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}); err != nil {
			return
		}
	}
	s.T.Fatal("the target does not go")
}

func removeGateway(s *testkit.Run) {
	s.T.Helper()
	removeTarget(s)
	gw := s.ResourceID(provision.Gateway)
	must(s.AWS.Control.DeleteGateway(bg, &control.DeleteGatewayInput{GatewayIdentifier: &gw}))(s.T)
}

func getGateway(s *testkit.Run) *control.GetGatewayOutput {
	s.T.Helper()
	return must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: aws.String(s.ResourceID(provision.Gateway))}))(s.T)
}

// alterGateway replaces its settings but for what change does to them.
func alterGateway(s *testkit.Run, change func(*control.UpdateGatewayInput)) {
	s.T.Helper()
	g := getGateway(s)
	in := &control.UpdateGatewayInput{GatewayIdentifier: g.GatewayId, Name: g.Name, ProtocolType: g.ProtocolType, ProtocolConfiguration: g.ProtocolConfiguration,
		AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn}
	change(in)
	must(s.AWS.Control.UpdateGateway(bg, in))(s.T)
	getGateway(s)
	getGateway(s)
}

func alterTarget(s *testkit.Run, change func(*types.OAuthCredentialProvider)) {
	s.T.Helper()
	gw, id := s.ResourceID(provision.Gateway), s.ResourceID(provision.Target)
	x := must(s.AWS.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}))(s.T)
	change(&x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider).Value)
	must(s.AWS.Control.UpdateGatewayTarget(bg, &control.UpdateGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id, Name: x.Name,
		TargetConfiguration: x.TargetConfiguration, CredentialProviderConfigurations: x.CredentialProviderConfigurations}))(s.T)
}

func removeRole(s *testkit.Run) {
	s.T.Helper()
	name := namesOf(s).Role()
	for _, p := range must(s.AWS.IAM.ListRolePolicies(bg, &iam.ListRolePoliciesInput{RoleName: &name}))(s.T).PolicyNames {
		must(s.AWS.IAM.DeleteRolePolicy(bg, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &p}))(s.T)
	}
	must(s.AWS.IAM.DeleteRole(bg, &iam.DeleteRoleInput{RoleName: &name}))(s.T)
}

func linkedinConfig(id, secret string) types.Oauth2ProviderConfigInput {
	return &types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: types.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}
}

// giveReadyApp answers client id and secret beforehand, as flags would.
func giveReadyApp(s *testkit.Run) {
	id, secret := s.Sandbox.ReadyApp()
	s.Answerers = append(s.Answerers, func(_ context.Context, q engine.Question) (engine.Answer, bool, error) {
		switch q.Name {
		case "linkedin_client_id":
			return engine.Answer(id), true, nil
		case "linkedin_client_secret":
			return engine.Answer(secret), true, nil
		}
		return "", false, nil
	})
	s.Settings = func(o *steps.Settings) {
		o.Given = func(q string) string {
			return map[string]string{"linkedin_client_id": id, "linkedin_client_secret": "(given)"}[q]
		}
	}
}

func TestASecondWalkChangesNothing(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.ForgetRequests()
	o := s.MustComplete(s.Walk())
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("it changed something: %v", changes)
	}
	if n := s.Count("gateway:tools/call"); n != 1 || o.Result() == nil {
		t.Errorf("%d calls; every walk ends with one fresh invoke", n)
	}
}

func TestWhatIsAlteredBehindTheProgramsBackIsCorrectedAndNothingElse(t *testing.T) {
	t.Parallel()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	for name, c := range map[string]struct {
		damage  func(*testkit.Run)
		changes []string
		says    string
		consent bool // whether it must be given anew
	}{
		"pool": {func(s *testkit.Run) {
			pool, domain := s.ResourceID(provision.UserPool), s.ResourceID(provision.Domain)
			must(s.AWS.Cognito.DeleteUserPoolDomain(bg, &cognito.DeleteUserPoolDomainInput{UserPoolId: &pool, Domain: &domain}))(s.T)
			must(s.AWS.Cognito.DeleteUserPool(bg, &cognito.DeleteUserPoolInput{UserPoolId: &pool}))(s.T)
		}, []string{"CreateResourceServer", "CreateUserPool", "CreateUserPoolClient", "CreateUserPoolDomain", "UpdateGateway"}, "user pool", true},
		"domain": {func(s *testkit.Run) {
			pool, domain := s.ResourceID(provision.UserPool), s.ResourceID(provision.Domain)
			must(s.AWS.Cognito.DeleteUserPoolDomain(bg, &cognito.DeleteUserPoolDomainInput{UserPoolId: &pool, Domain: &domain}))(s.T)
		}, []string{"CreateUserPoolDomain"}, "The user pool domain", false},
		"resource server": {func(s *testkit.Run) {
			must(s.AWS.Cognito.DeleteResourceServer(bg, &cognito.DeleteResourceServerInput{UserPoolId: aws.String(s.ResourceID(provision.UserPool)), Identifier: aws.String(namesOf(s).ResourceServer())}))(s.T)
		}, []string{"CreateResourceServer"}, "is gone; creating it again", false},
		"scope": {func(s *testkit.Run) {
			must(s.AWS.Cognito.UpdateResourceServer(bg, &cognito.UpdateResourceServerInput{UserPoolId: aws.String(s.ResourceID(provision.UserPool)),
				Identifier: aws.String(namesOf(s).ResourceServer()), Name: aws.String("x")}))(s.T)
		}, []string{"UpdateResourceServer"}, "scope was altered", false},
		"client": {func(s *testkit.Run) {
			must(s.AWS.Cognito.DeleteUserPoolClient(bg, &cognito.DeleteUserPoolClientInput{UserPoolId: aws.String(s.ResourceID(provision.UserPool)), ClientId: aws.String(s.ResourceID(provision.Client))}))(s.T)
		}, []string{"CreateUserPoolClient", "UpdateGateway"}, "The app client", true},
		"client's grant": {func(s *testkit.Run) {
			must(s.AWS.Cognito.UpdateUserPoolClient(bg, &cognito.UpdateUserPoolClientInput{UserPoolId: aws.String(s.ResourceID(provision.UserPool)), ClientId: aws.String(s.ResourceID(provision.Client)),
				ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}}))(s.T)
		}, []string{"UpdateUserPoolClient"}, "The app client's grant and scope", false},
		"role": {removeRole, []string{"CreateRole", "PutRolePolicy"}, "The role", false},
		"trust": {func(s *testkit.Run) {
			must(s.AWS.IAM.UpdateAssumeRolePolicy(bg, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(namesOf(s).Role()), PolicyDocument: &trust}))(s.T)
		}, []string{"UpdateAssumeRolePolicy"}, "The role's trust policy was altered", false},
		"policy altered": {func(s *testkit.Run) {
			must(s.AWS.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String(namesOf(s).Role()), PolicyName: aws.String("AgentCoreGatewayOutbound"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)}))(s.T)
		}, []string{"PutRolePolicy"}, "The role's policy was altered", false},
		"policy gone": {func(s *testkit.Run) {
			must(s.AWS.IAM.DeleteRolePolicy(bg, &iam.DeleteRolePolicyInput{RoleName: aws.String(namesOf(s).Role()), PolicyName: aws.String("AgentCoreGatewayOutbound")}))(s.T)
		}, []string{"PutRolePolicy"}, "The role's policy was altered", false},
		"gateway": {removeGateway, []string{"CreateGateway", "CreateGatewayTarget"}, "is gone; creating it again", true},
		"gateway's clients": {func(s *testkit.Run) {
			alterGateway(s, func(in *control.UpdateGatewayInput) {
				in.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer).Value.AllowedClients = []string{"somebodyelse"}
			})
		}, []string{"UpdateGateway"}, "The gateway's settings differ", false},
		"gateway's versions": {func(s *testkit.Run) {
			alterGateway(s, func(in *control.UpdateGatewayInput) { in.ProtocolConfiguration = nil })
		}, []string{"UpdateGateway"}, "The gateway's settings differ", false},
		"provider": {func(s *testkit.Run) {
			removeTarget(s) // the service keeps a provider that a target uses
			must(s.AWS.Control.DeleteOauth2CredentialProvider(bg, &control.DeleteOauth2CredentialProviderInput{Name: aws.String(namesOf(s).Provider())}))(s.T)
			for err := error(nil); err == nil; {
				_, err = s.AWS.Control.GetOauth2CredentialProvider(bg, &control.GetOauth2CredentialProviderInput{Name: aws.String(namesOf(s).Provider())})
			}
		}, []string{"CreateGatewayTarget", "CreateOauth2CredentialProvider"}, "The credential provider", true},
		"provider's client id": {func(s *testkit.Run) {
			must(s.AWS.Control.UpdateOauth2CredentialProvider(bg, &control.UpdateOauth2CredentialProviderInput{Name: aws.String(namesOf(s).Provider()),
				CredentialProviderVendor: types.CredentialProviderVendorTypeLinkedinOauth2, Oauth2ProviderConfigInput: linkedinConfig("another", "secret")}))(s.T)
		}, []string{"UpdateOauth2CredentialProvider"}, "The credential provider's client ID (another) was altered", false},
		"target": {removeTarget, []string{"CreateGatewayTarget"}, "is gone; creating it again", true},
		"target's return URL": {func(s *testkit.Run) {
			alterTarget(s, func(p *types.OAuthCredentialProvider) { p.DefaultReturnUrl = aws.String("http://localhost:3021") })
		}, []string{"UpdateGatewayTarget"}, "The target's settings differ", false},
		"target's scopes": {func(s *testkit.Run) {
			alterTarget(s, func(p *types.OAuthCredentialProvider) { p.Scopes = []string{"openid"} })
		}, []string{"UpdateGatewayTarget"}, "The target's settings differ", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			giveReadyApp(s)
			s.MustComplete(s.Walk())
			c.damage(s)
			s.ForgetRequests()
			o := s.MustComplete(s.Walk())
			if changes := slices.Sorted(slices.Values(s.Changes())); !slices.Equal(changes, c.changes) {
				t.Errorf("changed %v, want %v", changes, c.changes)
			}
			s.MustSay(o, c.says)
			if asked := len(o.Links(event.Consent)) > 0; asked != c.consent {
				t.Errorf("consent asked again: %v, want %v", asked, c.consent)
			}
			if o.Result() == nil || o.Result().Profile == nil {
				t.Error("no profile at the end")
			}
			s.ForgetRequests()
			s.MustComplete(s.Walk())
			if changes := s.Changes(); len(changes) != 0 {
				t.Errorf("the walk after it changes something again: %v", changes)
			}
		})
	}
}

// loseRecord makes the program forget the run.
func loseRecord(s *testkit.Run) {
	s.T.Helper()
	if err := os.Remove(s.Store().Path(s.Name)); err != nil {
		s.T.Fatal(err)
	}
}

func TestARunWhoseRecordIsLostIsRecognisedByItsTags(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	before := s.MustComplete(s.Walk()).Made()
	loseRecord(s)
	s.ForgetRequests()
	o := s.MustComplete(s.Walk())
	for _, change := range s.Changes() {
		// Forgotten with the record: that AgentCore has the secret, the listener's
		// port, and which provider the target was made for.
		if change != "UpdateGatewayTarget" && change != "UpdateOauth2CredentialProvider" {
			t.Errorf("it did %s", change)
		}
	}
	if !slices.Equal(before, o.Made()) {
		t.Errorf("before %v\nafter %v", before, o.Made())
	}
}

func TestSameNamedThingsThatAreNotOursAreNamedAndLeftAlone(t *testing.T) {
	t.Parallel()
	tagKeys := []string{"created-by", "run", "owner"}
	for name, c := range map[string]struct {
		strip func(s *testkit.Run) (id string)
		of    string // operations that would touch it
	}{
		"user pool": {func(s *testkit.Run) string {
			x := s.Record().Find(provision.UserPool)
			must(s.AWS.Cognito.UntagResource(bg, &cognito.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.T)
			return x.ID
		}, "UserPool"},
		"role": {func(s *testkit.Run) string {
			x := s.Record().Find(provision.Role)
			must(s.AWS.IAM.UntagRole(bg, &iam.UntagRoleInput{RoleName: &x.Name, TagKeys: tagKeys}))(s.T)
			must(s.AWS.IAM.TagRole(bg, &iam.TagRoleInput{RoleName: &x.Name, Tags: []iamtypes.Tag{{Key: aws.String("run"), Value: aws.String("test")}}}))(s.T)
			return x.ARN
		}, "Role"},
		"gateway": {func(s *testkit.Run) string {
			x := s.Record().Find(provision.Gateway)
			must(s.AWS.Control.UntagResource(bg, &control.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.T)
			return x.ID
		}, "Gateway"},
		"credential provider": {func(s *testkit.Run) string {
			x := s.Record().Find(provision.Provider)
			must(s.AWS.Control.UntagResource(bg, &control.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.T)
			return x.ARN
		}, "Oauth2CredentialProvider"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			id := c.strip(s)
			loseRecord(s)
			s.ForgetRequests()
			s.MustFail(s.Walk(), steps.ExitFailed, name, id, "left alone", "--new")
			untouched(s, c.of)
			s.Person = func(engine.Question) (engine.Answer, bool) { return engine.No, true }
			o := s.Repeat(steps.Cleanup)
			s.MustSay(o, "Not this run's: the "+name, id, "left alone")
			untouched(s, c.of)
		})
	}
}

// untouched insists that no call has changed something of that name.
func untouched(s *testkit.Run, what string) {
	s.T.Helper()
	for _, change := range s.Changes() {
		for _, verb := range []string{"Create", "Update", "Delete", "Put"} {
			if change == verb+what || what == "Role" && change == verb+"RolePolicy" {
				s.T.Errorf("%s was called", change)
			}
		}
	}
}
