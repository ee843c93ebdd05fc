// Package iam simulates the roles of IAM and the caller identity of STS.
package iam

import (
	"errors"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// Services returns IAM and STS.
func Services() []aws.Service {
	return []aws.Service{
		{Name: "iam", SignedAs: "iam", Protocol: aws.QueryXML, Operations: aws.Merge(roleOperations(), policyOperations()), Permissions: requiredPermissions},
		// sts:GetCallerIdentity needs no permission and cannot be denied.
		{Name: "sts", SignedAs: "sts", Protocol: aws.QueryXML, Operations: map[string]aws.Handler{"GetCallerIdentity": callerIdentity}},
	}
}

func callerIdentity(c *aws.Call) (any, error) {
	type identity struct{ Arn, UserId, Account string }
	return identity{Arn: c.Caller, UserId: "AIDASANDBOX0000000000", Account: c.Account}, nil
}

// requiredPermissions uses the role's path if the role exists.
func requiredPermissions(c *aws.Call) []aws.Permission {
	arn := (&state.Role{Account: c.Account, Path: "/" + strings.TrimPrefix(c.Text("Path"), "/"), Name: c.Text("RoleName")}).ARN()
	if r := c.World.Roles[state.RoleKey(c.Account, c.Text("RoleName"))]; r != nil {
		arn = r.ARN()
	}
	own := c.OwnPermission(arn) // for ListRoles, it ends at the slash
	own.Boundary = c.Text("PermissionsBoundary")
	all := []aws.Permission{own}
	if c.Operation == "CreateRole" && c.Has("Tags") {
		all = append(all, aws.Permission{Action: "iam:TagRole", Resource: arn})
	}
	return all
}

// checkPolicy fails, with IAM's code and message, for a document that is not a
// policy.
func checkPolicy(document string, kind policy.Kind) error {
	_, err := policy.Parse(document, kind)
	var malformed *policy.MalformedError
	if errors.As(err, &malformed) {
		return aws.Refuse(malformed.Code(), "%s", malformed.Message)
	}
	return err
}
