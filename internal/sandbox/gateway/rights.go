package gateway

import (
	"fmt"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// denied is the first thing that the gateway's role may not do for this call, in
// IAM's words. The gateway reads its own settings, gets a workload access token
// (the developer guide asks for GetWorkloadAccessToken; for a user with a JWT
// the other is called), and with it the user's token, for which Identity reads
// the provider's secret. Asking for that token needs the vault, the provider
// and the identity.
func (v *visit) denied(p *state.CredentialProvider) string {
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
