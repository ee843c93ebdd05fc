package sandbox

import (
	"sort"
	"strings"
)

func iamPolicyHandlers() map[string]handler {
	return map[string]handler{
		"iam:PutRolePolicy":            on(putRolePolicy),
		"iam:GetRolePolicy":            on(getRolePolicy),
		"iam:DeleteRolePolicy":         on(deleteRolePolicy),
		"iam:ListRolePolicies":         on(listRolePolicies),
		"iam:AttachRolePolicy":         on(attachRolePolicy),
		"iam:DetachRolePolicy":         on(detachRolePolicy),
		"iam:ListAttachedRolePolicies": on(listAttachedRolePolicies),
	}
}

// managedPolicies are the AWS managed ones that a role here may carry, and what
// they allow as far as a gateway's role is concerned.
func managedPolicies() map[string]string {
	return map[string]string{
		"AdministratorAccess":        `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"PowerUserAccess":            `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}`,
		"ReadOnlyAccess":             `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["bedrock-agentcore:Get*","bedrock-agentcore:List*"],"Resource":"*"}]}`,
		"BedrockAgentCoreFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"},{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:bedrock-agentcore*"}]}`,
	}
}

const managedPrefix = "arn:aws:iam::aws:policy/"

func putRolePolicy(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, err := parsePolicy(in.PolicyDocument, permissionsPolicy); err != nil {
		return nil, err
	}
	r.Inline[in.PolicyName] = in.PolicyDocument
	return nil, nil
}

func getRolePolicy(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
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
	return refuse("NoSuchEntity", "The role policy with name %s cannot be found.", name)
}

func deleteRolePolicy(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, found := r.Inline[in.PolicyName]; !found {
		return nil, noSuchPolicy(in.PolicyName)
	}
	delete(r.Inline, in.PolicyName)
	return nil, nil
}

func listRolePolicies(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := iamPage(sortedKeys(r.Inline), func(name string) string { return name }, "ListRolePolicies", in)
	if err != nil {
		return nil, err
	}
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{found.items, found.next != "", found.next}, nil
}

func attachRolePolicy(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	name, managed := strings.CutPrefix(in.PolicyArn, managedPrefix)
	if _, known := managedPolicies()[name]; !managed || !known {
		return nil, refuse("NoSuchEntity", "Policy %s does not exist or is not attachable.", in.PolicyArn)
	}
	r.Attached[in.PolicyArn] = name
	return nil, nil
}

func detachRolePolicy(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, found := r.Attached[in.PolicyArn]; !found {
		return nil, refuse("NoSuchEntity", "Policy %s was not found.", in.PolicyArn)
	}
	delete(r.Attached, in.PolicyArn)
	return nil, nil
}

func listAttachedRolePolicies(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := iamPage(sortedKeys(r.Attached), func(arn string) string { return arn }, "ListAttachedRolePolicies", in)
	if err != nil {
		return nil, err
	}
	type attached struct{ PolicyName, PolicyArn string }
	out := struct {
		AttachedPolicies []attached `xml:"AttachedPolicies>member"`
		IsTruncated      bool
		Marker           string `xml:",omitempty"`
	}{IsTruncated: found.next != "", Marker: found.next}
	for _, arn := range found.items {
		out.AttachedPolicies = append(out.AttachedPolicies, attached{r.Attached[arn], arn})
	}
	return out, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
