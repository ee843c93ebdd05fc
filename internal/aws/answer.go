package aws

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"
)

// ErrIncomplete says that a successful answer lacks members that the service always
// sends. A proxy, a captive portal or a stub may have answered.
var ErrIncomplete = errors.New("the answer is a success without content; something between here and the service may have answered in its place")

// completeAnswers refuses empty successes, so that no step continues with an empty
// id.
func completeAnswers(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CompleteAnswers",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err == nil && !complete(out.Result) {
				err = ErrIncomplete
			}
			return out, metadata, err
		}), middleware.After)
}

// complete looks for the members that identify a resource.
func complete(result any) bool {
	switch out := result.(type) {
	case *cognitoidentityprovider.CreateUserPoolOutput:
		return named(out.UserPool, "Id")
	case *cognitoidentityprovider.DescribeUserPoolOutput:
		return named(out.UserPool, "Id")
	case *cognitoidentityprovider.CreateUserPoolClientOutput:
		return named(out.UserPoolClient, "ClientId")
	case *cognitoidentityprovider.DescribeUserPoolClientOutput:
		return named(out.UserPoolClient, "ClientId")
	case *cognitoidentityprovider.CreateResourceServerOutput:
		return named(out.ResourceServer, "Identifier")
	case *cognitoidentityprovider.DescribeResourceServerOutput:
		return named(out.ResourceServer, "Identifier")
	case *iam.CreateRoleOutput:
		return named(out.Role, "Arn")
	case *iam.GetRoleOutput:
		return named(out.Role, "Arn")
	case *iam.GetRolePolicyOutput:
		return named(out, "PolicyDocument")
	case *bedrockagentcorecontrol.CreateGatewayOutput:
		return named(out, "GatewayId", "GatewayArn")
	case *bedrockagentcorecontrol.GetGatewayOutput:
		return named(out, "GatewayId", "GatewayArn")
	case *bedrockagentcorecontrol.CreateGatewayTargetOutput:
		return named(out, "TargetId")
	case *bedrockagentcorecontrol.GetGatewayTargetOutput:
		return named(out, "TargetId")
	case *bedrockagentcorecontrol.CreateOauth2CredentialProviderOutput:
		return named(out, "CredentialProviderArn")
	case *bedrockagentcorecontrol.GetOauth2CredentialProviderOutput:
		return named(out, "CredentialProviderArn")
	case *bedrockagentcorecontrol.GetWorkloadIdentityOutput:
		return named(out, "Name")
	case *cognitoidentityprovider.DescribeUserPoolDomainOutput:
		return out.DomainDescription != nil // empty if there is no such domain
	}
	return listed(result)
}

// listed reports whether the answer to a listing has its list. Every service sends
// an empty list if there is nothing, so an answer without a list does not prove that
// nothing exists. Most of these members are required in the service models; the
// services also send the others.
func listed(result any) bool {
	switch out := result.(type) {
	case *cognitoidentityprovider.ListUserPoolsOutput:
		return out.UserPools != nil
	case *cognitoidentityprovider.ListUserPoolClientsOutput:
		return out.UserPoolClients != nil
	case *iam.ListRolesOutput:
		return out.Roles != nil
	case *iam.ListRolePoliciesOutput:
		return out.PolicyNames != nil
	case *iam.ListAttachedRolePoliciesOutput:
		return out.AttachedPolicies != nil
	case *bedrockagentcorecontrol.ListGatewaysOutput:
		return out.Items != nil
	case *bedrockagentcorecontrol.ListGatewayTargetsOutput:
		return out.Items != nil
	case *bedrockagentcorecontrol.ListOauth2CredentialProvidersOutput:
		return out.CredentialProviders != nil
	case *bedrockagentcorecontrol.ListTagsForResourceOutput:
		return out.Tags != nil
	}
	return true
}

// named reports whether the struct exists and its string members are not empty.
func named(pointer any, members ...string) bool {
	v := reflect.ValueOf(pointer)
	if v.IsNil() {
		return false
	}
	for _, name := range members {
		member, ok := v.Elem().FieldByName(name).Interface().(*string)
		if !ok || member == nil || *member == "" {
			return false
		}
	}
	return true
}
