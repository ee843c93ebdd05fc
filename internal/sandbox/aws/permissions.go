package aws

import (
	"fmt"
	"sync/atomic"

	"agentcore-3lo/internal/sandbox/policy"
)

// Permission is an action on a resource that a caller must be allowed to perform.
type Permission struct {
	Action, Resource string
	PassedTo         string // iam:PassedToService; "" = no such key
	Boundary         string // iam:PermissionsBoundary; "" = no such key
}

// Permissions returns the permission for one action on each of several resources.
func Permissions(action string, resources ...string) []Permission {
	var all []Permission
	for _, resource := range resources {
		all = append(all, Permission{Action: action, Resource: resource})
	}
	return all
}

// OwnPermission returns the permission for the call's own action.
func (c *Call) OwnPermission(resource string) Permission {
	return Permission{Action: c.OwnAction(), Resource: resource}
}

// OwnAction returns the IAM action with the name of the operation.
func (c *Call) OwnAction() string { return c.service.SignedAs + ":" + c.Operation }

// Require fails if the caller's policy does not allow the permission.
func (c *Call) Require(n Permission) error { return c.rights.check(c.Account, c.service.Protocol, n) }

// authorize checks every permission that the call needs, before it changes
// anything.
func (c *Call) authorize() error {
	if c.service.Permissions == nil {
		return nil
	}
	for _, n := range c.service.Permissions(c) {
		if err := c.Require(n); err != nil {
			return err
		}
	}
	return nil
}

// CallerARN returns the ARN of an account's default caller. Policy errors name this
// caller as well.
func CallerARN(account string) string { return "arn:aws:iam::" + account + ":user/sandbox" }

// NotAuthorized returns IAM's message for an action that no policy allows.
func NotAuthorized(who, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", who, action, resource, action)
}

// CallerPolicy is the policy of all callers, in every account. The zero value
// allows everything.
type CallerPolicy struct {
	policy atomic.Pointer[policy.Policy] // nil allows everything
}

// Set replaces the policy for later calls. "" allows everything; a document that is
// not an IAM policy is an error.
func (r *CallerPolicy) Set(document string) error {
	if document == "" {
		r.policy.Store(nil)
		return nil
	}
	p, err := policy.Parse(document, policy.Permissions)
	if err != nil {
		return fmt.Errorf("the caller's policy: %w", err)
	}
	r.policy.Store(p)
	return nil
}

// check returns AccessDenied if the policy does not allow the permission.
func (r *CallerPolicy) check(account string, p Protocol, n Permission) error {
	given := r.policy.Load()
	if given == nil {
		return nil
	}
	context := map[string]string{"aws:principalaccount": account, "aws:principalarn": CallerARN(account)}
	if n.PassedTo != "" {
		context["iam:passedtoservice"] = n.PassedTo
	}
	if n.Boundary != "" {
		context["iam:permissionsboundary"] = n.Boundary
	}
	if policy.Allows([]*policy.Policy{given}, policy.Request{Action: n.Action, Resource: n.Resource, Context: context}, policy.Permissions) {
		return nil
	}
	return AccessDenied(p, NotAuthorized(CallerARN(account), n.Action, n.Resource))
}
