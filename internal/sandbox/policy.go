package sandbox

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// policyKind tells a role's trust policy, which names principals, from one that
// gives permissions and names resources.
type policyKind string

const (
	trustPolicy       policyKind = "trust"
	permissionsPolicy policyKind = "permissions"
)

type policy struct{ Statement []statement }

type statement struct {
	Effect                                   string
	Principal                                principal
	Action, NotAction, Resource, NotResource oneOrMore
	Condition                                map[string]map[string]oneOrMore
}

// oneOrMore is a string or a list of them, as policies write both.
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

// parsePolicy reads a policy document, or refuses it with IAM's code and text.
func parsePolicy(document string, kind policyKind) (*policy, error) {
	var loose struct {
		Version   string
		Statement json.RawMessage
	}
	malformed := func(message string) (*policy, error) {
		return nil, refuse("MalformedPolicyDocument", "%s", message)
	}
	if err := json.Unmarshal([]byte(document), &loose); err != nil {
		return malformed("This policy contains invalid Json")
	}
	if loose.Version != "" && loose.Version != "2012-10-17" && loose.Version != "2008-10-17" {
		return malformed("Syntax errors in policy.")
	}
	var p policy
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
		case kind == trustPolicy && hasResource:
			return malformed("Has prohibited field Resource")
		case kind == trustPolicy && !hasPrincipal:
			return malformed("Missing required field Principal")
		case kind == permissionsPolicy && hasPrincipal:
			return malformed("Policy document should not specify a principal.")
		case kind == permissionsPolicy && !hasResource:
			return malformed("Policy statement must contain resources.")
		}
	}
	return &p, nil
}

// An ask is one thing that somebody wants to do.
type ask struct {
	service  string // the principal, for trust policies
	action   string
	resource string
	context  map[string]string // aws:SourceAccount, aws:SourceArn
}

// allows is IAM's rule: a Deny that matches wins, then an Allow, otherwise no.
func allows(policies []*policy, a ask, kind policyKind) bool {
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

func (st statement) matches(a ask, kind policyKind) bool {
	if kind == trustPolicy {
		if !st.Principal.Any && !slices.Contains(st.Principal.Kind["Service"], a.service) {
			return false
		}
	} else if !inOrOut(st.Resource, st.NotResource, a.resource, wildcard) {
		return false
	}
	return inOrOut(st.Action, st.NotAction, a.action, wildcardFold) && st.conditionsHold(a.context)
}

func inOrOut(in, out oneOrMore, value string, match func(pattern, value string) bool) bool {
	matches := func(pattern string) bool { return match(pattern, value) }
	if len(out) > 0 {
		return !slices.ContainsFunc(out, matches)
	}
	return slices.ContainsFunc(in, matches)
}

// conditionsHold knows the operators that a role of a gateway has use for; a
// condition that it does not know does not hold, so it never allows too much.
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
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	matched, err := regexp.MatchString(`(?s)\A`+quoted+`\z`, value)
	return err == nil && matched
}

func wildcardFold(pattern, value string) bool {
	return wildcard(strings.ToLower(pattern), strings.ToLower(value))
}

const agentCorePrincipal = "bedrock-agentcore.amazonaws.com"

// trusts says whether AgentCore may take a role on behalf of a gateway.
func (r *role) trusts(gatewayARN string) bool {
	p, err := parsePolicy(r.Trust, trustPolicy)
	if err != nil {
		return false
	}
	return allows([]*policy{p}, ask{service: agentCorePrincipal, action: "sts:AssumeRole", context: r.sources(gatewayARN)}, trustPolicy)
}

// permits says whether a role may do something, for a gateway.
func (r *role) permits(action, resource, gatewayARN string) bool {
	var all []*policy
	documents := values(r.Inline)
	managed := managedPolicies()
	for _, name := range r.Attached {
		documents = append(documents, managed[name])
	}
	for _, document := range documents {
		if p, err := parsePolicy(document, permissionsPolicy); err == nil {
			all = append(all, p)
		}
	}
	return allows(all, ask{action: action, resource: resource, context: r.sources(gatewayARN)}, permissionsPolicy)
}

func (r *role) sources(gatewayARN string) map[string]string {
	return map[string]string{"aws:sourceaccount": r.Account, "aws:sourcearn": gatewayARN}
}
