//go:build unix

package e2e_test

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
)

// The methods of fixture below change a run's resources without the program.

func (o *fixture) names() run.Names { return run.Names{Run: o.Name} }

func (o *fixture) must(err error) {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
}

// recordedID returns the ID that the record has for a kind of resource.
func (o *fixture) recordedID(kind string) *string {
	o.T.Helper()
	r, err := o.Store().Load(o.Name)
	o.must(err)
	x := r.Find(kind)
	if x == nil {
		o.T.Fatalf("the record has no %s", kind)
	}
	return &x.ID
}

func (o *fixture) loseRecord() {
	o.T.Helper()
	o.must(os.Remove(o.Store().Path(o.Name)))
}

func (o *fixture) attachToRole() {
	o.T.Helper()
	_, err := o.AWS.IAM.AttachRolePolicy(context.Background(), &iam.AttachRolePolicyInput{RoleName: aws.String(o.names().Role()),
		PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	o.must(err)
}

func (o *fixture) alterScopes() {
	o.T.Helper()
	_, err := o.AWS.Cognito.UpdateResourceServer(context.Background(), &cognito.UpdateResourceServerInput{UserPoolId: o.recordedID(provision.UserPool),
		Identifier: aws.String(o.names().ResourceServer()), Name: aws.String("x")})
	o.must(err)
}

func (o *fixture) alterClient() {
	o.T.Helper()
	_, err := o.AWS.Cognito.UpdateUserPoolClient(context.Background(), &cognito.UpdateUserPoolClientInput{UserPoolId: o.recordedID(provision.UserPool),
		ClientId: o.recordedID(provision.Client), ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}})
	o.must(err)
}

func (o *fixture) removeDomain() {
	o.T.Helper()
	_, err := o.AWS.Cognito.DeleteUserPoolDomain(context.Background(), &cognito.DeleteUserPoolDomainInput{UserPoolId: o.recordedID(provision.UserPool), Domain: o.recordedID(provision.Domain)})
	o.must(err)
}

func (o *fixture) alterTrust() {
	o.T.Helper()
	_, err := o.AWS.IAM.UpdateAssumeRolePolicy(context.Background(), &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(o.names().Role()),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	o.must(err)
}

func (o *fixture) alterRolePolicy() {
	o.T.Helper()
	_, err := o.AWS.IAM.PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{RoleName: aws.String(o.names().Role()), PolicyName: aws.String("AgentCoreGatewayOutbound"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)})
	o.must(err)
}

func (o *fixture) alterGateway() {
	o.T.Helper()
	ctx, id := context.Background(), o.recordedID(provision.Gateway)
	g, err := o.AWS.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: id})
	o.must(err)
	_, err = o.AWS.Control.UpdateGateway(ctx, &control.UpdateGatewayInput{GatewayIdentifier: id, Name: g.Name, ProtocolType: g.ProtocolType,
		AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn})
	o.must(err)
}

func (o *fixture) alterTarget() {
	o.T.Helper()
	ctx, gateway, id := context.Background(), o.recordedID(provision.Gateway), o.recordedID(provision.Target)
	x, err := o.AWS.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: gateway, TargetId: id})
	o.must(err)
	x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider).Value.DefaultReturnUrl = aws.String("http://localhost:3021")
	_, err = o.AWS.Control.UpdateGatewayTarget(ctx, &control.UpdateGatewayTargetInput{GatewayIdentifier: gateway, TargetId: id, Name: x.Name,
		TargetConfiguration: x.TargetConfiguration, CredentialProviderConfigurations: x.CredentialProviderConfigurations})
	o.must(err)
}
