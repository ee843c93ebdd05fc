package iam

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

func roleOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateRole":                  aws.Typed(createRole),
		"GetRole":                     aws.Typed(getRole),
		"UpdateAssumeRolePolicy":      aws.Typed(updateTrust),
		"DeleteRole":                  aws.Typed(deleteRole),
		"ListRoles":                   aws.Typed(listRoles),
		"TagRole":                     aws.Typed(tagRole),
		"UntagRole":                   aws.Typed(untagRole),
		"ListRoleTags":                aws.Typed(listRoleTags),
		"PutRolePermissionsBoundary":  aws.Typed(putBoundary),
		"ListInstanceProfilesForRole": aws.Typed(listInstanceProfiles),
	}
}

type tag struct{ Key, Value string }

// input has the members of all role operations; each operation reads its own.
type input struct {
	RoleName, Path, PathPrefix, Description    string
	AssumeRolePolicyDocument, PolicyDocument   string
	PolicyName, PolicyArn, PermissionsBoundary string
	MaxSessionDuration, MaxItems               int
	Marker                                     string
	Tags                                       []tag
	TagKeys                                    []string
}

type roleXML struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  string
	AssumeRolePolicyDocument    string
	Description                 string       `xml:",omitempty"`
	MaxSessionDuration          int          `xml:",omitempty"`
	PermissionsBoundary         *boundaryXML `xml:",omitempty"`
	Tags                        []tag        `xml:"Tags>member,omitempty"`
}

type boundaryXML struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

type roleResult struct{ Role roleXML }

func describeRole(r *state.Role) roleXML {
	var boundary *boundaryXML
	if r.Boundary != "" {
		boundary = &boundaryXML{"Policy", r.Boundary}
	}
	return roleXML{
		PermissionsBoundary: boundary,
		Path:                r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN(), CreateDate: r.Created.UTC().Format(time.RFC3339),
		AssumeRolePolicyDocument: encodeDocument(r.Trust),
		Description:              r.Description, MaxSessionDuration: r.Session, Tags: tagList(r),
	}
}

// encodeDocument percent-encodes a policy, as IAM does in every response.
func encodeDocument(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func tagList(r *state.Role) []tag {
	var list []tag
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		list = append(list, tag{key, r.Tags[key]})
	}
	return list
}

func findRole(c *aws.Call, name string) (*state.Role, error) {
	if r := c.World.Roles[state.RoleKey(c.Account, name)]; r != nil {
		return r, nil
	}
	return nil, aws.Refuse("NoSuchEntity", "The role with name %s cannot be found.", name)
}

func createRole(c *aws.Call, in input) (any, error) {
	key := state.RoleKey(c.Account, in.RoleName)
	if c.World.Roles[key] != nil {
		return nil, aws.Refuse("EntityAlreadyExists", "Role with name %s already exists.", in.RoleName)
	}
	if err := checkPolicy(in.AssumeRolePolicyDocument, policy.Trust); err != nil {
		return nil, err
	}
	r := &state.Role{
		Name: in.RoleName, Path: in.Path, Account: c.Account, ID: "AROA" + state.RandomText(17, state.Base32),
		Boundary: in.PermissionsBoundary, Description: in.Description, Trust: in.AssumeRolePolicyDocument, Session: cmp.Or(in.MaxSessionDuration, 3600),
		Inline: map[string]string{}, Attached: map[string]string{}, Tags: map[string]string{}, Created: c.Now,
	}
	if r.Path == "" {
		r.Path = "/"
	}
	if err := addTags(r, in.Tags); err != nil {
		return nil, err
	}
	c.World.Roles[key] = r
	return roleResult{describeRole(r)}, nil
}

func getRole(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	return roleResult{describeRole(r)}, nil
}

// putBoundary accepts the ARN of any policy, because the sandbox has no customer
// managed policies.
func putBoundary(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	r.Boundary = in.PermissionsBoundary
	return nil, nil
}

func updateTrust(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(in.PolicyDocument, policy.Trust); err != nil {
		return nil, err
	}
	r.Trust = in.PolicyDocument
	return nil, nil
}

func deleteRole(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	if len(r.Attached) > 0 {
		return nil, aws.Refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	if len(r.Inline) > 0 {
		return nil, aws.Refuse("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	delete(c.World.Roles, state.RoleKey(c.Account, in.RoleName))
	return nil, nil
}

func listRoles(c *aws.Call, in input) (any, error) {
	var all []*state.Role
	for _, r := range c.World.Roles {
		if r.Account == c.Account && strings.HasPrefix(r.Path, in.PathPrefix) {
			all = append(all, r)
		}
	}
	found, err := page(all, func(r *state.Role) string { return r.Name }, "ListRoles", in)
	if err != nil {
		return nil, err
	}
	out := struct {
		Roles       []roleXML `xml:"Roles>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{IsTruncated: found.Next != "", Marker: found.Next}
	for _, r := range found.Items {
		shown := describeRole(r)
		shown.Tags = nil // ListRoles omits them
		out.Roles = append(out.Roles, shown)
	}
	return out, nil
}

// page returns a page as IAM does, with a Marker; MaxItems defaults to 100.
func page[T any](all []T, key func(T) string, list string, in input) (aws.Listing[T], error) {
	found, ok := aws.Page(all, key, list+in.RoleName, in.Marker, cmp.Or(in.MaxItems, 100))
	if !ok {
		return found, aws.Refuse("ValidationError", "Invalid Marker.")
	}
	return found, nil
}

func tagRole(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	return nil, addTags(r, in.Tags)
}

func addTags(r *state.Role, list []tag) error {
	merged := map[string]string{}
	for key, value := range r.Tags {
		merged[key] = value
	}
	for _, t := range list {
		merged[t.Key] = t.Value
	}
	if len(merged) > 50 {
		return aws.Refuse("LimitExceeded", "The number of tags has reached the maximum limit.")
	}
	r.Tags = merged
	return nil
}

func untagRole(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(r.Tags, key)
	}
	return nil, nil
}

func listRoleTags(c *aws.Call, in input) (any, error) {
	r, err := findRole(c, in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := page(tagList(r), func(t tag) string { return t.Key }, "ListRoleTags", in)
	if err != nil {
		return nil, err
	}
	return struct {
		Tags        []tag `xml:"Tags>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{found.Items, found.Next != "", found.Next}, nil
}

// listInstanceProfiles returns an empty list. The sandbox has no instances, but
// tools that delete roles call it.
func listInstanceProfiles(c *aws.Call, in input) (any, error) {
	if _, err := findRole(c, in.RoleName); err != nil {
		return nil, err
	}
	return struct {
		InstanceProfiles struct{}
		IsTruncated      bool
	}{}, nil
}
