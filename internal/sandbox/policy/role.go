package policy

import (
	"maps"
	"slices"

	"agentcore-3lo/internal/sandbox/state"
)

// AgentCore is the service principal that assumes a gateway's role.
const AgentCore = "bedrock-agentcore.amazonaws.com"

// ManagedPrefix is the prefix of the ARNs of AWS managed policies.
const ManagedPrefix = "arn:aws:iam::aws:policy/"

// Managed returns the AWS managed policies that the sandbox supports, reduced to
// what matters for a gateway's role.
func Managed() map[string]string {
	return map[string]string{
		"AdministratorAccess":        `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"PowerUserAccess":            `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}`,
		"ReadOnlyAccess":             `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["bedrock-agentcore:Get*","bedrock-agentcore:List*"],"Resource":"*"}]}`,
		"BedrockAgentCoreFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"},{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:bedrock-agentcore*"}]}`,
	}
}

// Trusts reports whether AgentCore may assume a role for a gateway.
func Trusts(r *state.Role, gatewayARN string) bool {
	p, err := Parse(r.Trust, Trust)
	if err != nil {
		return false
	}
	return Allows([]*Policy{p}, Request{Service: AgentCore, Action: "sts:AssumeRole", Context: sources(r, gatewayARN)}, Trust)
}

// Permits reports whether a role's policies allow an action, for a gateway.
func Permits(r *state.Role, action, resource, gatewayARN string) bool {
	var all []*Policy
	documents := slices.Collect(maps.Values(r.Inline))
	managed := Managed()
	for _, name := range r.Attached {
		documents = append(documents, managed[name])
	}
	for _, document := range documents {
		if p, err := Parse(document, Permissions); err == nil {
			all = append(all, p)
		}
	}
	return Allows(all, Request{Action: action, Resource: resource, Context: sources(r, gatewayARN)}, Permissions)
}

func sources(r *state.Role, gatewayARN string) map[string]string {
	return map[string]string{"aws:sourceaccount": r.Account, "aws:sourcearn": gatewayARN}
}
