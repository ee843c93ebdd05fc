// Package cognito simulates Amazon Cognito: user pools, their domains, resource
// servers and app clients, and the token endpoint.
package cognito

import (
	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// Service returns Cognito's control plane.
func Service() aws.Service {
	return aws.Service{
		Name: "cognito-idp", SignedAs: "cognito-idp", Protocol: aws.JSON11, Permissions: requiredPermissions,
		Operations: aws.Merge(poolOperations(), serverOperations(), clientOperations()),
	}
}

func requiredPermissions(c *aws.Call) []aws.Permission {
	pool := func(id string) string { return (&state.UserPool{ID: id, Account: c.Account, Region: c.Region}).ARN() }
	switch c.Operation {
	case "ListUserPools", "DescribeUserPoolDomain":
		return []aws.Permission{c.OwnPermission("*")}
	case "CreateUserPool":
		all := []aws.Permission{c.OwnPermission("*")}
		if c.Has("UserPoolTags") {
			all = append(all, aws.Permission{Action: "cognito-idp:TagResource", Resource: pool(c.Region + "_?????????")})
		}
		return all
	case "TagResource", "UntagResource", "ListTagsForResource":
		return []aws.Permission{c.OwnPermission(c.Text("ResourceArn"))}
	default:
		return []aws.Permission{c.OwnPermission(pool(c.Text("UserPoolId")))}
	}
}

func refuse(format string, args ...any) error {
	return aws.Refuse("InvalidParameterException", format, args...)
}
