// Package policy evaluates IAM policies: trust policies of roles, and permissions
// of roles and callers.
package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// Kind distinguishes a role's trust policy, which names principals, from a policy
// that grants permissions and names resources.
type Kind string

// The kinds of policy.
const (
	Trust       Kind = "trust"
	Permissions Kind = "permissions"
)

// MalformedError is IAM's error for a document that is not a policy.
type MalformedError struct{ Message string }

// Code is IAM's error code.
func (e *MalformedError) Code() string { return "MalformedPolicyDocument" }

func (e *MalformedError) Error() string { return e.Code() + ": " + e.Message }

// Policy is a valid policy document.
type Policy struct{ Statement []statement }

type statement struct {
	Effect                                   string
	Principal                                principal
	Action, NotAction, Resource, NotResource oneOrMore
	Condition                                map[string]map[string]oneOrMore
}

// oneOrMore accepts a string or a list of strings.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(raw []byte) error {
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		*o = many
		return nil
	}
	var one string
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*o = oneOrMore{one}
	return nil
}

// principal is "*" or a map such as {"Service": [...]}.
type principal struct {
	Any  bool
	Kind map[string]oneOrMore
}

func (p *principal) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"*"` {
		p.Any = true
		return nil
	}
	return json.Unmarshal(raw, &p.Kind)
}

// Parse parses a policy document. Its error is a *MalformedError.
func Parse(document string, kind Kind) (*Policy, error) {
	var loose struct {
		Version   string
		Statement json.RawMessage
	}
	malformed := func(message string) (*Policy, error) {
		return nil, &MalformedError{message}
	}
	if err := json.Unmarshal([]byte(document), &loose); err != nil {
		return malformed("This policy contains invalid Json")
	}
	if loose.Version != "" && loose.Version != "2012-10-17" && loose.Version != "2008-10-17" {
		return malformed("Syntax errors in policy.")
	}
	var p Policy
	if err := json.Unmarshal(loose.Statement, &p.Statement); err != nil {
		var one statement
		if err := json.Unmarshal(loose.Statement, &one); err != nil {
			return malformed("Syntax errors in policy.")
		}
		p.Statement = []statement{one}
	}
	if len(p.Statement) == 0 {
		return malformed("Policy document must contain at least one statement.")
	}
	for _, st := range p.Statement {
		hasPrincipal := st.Principal.Any || len(st.Principal.Kind) > 0
		hasResource := len(st.Resource)+len(st.NotResource) > 0
		switch {
		case st.Effect != "Allow" && st.Effect != "Deny":
			return malformed("Syntax errors in policy.")
		case len(st.Action)+len(st.NotAction) == 0:
			return malformed("Policy statement must contain actions.")
		case kind == Trust && hasResource:
			return malformed("Has prohibited field Resource")
		case kind == Trust && !hasPrincipal:
			return malformed("Missing required field Principal")
		case kind == Permissions && hasPrincipal:
			return malformed("Policy document should not specify a principal.")
		case kind == Permissions && !hasResource:
			return malformed("Policy statement must contain resources.")
		}
	}
	return &p, nil
}

// Request is an action to be evaluated.
type Request struct {
	Service  string // the principal, for trust policies
	Action   string
	Resource string
	Context  map[string]string // condition keys in lower case, such as aws:sourceaccount
}

// Allows applies IAM's rule: a matching Deny wins, then a matching Allow; the
// default is a denial.
func Allows(policies []*Policy, a Request, kind Kind) bool {
	allowed := false
	for _, p := range policies {
		for _, st := range p.Statement {
			if !st.matches(a, kind) {
				continue
			}
			if st.Effect == "Deny" {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (st statement) matches(a Request, kind Kind) bool {
	if kind == Trust {
		if !st.Principal.Any && !slices.Contains(st.Principal.Kind["Service"], a.Service) {
			return false
		}
	} else if !inOrOut(st.Resource, st.NotResource, a.Resource, wildcard) {
		return false
	}
	return inOrOut(st.Action, st.NotAction, a.Action, wildcardFold) && st.conditionsHold(a.Context)
}

func inOrOut(in, out oneOrMore, value string, match func(pattern, value string) bool) bool {
	matches := func(pattern string) bool { return match(pattern, value) }
	if len(out) > 0 {
		return !slices.ContainsFunc(out, matches)
	}
	return slices.ContainsFunc(in, matches)
}

// conditionsHold supports the operators that policies for a gateway use. A
// condition with another operator is false, so that it never allows too much.
func (st statement) conditionsHold(context map[string]string) bool {
	for operator, keys := range st.Condition {
		name, ifExists := strings.CutSuffix(operator, "IfExists")
		for key, wanted := range keys {
			value, present := context[strings.ToLower(key)]
			if !present && ifExists {
				continue
			}
			if !present || !holds(name, wanted, value) {
				return false
			}
		}
	}
	return true
}

func holds(operator string, wanted oneOrMore, value string) bool {
	any := func(match func(pattern, value string) bool) bool {
		return slices.ContainsFunc(wanted, func(pattern string) bool { return match(pattern, value) })
	}
	same := func(pattern, value string) bool { return pattern == value }
	switch operator {
	case "StringEquals":
		return any(same)
	case "StringNotEquals":
		return !any(same)
	case "StringEqualsIgnoreCase":
		return any(strings.EqualFold)
	case "StringLike", "ArnLike", "ArnEquals":
		return any(wildcard)
	case "StringNotLike", "ArnNotLike", "ArnNotEquals":
		return !any(wildcard)
	default:
		return false
	}
}

// wildcard matches * and ? as IAM does.
func wildcard(pattern, value string) bool {
	p, v := []rune(pattern), []rune(value)
	i, j := 0, 0
	star, from := -1, 0 // the last *, and where the text that it stands for ends
	for j < len(v) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == v[j]):
			i, j = i+1, j+1
		case star >= 0: // it stands for one character more
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

func wildcardFold(pattern, value string) bool {
	return wildcard(strings.ToLower(pattern), strings.ToLower(value))
}

// DocumentAllows reports whether a policy document allows an action on a resource.
// context has the values of condition keys, such as iam:PassedToService. It fails
// for a document that is not an IAM policy.
func DocumentAllows(document, action, resource string, context map[string]string) (bool, error) {
	p, err := Parse(document, Permissions)
	if err != nil {
		return false, err
	}
	folded := map[string]string{}
	for key, value := range context {
		folded[strings.ToLower(key)] = value
	}
	return Allows([]*Policy{p}, Request{Action: action, Resource: resource, Context: folded}, Permissions), nil
}
