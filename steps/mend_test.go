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

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// must takes a call's answer, or ends the test.
func must[T any](answer T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

var bg = context.Background()

func (s *stage) names() steps.Names { return steps.Names{Run: s.run} }

func (s *stage) removeTarget() {
	s.t.Helper()
	gw, id := s.id(steps.KindGateway), s.id(steps.KindTarget)
	must(s.aws.Control.DeleteGatewayTarget(bg, &control.DeleteGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}))(s.t)
	for range 5 { // asking is how time passes without latency
		if _, err := s.aws.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}); err != nil {
			return
		}
	}
	s.t.Fatal("the target does not go")
}

func (s *stage) removeGateway() {
	s.t.Helper()
	s.removeTarget()
	gw := s.id(steps.KindGateway)
	must(s.aws.Control.DeleteGateway(bg, &control.DeleteGatewayInput{GatewayIdentifier: &gw}))(s.t)
}

func (s *stage) gateway() *control.GetGatewayOutput {
	s.t.Helper()
	return must(s.aws.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: aws.String(s.id(steps.KindGateway))}))(s.t)
}

// alterGateway replaces its settings but for what change does to them.
func (s *stage) alterGateway(change func(*control.UpdateGatewayInput)) {
	s.t.Helper()
	g := s.gateway()
	in := &control.UpdateGatewayInput{GatewayIdentifier: g.GatewayId, Name: g.Name, ProtocolType: g.ProtocolType, ProtocolConfiguration: g.ProtocolConfiguration,
		AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn}
	change(in)
	must(s.aws.Control.UpdateGateway(bg, in))(s.t)
	s.gateway()
	s.gateway()
}

func (s *stage) alterTarget(change func(*types.OAuthCredentialProvider)) {
	s.t.Helper()
	gw, id := s.id(steps.KindGateway), s.id(steps.KindTarget)
	x := must(s.aws.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id}))(s.t)
	change(&x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider).Value)
	must(s.aws.Control.UpdateGatewayTarget(bg, &control.UpdateGatewayTargetInput{GatewayIdentifier: &gw, TargetId: &id, Name: x.Name,
		TargetConfiguration: x.TargetConfiguration, CredentialProviderConfigurations: x.CredentialProviderConfigurations}))(s.t)
}

func (s *stage) removeRole() {
	s.t.Helper()
	name := s.names().Role()
	for _, p := range must(s.aws.IAM.ListRolePolicies(bg, &iam.ListRolePoliciesInput{RoleName: &name}))(s.t).PolicyNames {
		must(s.aws.IAM.DeleteRolePolicy(bg, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &p}))(s.t)
	}
	must(s.aws.IAM.DeleteRole(bg, &iam.DeleteRoleInput{RoleName: &name}))(s.t)
}

func (s *stage) linkedinConfig(id, secret string) types.Oauth2ProviderConfigInput {
	return &types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: types.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}
}

// giveReadyApp answers client id and secret beforehand, as flags would.
func (s *stage) giveReadyApp() {
	id, secret := s.box.ReadyApp()
	s.answerers = append(s.answerers, func(_ context.Context, q engine.Question) (engine.Answer, bool, error) {
		switch q.Name {
		case "linkedin_client_id":
			return engine.Answer(id), true, nil
		case "linkedin_client_secret":
			return engine.Answer(secret), true, nil
		}
		return "", false, nil
	})
	s.settings = func(o *steps.Settings) {
		o.Given = func(q string) string {
			return map[string]string{"linkedin_client_id": id, "linkedin_client_secret": "(given)"}[q]
		}
	}
}

func TestASecondWalkChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.forget()
	o := s.mustEnd(s.walk())
	if changes := s.changes(); len(changes) != 0 {
		t.Errorf("it changed something: %v", changes)
	}
	if n := s.count("gateway:tools/call"); n != 1 || o.result() == nil {
		t.Errorf("%d calls; every walk ends with one fresh invoke", n)
	}
}

