package aws

import (
	"fmt"
	"sync/atomic"

	"agentcore-3lo/internal/sandbox/policy"
)

// Need is one thing that a caller must be allowed to do.
type Need struct {
	Action, Resource string
	PassedTo         string // iam:PassedToService; "" = no such key
	Boundary         string // iam:PermissionsBoundary; "" = no such key
}

// Needs are those of one action on several resources.
func Needs(action string, resources ...string) []Need {
	var all []Need
	for _, resource := range resources {
		all = append(all, Need{Action: action, Resource: resource})
	}
	return all
}

// Own is the need of the call's own action.
func (c *Call) Own(resource string) Need {
	return Need{Action: c.OwnAction(), Resource: resource}
}

// OwnAction is the IAM action that has the operation's name.
func (c *Call) OwnAction() string { return c.service.SignedAs + ":" + c.Operation }

// May refuses what the caller's policy does not allow.
func (c *Call) May(n Need) error { return c.rights.check(c.Account, c.service.Protocol, n) }

// authorize checks everything that a call needs before any of it is done.
func (c *Call) authorize() error {
	if c.service.Needs == nil {
		return nil
	}
	for _, n := range c.service.Needs(c) {
		if err := c.May(n); err != nil {
			return err
		}
	}
	return nil
}

// CallerARN is who a key id of an account belongs to unless it names somebody,
// and who is named where a policy refuses.
func CallerARN(account string) string { return "arn:aws:iam::" + account + ":user/sandbox" }

// NotAuthorized is IAM's wording where no policy allows an action.
func NotAuthorized(who, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", who, action, resource, action)
}

// Rights are what callers may do, whatever their account. The zero value allows
// everything.
type Rights struct {
	policy atomic.Pointer[policy.Policy] // nil allows everything
}

// Set replaces the policy from the next call on. It refuses a document that is no
// IAM policy; "" allows everything.
func (r *Rights) Set(document string) error {
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

// check refuses, in the protocol's words, what the policy does not allow.
func (r *Rights) check(account string, p Protocol, n Need) error {
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
