package iampolicy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
)

// given is a policy document that the user wrote. Each element may be one string or a
// list.
type given struct {
	Statement oneOrMore[struct {
		Effect    string
		Principal principals
		Action    oneOrMore[string]
		NotAction oneOrMore[string]
		Condition map[string]map[string]oneOrMore[string]
	}]
}

type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, (*[]T)(o)) == nil {
		return nil
	}
	var one T
	err := json.Unmarshal(raw, &one)
	*o = []T{one}
	return err
}

// principals are those of the kind Service; "*" is everybody.
type principals struct{ Service oneOrMore[string] }

func (p *principals) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"*"` {
		p.Service = []string{"*"}
		return nil
	}
	type plain principals
	return json.Unmarshal(raw, (*plain)(p))
}

// Distrusts says why AgentCore could not assume the role for this run's
// gateway; "" = it could, as far as the document shows.
func Distrusts(w *awsenv.Environment, n run.Names, document string) string {
	var d given
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return "cannot be read: " + err.Error()
	}
	why := "does not let " + AgentCorePrincipal + " assume it"
	for _, s := range d.Statement {
		if s.Effect != "Allow" || !matchesAny(s.Action, "sts:AssumeRole") || !matchesAny(s.Principal.Service, AgentCorePrincipal) {
			continue
		}
		refusal := ""
		for _, keys := range s.Condition {
			for key, values := range keys {
				switch {
				case strings.EqualFold(key, "aws:SourceAccount") && !matchesAny(values, w.Account):
					refusal = "trusts only gateways of account " + strings.Join(values, ", ")
				case strings.EqualFold(key, "aws:SourceArn") && !slices.ContainsFunc(values, func(v string) bool { return coversGateway(w, n, v) }):
					refusal = "trusts only " + strings.Join(values, ", ") + ", which this run's gateway will not be"
				}
			}
		}
		if refusal == "" {
			return ""
		}
		why = refusal
	}
	return why
}

// coversGateway reports whether a pattern can match the ARN of the future gateway.
func coversGateway(w *awsenv.Environment, n run.Names, pattern string) bool {
	return wildcard(pattern, w.ARN("bedrock-agentcore", "gateway/"+strings.TrimSuffix(n.GatewayPattern(), "*")+"0123456789"))
}

// Allowed lists the actions that a policy allows, as patterns. all says that it
// allows almost everything.
func Allowed(document string) (actions []string, all bool, err error) {
	var d given
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return nil, false, err
	}
	for _, s := range d.Statement {
		if s.Effect == "Allow" {
			actions = append(actions, s.Action...)
			all = all || len(s.NotAction) > 0
		}
	}
	return actions, all, nil
}

// Missing lists the actions of the document that no pattern allows.
func (d Document) Missing(allowed []string) []string {
	var missing []string
	for _, s := range d.Statement {
		for _, action := range s.Action {
			if !matchesAny(allowed, action) {
				missing = append(missing, action)
			}
		}
	}
	return missing
}

func matchesAny(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return wildcard(p, value) })
}

// wildcard matches * and ? as policies do, ignoring case.
func wildcard(pattern, value string) bool {
	expression := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	matched, err := regexp.MatchString(`(?is)^`+expression+`$`, value)
	return err == nil && matched
}
