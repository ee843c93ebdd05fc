package sandbox

import (
	"fmt"
	"strings"
)

// A need is one thing that a caller must be allowed to do.
type need struct {
	action, resource string
	passedTo         string // iam:PassedToService; "" = no such key
	boundary         string // iam:PermissionsBoundary; "" = no such key
}

// callerARN is who a key id of an account belongs to unless it names somebody,
// and who is named where a policy refuses.
func callerARN(account string) string { return "arn:aws:iam::" + account + ":user/sandbox" }

// notAuthorized is IAM's wording where no policy allows an action.
func notAuthorized(who, action, resource string) string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", who, action, resource, action)
}

// SetCallerPolicy replaces Options.CallerPolicy from the next call on. It
// refuses a document that is no IAM policy; "" allows everything.
func (s *Server) SetCallerPolicy(document string) error {
	if document == "" {
		s.caller.Store(nil)
		return nil
	}
	p, err := parsePolicy(document, permissionsPolicy)
	if err != nil {
		return fmt.Errorf("the caller's policy: %w", err)
	}
	s.caller.Store(p)
	return nil
}

// PolicyAllows says whether a policy document allows an action on a resource.
// The context has the values of condition keys, such as iam:PassedToService. It
// fails for a document that is no IAM policy.
func PolicyAllows(document, action, resource string, context map[string]string) (bool, error) {
	p, err := parsePolicy(document, permissionsPolicy)
	if err != nil {
		return false, err
	}
	folded := map[string]string{}
	for key, value := range context {
		folded[strings.ToLower(key)] = value
	}
	return allows([]*policy{p}, ask{action: action, resource: resource, context: folded}, permissionsPolicy), nil
}

// callerMay refuses, in the protocol's words, what the caller's policy does not allow.
func (s *Server) callerMay(account string, p protocol, n need) error {
	given := s.caller.Load()
	if given == nil {
		return nil
	}
	context := map[string]string{"aws:principalaccount": account, "aws:principalarn": callerARN(account)}
	if n.passedTo != "" {
		context["iam:passedtoservice"] = n.passedTo
	}
	if n.boundary != "" {
		context["iam:permissionsboundary"] = n.boundary
	}
	if allows([]*policy{given}, ask{action: n.action, resource: n.resource, context: context}, permissionsPolicy) {
		return nil
	}
	return accessDenied(p, notAuthorized(callerARN(account), n.action, n.resource))
}

// authorized checks everything that a call needs before any of it is done.
func (c *call) authorized() error {
	for _, n := range c.needs() {
		if err := c.callerMay(c.account, c.request.protocol, n); err != nil {
			return err
		}
	}
	return nil
}
