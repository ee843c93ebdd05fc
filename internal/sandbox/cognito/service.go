// Package cognito plays Amazon Cognito: user pools, their domains, resource
// servers and app clients, and the token endpoint.
package cognito

import (
	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

// Service is Cognito's control plane.
func Service() aws.Service {
	return aws.Service{
		Name: "cognito-idp", SignedAs: "cognito-idp", Protocol: aws.JSON11, Needs: needs,
		Operations: aws.Merge(poolOperations(), serverOperations(), clientOperations()),
	}
}

func needs(c *aws.Call) []aws.Need {
	pool := func(id string) string { return (&state.UserPool{ID: id, Account: c.Account, Region: c.Region}).ARN() }
	switch c.Operation {
	case "ListUserPools", "DescribeUserPoolDomain":
		return []aws.Need{c.Own("*")}
	case "CreateUserPool":
		all := []aws.Need{c.Own("*")}
		if c.Has("UserPoolTags") {
			all = append(all, aws.Need{Action: "cognito-idp:TagResource", Resource: pool(c.Region + "_?????????")})
		}
		return all
	case "TagResource", "UntagResource", "ListTagsForResource":
		return []aws.Need{c.Own(c.Text("ResourceArn"))}
	default:
		return []aws.Need{c.Own(pool(c.Text("UserPoolId")))}
	}
}

func refuse(format string, args ...any) error {
	return aws.Refuse("InvalidParameterException", format, args...)
}
