package state

import "time"

// Role is an IAM role.
type Role struct {
	Name        string            `json:"name"`
	Path        string            `json:"path"`
	ID          string            `json:"id"`
	Account     string            `json:"account"`
	Description string            `json:"description,omitempty"`
	Trust       string            `json:"trust"`
	Inline      map[string]string `json:"inline"`   // policy name -> document
	Attached    map[string]string `json:"attached"` // ARN -> name
	Boundary    string            `json:"boundary,omitempty"`
	Tags        map[string]string `json:"tags"`
	Session     int               `json:"maxSession"` // seconds
	Created     time.Time         `json:"created"`
}

// ARN is the role's Amazon Resource Name.
func (r *Role) ARN() string { return "arn:aws:iam::" + r.Account + ":role" + r.Path + r.Name }

// RoleKey is the key of a role in World.Roles.
func RoleKey(account, name string) string { return account + "/" + name }

// RoleByARN returns a role, or nil.
func (w *World) RoleByARN(arn string) *Role {
	for _, r := range w.Roles {
		if r.ARN() == arn {
			return r
		}
	}
	return nil
}