func TestWhatIsAlteredBehindTheProgramsBackIsMendedAndNothingElse(t *testing.T) {
	t.Parallel()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	for name, c := range map[string]struct {
		damage  func(*stage)
		changes []string
		says    string
		consent bool // whether it must be given anew
	}{
		"pool": {func(s *stage) {
			pool, domain := s.id(steps.KindUserPool), s.id(steps.KindDomain)
			must(s.aws.Cognito.DeleteUserPoolDomain(bg, &cognito.DeleteUserPoolDomainInput{UserPoolId: &pool, Domain: &domain}))(s.t)
			must(s.aws.Cognito.DeleteUserPool(bg, &cognito.DeleteUserPoolInput{UserPoolId: &pool}))(s.t)
		}, []string{"CreateResourceServer", "CreateUserPool", "CreateUserPoolClient", "CreateUserPoolDomain", "UpdateGateway"}, "user pool", true},
		"domain": {func(s *stage) {
			pool, domain := s.id(steps.KindUserPool), s.id(steps.KindDomain)
			must(s.aws.Cognito.DeleteUserPoolDomain(bg, &cognito.DeleteUserPoolDomainInput{UserPoolId: &pool, Domain: &domain}))(s.t)
		}, []string{"CreateUserPoolDomain"}, "The domain", false},
		"resource server": {func(s *stage) {
			must(s.aws.Cognito.DeleteResourceServer(bg, &cognito.DeleteResourceServerInput{UserPoolId: aws.String(s.id(steps.KindUserPool)), Identifier: aws.String(s.names().ResourceServer())}))(s.t)
		}, []string{"CreateResourceServer"}, "The resource server is gone", false},
		"scope": {func(s *stage) {
			must(s.aws.Cognito.UpdateResourceServer(bg, &cognito.UpdateResourceServerInput{UserPoolId: aws.String(s.id(steps.KindUserPool)),
				Identifier: aws.String(s.names().ResourceServer()), Name: aws.String("x")}))(s.t)
		}, []string{"UpdateResourceServer"}, "lost its scope", false},
		"client": {func(s *stage) {
			must(s.aws.Cognito.DeleteUserPoolClient(bg, &cognito.DeleteUserPoolClientInput{UserPoolId: aws.String(s.id(steps.KindUserPool)), ClientId: aws.String(s.id(steps.KindClient))}))(s.t)
		}, []string{"CreateUserPoolClient", "UpdateGateway"}, "The machine client", true},
		"client's grant": {func(s *stage) {
			must(s.aws.Cognito.UpdateUserPoolClient(bg, &cognito.UpdateUserPoolClientInput{UserPoolId: aws.String(s.id(steps.KindUserPool)), ClientId: aws.String(s.id(steps.KindClient)),
				ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}}))(s.t)
		}, []string{"UpdateUserPoolClient"}, "The machine client was altered", false},
		"role": {(*stage).removeRole, []string{"CreateRole", "PutRolePolicy"}, "The role", false},
		"trust": {func(s *stage) {
			must(s.aws.IAM.UpdateAssumeRolePolicy(bg, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(s.names().Role()), PolicyDocument: &trust}))(s.t)
		}, []string{"UpdateAssumeRolePolicy"}, "The role's trust was altered", false},
		"policy altered": {func(s *stage) {
			must(s.aws.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String(s.names().Role()), PolicyName: aws.String("AgentCoreGatewayOutbound"),
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)}))(s.t)
		}, []string{"PutRolePolicy"}, "The role's policy was altered", false},
		"policy gone": {func(s *stage) {
			must(s.aws.IAM.DeleteRolePolicy(bg, &iam.DeleteRolePolicyInput{RoleName: aws.String(s.names().Role()), PolicyName: aws.String("AgentCoreGatewayOutbound")}))(s.t)
		}, []string{"PutRolePolicy"}, "The role's policy is gone", false},
		"gateway": {(*stage).removeGateway, []string{"CreateGateway", "CreateGatewayTarget"}, "creating another one", true},
		"gateway's clients": {func(s *stage) {
			s.alterGateway(func(in *control.UpdateGatewayInput) {
				in.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer).Value.AllowedClients = []string{"somebodyelse"}
			})
		}, []string{"UpdateGateway"}, "The gateway's settings differ", false},
		"gateway's versions": {func(s *stage) {
			s.alterGateway(func(in *control.UpdateGatewayInput) { in.ProtocolConfiguration = nil })
		}, []string{"UpdateGateway"}, "The gateway's settings differ", false},
		"provider": {func(s *stage) {
			s.removeTarget() // the service keeps a provider that a target uses
			must(s.aws.Control.DeleteOauth2CredentialProvider(bg, &control.DeleteOauth2CredentialProviderInput{Name: aws.String(s.names().Provider())}))(s.t)
			for err := error(nil); err == nil; {
				_, err = s.aws.Control.GetOauth2CredentialProvider(bg, &control.GetOauth2CredentialProviderInput{Name: aws.String(s.names().Provider())})
			}
		}, []string{"CreateGatewayTarget", "CreateOauth2CredentialProvider"}, "The credential provider is gone", true},
		"provider's client id": {func(s *stage) {
			must(s.aws.Control.UpdateOauth2CredentialProvider(bg, &control.UpdateOauth2CredentialProviderInput{Name: aws.String(s.names().Provider()),
				CredentialProviderVendor: types.CredentialProviderVendorTypeLinkedinOauth2, Oauth2ProviderConfigInput: s.linkedinConfig("another", "secret")}))(s.t)
		}, []string{"UpdateOauth2CredentialProvider"}, "another app's client id (another)", false},
		"target": {(*stage).removeTarget, []string{"CreateGatewayTarget"}, "The target is gone", true},
		"target's return URL": {func(s *stage) {
			s.alterTarget(func(p *types.OAuthCredentialProvider) { p.DefaultReturnUrl = aws.String("http://localhost:3021") })
		}, []string{"UpdateGatewayTarget"}, "The target's settings differ", false},
		"target's scopes": {func(s *stage) {
			s.alterTarget(func(p *types.OAuthCredentialProvider) { p.Scopes = []string{"openid"} })
		}, []string{"UpdateGatewayTarget"}, "The target's settings differ", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.giveReadyApp()
			s.mustEnd(s.walk())
			c.damage(s)
			s.forget()
			o := s.mustEnd(s.walk())
			if changes := slices.Sorted(slices.Values(s.changes())); !slices.Equal(changes, c.changes) {
				t.Errorf("changed %v, want %v", changes, c.changes)
			}
			s.mustSay(o, c.says)
			if asked := len(o.urls(steps.PurposeConsent)) > 0; asked != c.consent {
				t.Errorf("consent asked again: %v, want %v", asked, c.consent)
			}
			if o.result() == nil || o.result().Profile == nil {
				t.Error("no profile at the end")
			}
			s.forget()
			s.mustEnd(s.walk())
			if changes := s.changes(); len(changes) != 0 {
				t.Errorf("the walk after it changes something again: %v", changes)
			}
		})
	}
}

