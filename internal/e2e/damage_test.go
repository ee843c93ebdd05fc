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
)

// What somebody does to a run behind the program's back.

func (o *office) names() provision.Names { return provision.Names{Run: o.Name} }

func (o *office) must(err error) {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
}

// made is the id that the record has for a kind.
func (o *office) made(kind string) *string {
	o.T.Helper()
	r, err := o.Store().Load(o.Name)
	o.must(err)
	x := r.Find(kind)
	if x == nil {
		o.T.Fatalf("the record has no %s", kind)
	}
	return &x.ID
}

func (o *office) loseRecord() {
	o.T.Helper()
	o.must(os.Remove(o.Store().Path(o.Name)))
}

func (o *office) attachToRole() {
	o.T.Helper()
	_, err := o.AWS.IAM.AttachRolePolicy(context.Background(), &iam.AttachRolePolicyInput{RoleName: aws.String(o.names().Role()),
		PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")})
	o.must(err)
}

func (o *office) alterScopes() {
	o.T.Helper()
	_, err := o.AWS.Cognito.UpdateResourceServer(context.Background(), &cognito.UpdateResourceServerInput{UserPoolId: o.made(provision.UserPool),
		Identifier: aws.String(o.names().ResourceServer()), Name: aws.String("x")})
	o.must(err)
}

func (o *office) alterClient() {
	o.T.Helper()
	_, err := o.AWS.Cognito.UpdateUserPoolClient(context.Background(), &cognito.UpdateUserPoolClientInput{UserPoolId: o.made(provision.UserPool),
		ClientId: o.made(provision.Client), ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}})
	o.must(err)
}

func (o *office) removeDomain() {
	o.T.Helper()
	_, err := o.AWS.Cognito.DeleteUserPoolDomain(context.Background(), &cognito.DeleteUserPoolDomainInput{UserPoolId: o.made(provision.UserPool), Domain: o.made(provision.Domain)})
	o.must(err)
}

func (o *office) alterTrust() {
	o.T.Helper()
	_, err := o.AWS.IAM.UpdateAssumeRolePolicy(context.Background(), &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(o.names().Role()),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	o.must(err)
}

func (o *office) alterRolePolicy() {
	o.T.Helper()
	_, err := o.AWS.IAM.PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{RoleName: aws.String(o.names().Role()), PolicyName: aws.String("AgentCoreGatewayOutbound"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)})
	o.must(err)
}

func (o *office) alterGateway() {
	o.T.Helper()
	ctx, id := context.Background(), o.made(provision.Gateway)
	g, err := o.AWS.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: id})
	o.must(err)
	_, err = o.AWS.Control.UpdateGateway(ctx, &control.UpdateGatewayInput{GatewayIdentifier: id, Name: g.Name, ProtocolType: g.ProtocolType,
		AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn})
	o.must(err)
}

func (o *office) alterTarget() {
	o.T.Helper()
	ctx, gateway, id := context.Background(), o.made(provision.Gateway), o.made(provision.Target)
	x, err := o.AWS.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: gateway, TargetId: id})
	o.must(err)
	x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider).Value.DefaultReturnUrl = aws.String("http://localhost:3021")
	_, err = o.AWS.Control.UpdateGatewayTarget(ctx, &control.UpdateGatewayTargetInput{GatewayIdentifier: gateway, TargetId: id, Name: x.Name,
		TargetConfiguration: x.TargetConfiguration, CredentialProviderConfigurations: x.CredentialProviderConfigurations})
	o.must(err)
}
