package iam

import (
	"maps"
	"slices"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
)

func policyOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"PutRolePolicy":            aws.Typed(putRolePolicy),
		"GetRolePolicy":            aws.Typed(getRolePolicy),
		"DeleteRolePolicy":         aws.Typed(deleteRolePolicy),
		"ListRolePolicies":         aws.Typed(listRolePolicies),
		"AttachRolePolicy":         aws.Typed(attachRolePolicy),
		"DetachRolePolicy":         aws.Typed(detachRolePolicy),
		"ListAttachedRolePolicies": aws.Typed(listAttachedRolePolicies),
	}
}

func putRolePolicy(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(in.PolicyDocument, policy.Permissions); err != nil {
		return nil, err
	}
	r.Inline[in.PolicyName] = in.PolicyDocument
	return nil, nil
}

func getRolePolicy(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	document, found := r.Inline[in.PolicyName]
	if !found {
		return nil, noSuchPolicy(in.PolicyName)
	}
	return struct{ RoleName, PolicyName, PolicyDocument string }{r.Name, in.PolicyName, encodeDocument(document)}, nil
}

func noSuchPolicy(name string) error {
	return aws.Refuse("NoSuchEntity", "The role policy with name %s cannot be found.", name)
}

func deleteRolePolicy(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, found := r.Inline[in.PolicyName]; !found {
		return nil, noSuchPolicy(in.PolicyName)
	}
	delete(r.Inline, in.PolicyName)
	return nil, nil
}

func listRolePolicies(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := page(slices.Sorted(maps.Keys(r.Inline)), func(name string) string { return name }, "ListRolePolicies", in)
	if err != nil {
		return nil, err
	}
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{found.Items, found.Next != "", found.Next}, nil
}

func attachRolePolicy(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	name, managed := strings.CutPrefix(in.PolicyArn, policy.ManagedPrefix)
	if _, known := policy.Managed()[name]; !managed || !known {
		return nil, aws.Refuse("NoSuchEntity", "Policy %s does not exist or is not attachable.", in.PolicyArn)
	}
	r.Attached[in.PolicyArn] = name
	return nil, nil
}

func detachRolePolicy(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, found := r.Attached[in.PolicyArn]; !found {
		return nil, aws.Refuse("NoSuchEntity", "Policy %s was not found.", in.PolicyArn)
	}
	delete(r.Attached, in.PolicyArn)
	return nil, nil
}

func listAttachedRolePolicies(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := page(slices.Sorted(maps.Keys(r.Attached)), func(arn string) string { return arn }, "ListAttachedRolePolicies", in)
	if err != nil {
		return nil, err
	}
	type attached struct{ PolicyName, PolicyArn string }
	out := struct {
		AttachedPolicies []attached `xml:"AttachedPolicies>member"`
		IsTruncated      bool
		Marker           string `xml:",omitempty"`
	}{IsTruncated: found.Next != "", Marker: found.Next}
	for _, arn := range found.Items {
		out.AttachedPolicies = append(out.AttachedPolicies, attached{r.Attached[arn], arn})
	}
	return out, nil
}