// loseRecord makes the program forget the run.
func (s *stage) loseRecord() {
	s.t.Helper()
	if err := os.Remove(s.store.Path(s.run)); err != nil {
		s.t.Fatal(err)
	}
}

func TestARunWhoseRecordIsLostIsRecognisedByItsTags(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	before := s.mustEnd(s.walk()).kit.Made()
	s.loseRecord()
	s.forget()
	o := s.mustEnd(s.walk())
	for _, change := range s.changes() {
		// Forgotten with the record: that AgentCore has the secret, the listener's
		// port, and which provider the target was made for.
		if change != "UpdateGatewayTarget" && change != "UpdateOauth2CredentialProvider" {
			t.Errorf("it did %s", change)
		}
	}
	if !slices.Equal(before, o.kit.Made()) {
		t.Errorf("before %v\nafter %v", before, o.kit.Made())
	}
}

func TestSameNamedThingsThatAreNotOursAreNamedAndLeftAlone(t *testing.T) {
	t.Parallel()
	tagKeys := []string{"created-by", "run", "owner"}
	for name, c := range map[string]struct {
		strip func(s *stage) (id string)
		of    string // operations that would touch it
	}{
		"user pool": {func(s *stage) string {
			x := s.record().Find(steps.KindUserPool)
			must(s.aws.Cognito.UntagResource(bg, &cognito.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.t)
			return x.ID
		}, "UserPool"},
		"role": {func(s *stage) string {
			x := s.record().Find(steps.KindRole)
			must(s.aws.IAM.UntagRole(bg, &iam.UntagRoleInput{RoleName: &x.Name, TagKeys: tagKeys}))(s.t)
			must(s.aws.IAM.TagRole(bg, &iam.TagRoleInput{RoleName: &x.Name, Tags: []iamtypes.Tag{{Key: aws.String("run"), Value: aws.String("test")}}}))(s.t)
			return x.ARN
		}, "Role"},
		"gateway": {func(s *stage) string {
			x := s.record().Find(steps.KindGateway)
			must(s.aws.Control.UntagResource(bg, &control.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.t)
			return x.ID
		}, "Gateway"},
		"credential provider": {func(s *stage) string {
			x := s.record().Find(steps.KindProvider)
			must(s.aws.Control.UntagResource(bg, &control.UntagResourceInput{ResourceArn: &x.ARN, TagKeys: tagKeys}))(s.t)
			return x.ARN
		}, "Oauth2CredentialProvider"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.mustEnd(s.walk())
			id := c.strip(s)
			s.loseRecord()
			s.forget()
			s.mustFail(s.walk(), steps.ExitFailed, name, id, "left alone", "--new")
			s.untouched(c.of)
			s.person = func(engine.Question) (engine.Answer, bool) { return engine.No, true }
			o := s.again(steps.Cleanup)
			s.mustSay(o, "Not this run's: the "+name, id, "left alone")
			s.untouched(c.of)
		})
	}
}

// untouched insists that no call has changed something of that name.
func (s *stage) untouched(what string) {
	s.t.Helper()
	for _, change := range s.changes() {
		for _, verb := range []string{"Create", "Update", "Delete", "Put"} {
			if change == verb+what || what == "Role" && change == verb+"RolePolicy" {
				s.t.Errorf("%s was called", change)
			}
		}
	}
}
