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

// ErrIncomplete says that an answer was a success and lacks what its service
// always says. A proxy, a captive portal or a stub may have answered.
var ErrIncomplete = errors.New("the answer is a success without content; something between here and the service may have answered in its place")

// completeAnswers refuses successes that say nothing, so that no step works on
// with an empty id.
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

// complete looks for the members by which the steps know a resource.
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
	}
	return true
}

// named says whether the struct is there and its string members say something.
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
