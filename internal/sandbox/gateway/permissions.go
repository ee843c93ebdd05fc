package gateway

import (
	"fmt"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// denied returns the first permission that the gateway's role lacks for this call,
// in IAM's words, or "". The gateway reads its own settings and gets a workload
// access token (the developer guide names GetWorkloadAccessToken; for a user with a
// JWT the gateway calls GetWorkloadAccessTokenForJWT). With it, it gets the user's
// token, which needs permissions on the vault, the provider and the identity; for
// that, Identity reads the provider's secret.
func (v *mcpRequest) denied(p *state.CredentialProvider) string {
	g := v.gateway
	r := v.world.RoleByARN(g.Input.RoleARN)
	if r == nil || !policy.Trusts(r, g.ARN()) {
		return fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", policy.AgentCore, g.Input.RoleARN)
	}
	identity := state.WorkloadARN(g.Region, g.Account, g.ID)
	directory := state.DirectoryARN(g.Region, g.Account)
	vault := state.VaultARN(g.Region, g.Account)
	needs := []struct {
		action    string
		resources []string
	}{
		{"bedrock-agentcore:GetGateway", []string{g.ARN()}},
		{"bedrock-agentcore:GetWorkloadAccessToken", []string{directory, identity}},
		{"bedrock-agentcore:GetWorkloadAccessTokenForJWT", []string{directory, identity}},
		{"bedrock-agentcore:GetResourceOauth2Token", []string{vault, state.ProviderARN(g.Region, g.Account, p.Name), directory, identity}},
		{"secretsmanager:GetSecretValue", []string{state.SecretARN(g.Region, g.Account, p)}},
	}
	for _, need := range needs {
		for _, resource := range need.resources {
			if !policy.Permits(r, need.action, resource, g.ARN()) {
				return aws.NotAuthorized(fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/gateway-session-%s", g.Account, r.Name, g.ID), need.action, resource)
			}
		}
	}
	return ""
}
