package sandbox

import (
	"net/url"
	"strings"
	"time"
)

func iamRoleHandlers() map[string]handler {
	return map[string]handler{
		"iam:CreateRole":                  on(createRole),
		"iam:GetRole":                     on(getRole),
		"iam:UpdateAssumeRolePolicy":      on(updateTrust),
		"iam:DeleteRole":                  on(deleteRole),
		"iam:ListRoles":                   on(listRoles),
		"iam:TagRole":                     on(tagRole),
		"iam:UntagRole":                   on(untagRole),
		"iam:ListRoleTags":                on(listRoleTags),
		"iam:PutRolePermissionsBoundary":  on(putBoundary),
		"iam:ListInstanceProfilesForRole": on(listInstanceProfiles),
	}
}

type iamTag struct{ Key, Value string }

// iamInput has what the role operations take; each reads its part.
type iamInput struct {
	RoleName, Path, PathPrefix, Description    string
	AssumeRolePolicyDocument, PolicyDocument   string
	PolicyName, PolicyArn, PermissionsBoundary string
	MaxSessionDuration, MaxItems               int
	Marker                                     string
	Tags                                       []iamTag
	TagKeys                                    []string
}

type roleXML struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  string
	AssumeRolePolicyDocument    string
	Description                 string       `xml:",omitempty"`
	MaxSessionDuration          int          `xml:",omitempty"`
	PermissionsBoundary         *boundaryXML `xml:",omitempty"`
	Tags                        []iamTag     `xml:"Tags>member,omitempty"`
}

type boundaryXML struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

type roleResult struct{ Role roleXML }

func (r *role) arn() string { return "arn:aws:iam::" + r.Account + ":role" + r.Path + r.Name }

func (r *role) xml() roleXML {
	var boundary *boundaryXML
	if r.Boundary != "" {
		boundary = &boundaryXML{"Policy", r.Boundary}
	}
	return roleXML{
		PermissionsBoundary: boundary,
		Path:                r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.arn(), CreateDate: r.Created.UTC().Format(time.RFC3339),
		AssumeRolePolicyDocument: encodeDocument(r.Trust),
		Description:              r.Description, MaxSessionDuration: r.Session, Tags: r.tagList(),
	}
}

// encodeDocument percent-encodes a policy, as IAM does in every answer.
func encodeDocument(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func (r *role) tagList() []iamTag {
	var list []iamTag
	for _, key := range sortedKeys(r.Tags) {
		list = append(list, iamTag{key, r.Tags[key]})
	}
	return list
}

func (c *call) role(name string) (*role, error) {
	if r := c.world.Roles[c.account+"/"+name]; r != nil {
		return r, nil
	}
	return nil, refuse("NoSuchEntity", "The role with name %s cannot be found.", name)
}

func createRole(c *call, in iamInput) (any, error) {
	key := c.account + "/" + in.RoleName
	if c.world.Roles[key] != nil {
		return nil, refuse("EntityAlreadyExists", "Role with name %s already exists.", in.RoleName)
	}
	if _, err := parsePolicy(in.AssumeRolePolicyDocument, trustPolicy); err != nil {
		return nil, err
	}
	r := &role{
		Name: in.RoleName, Path: in.Path, Account: c.account, ID: "AROA" + randomText(17, upperAlphabet),
		Boundary: in.PermissionsBoundary, Description: in.Description, Trust: in.AssumeRolePolicyDocument, Session: orElse(in.MaxSessionDuration, 3600),
		Inline: map[string]string{}, Attached: map[string]string{}, Tags: tags{}, Created: c.now,
	}
	if r.Path == "" {
		r.Path = "/"
	}
	if err := r.tag(in.Tags); err != nil {
		return nil, err
	}
	c.world.Roles[key] = r
	return roleResult{r.xml()}, nil
}

func getRole(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	return roleResult{r.xml()}, nil
}

// putBoundary takes any policy's ARN: the sandbox keeps no policies that a role
// could be bounded by.
func putBoundary(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	r.Boundary = in.PermissionsBoundary
	return nil, nil
}

func updateTrust(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, err := parsePolicy(in.PolicyDocument, trustPolicy); err != nil {
		return nil, err
	}
	r.Trust = in.PolicyDocument
	return nil, nil
}

func deleteRole(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	if len(r.Attached) > 0 {
		return nil, refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	}
	if len(r.Inline) > 0 {
		return nil, refuse("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	delete(c.world.Roles, c.account+"/"+in.RoleName)
	return nil, nil
}

func listRoles(c *call, in iamInput) (any, error) {
	var all []*role
	for _, r := range c.world.Roles {
		if r.Account == c.account && strings.HasPrefix(r.Path, in.PathPrefix) {
			all = append(all, r)
		}
	}
	found, err := iamPage(all, func(r *role) string { return r.Name }, "ListRoles", in)
	if err != nil {
		return nil, err
	}
	out := struct {
		Roles       []roleXML `xml:"Roles>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{IsTruncated: found.next != "", Marker: found.next}
	for _, r := range found.items {
		shown := r.xml()
		shown.Tags = nil // ListRoles leaves them out
		out.Roles = append(out.Roles, shown)
	}
	return out, nil
}

// iamPage pages as IAM does: a Marker, and MaxItems of 100 unless told.
func iamPage[T any](all []T, key func(T) string, list string, in iamInput) (listing[T], error) {
	found, ok := paged(all, key, list+in.RoleName, in.Marker, orElse(in.MaxItems, 100))
	if !ok {
		return found, refuse("ValidationError", "Invalid Marker.")
	}
	return found, nil
}

func tagRole(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	return nil, r.tag(in.Tags)
}

func (r *role) tag(list []iamTag) error {
	merged := tags{}
	for key, value := range r.Tags {
		merged[key] = value
	}
	for _, t := range list {
		merged[t.Key] = t.Value
	}
	if len(merged) > 50 {
		return refuse("LimitExceeded", "The number of tags has reached the maximum limit.")
	}
	r.Tags = merged
	return nil
}

func untagRole(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(r.Tags, key)
	}
	return nil, nil
}

func listRoleTags(c *call, in iamInput) (any, error) {
	r, err := c.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	found, err := iamPage(r.tagList(), func(t iamTag) string { return t.Key }, "ListRoleTags", in)
	if err != nil {
		return nil, err
	}
	return struct {
		Tags        []iamTag `xml:"Tags>member"`
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{found.items, found.next != "", found.next}, nil
}

// listInstanceProfiles is always empty: the sandbox has no instances. Tools that
// delete roles ask nevertheless.
func listInstanceProfiles(c *call, in iamInput) (any, error) {
	if _, err := c.role(in.RoleName); err != nil {
		return nil, err
	}
	return struct {
		InstanceProfiles struct{}
		IsTruncated      bool
	}{}, nil
}
