// Package iam plays IAM's roles and STS's caller identity.
package iam

import (
	"errors"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// Services are IAM and STS.
func Services() []aws.Service {
	return []aws.Service{
		{Name: "iam", SignedAs: "iam", Protocol: aws.QueryXML, Operations: aws.Merge(roleOperations(), policyOperations()), Needs: needs},
		// sts:GetCallerIdentity needs no right, and no policy can deny it.
		{Name: "sts", SignedAs: "sts", Protocol: aws.QueryXML, Operations: map[string]aws.Handler{"GetCallerIdentity": callerIdentity}},
	}
}

func callerIdentity(c *aws.Call) (any, error) {
	type identity struct{ Arn, UserId, Account string }
	return identity{Arn: c.Caller, UserId: "AIDASANDBOX0000000000", Account: c.Account}, nil
}

// needs has the role's own path where the role exists.
func needs(c *aws.Call) []aws.Need {
	arn := (&state.Role{Account: c.Account, Path: "/" + strings.TrimPrefix(c.Text("Path"), "/"), Name: c.Text("RoleName")}).ARN()
	if r := c.World.Roles[state.RoleKey(c.Account, c.Text("RoleName"))]; r != nil {
		arn = r.ARN()
	}
	own := c.Own(arn) // of ListRoles it ends at the slash
	own.Boundary = c.Text("PermissionsBoundary")
	all := []aws.Need{own}
	if c.Operation == "CreateRole" && c.Has("Tags") {
		all = append(all, aws.Need{Action: "iam:TagRole", Resource: arn})
	}
	return all
}

// checkPolicy refuses a document that is no policy, with IAM's code and text.
func checkPolicy(document string, kind policy.Kind) error {
	_, err := policy.Parse(document, kind)
	var malformed *policy.MalformedError
	if errors.As(err, &malformed) {
		return aws.Refuse(malformed.Code(), "%s", malformed.Message)
	}
	return err
}
