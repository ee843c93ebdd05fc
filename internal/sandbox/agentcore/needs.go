package agentcore

import (
	"cmp"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// What a call needs is the action of its own name, and what AWS does on the way
// on behalf of the caller. The latter is known from:
//   - AWS's managed policy BedrockAgentCoreFullAccess, which is enough for
//     everything and has of Secrets Manager CreateSecret, PutSecretValue,
//     GetSecretValue and DeleteSecret;
//   - the AgentCore developer guide on gateways' permissions (iam:PassRole, the
//     workload identity);
//   - reports of people who were refused: CreateTokenVault, PutSecretValue on
//     update, DeleteSecret on delete, GetSecretValue on completion,
//     DeleteWorkloadIdentity after DeleteGateway.

// needs lists what a call must be allowed. For a resource that does not exist
// yet, the end of the ARN is written as policies write it: with ? for what is
// random.
func needs(c *aws.Call) []aws.Need {
	switch operation := c.Operation; {
	case operation == "TagResource" || operation == "UntagResource" || operation == "ListTagsForResource":
		return []aws.Need{c.Own(c.Text("resourceArn"))}
	case strings.Contains(operation, "CredentialProvider") || operation == "GetTokenVault":
		return providerNeeds(c)
	case strings.Contains(operation, "WorkloadIdentit"):
		return aws.Needs(c.OwnAction(), state.WorkloadARNs(c.Region, c.Account, c.Text("name"))...)
	default:
		return gatewayNeeds(c)
	}
}

func gatewayNeeds(c *aws.Call) []aws.Need {
	id := cmp.Or(c.Text("gatewayIdentifier"), "*")
	all := []aws.Need{c.Own((&state.Gateway{ID: id, Account: c.Account, Region: c.Region}).ARN())}
	switch c.Operation {
	case "CreateGateway":
		made := strings.ToLower(c.Text("name")) + "-??????????"
		all = append(all, aws.Need{Action: "iam:PassRole", Resource: c.Text("roleArn"), PassedTo: policy.AgentCore})
		if c.Has("tags") {
			all = append(all, aws.Need{Action: "bedrock-agentcore:TagResource", Resource: (&state.Gateway{ID: made, Account: c.Account, Region: c.Region}).ARN()})
		}
		all = append(all, aws.Needs("bedrock-agentcore:CreateWorkloadIdentity", state.WorkloadARNs(c.Region, c.Account, made)...)...)
	case "UpdateGateway":
		all = append(all, aws.Need{Action: "iam:PassRole", Resource: c.Text("roleArn"), PassedTo: policy.AgentCore})
	}
	return all
}

func providerNeeds(c *aws.Call) []aws.Need {
	vault, name := state.VaultARN(c.Region, c.Account), c.Text("name")
	all := []aws.Need{c.Own(vault)}
	if name == "" {
		return all
	}
	arn := state.ProviderARN(c.Region, c.Account, name)
	all = append(all, c.Own(arn))
	p := c.Realm.Providers[name]
	switch operation := c.Operation; {
	case operation == "CreateOauth2CredentialProvider" && p == nil:
		p = &state.CredentialProvider{Name: name, SecretSlug: "??????"}
		secret := state.SecretARN(c.Region, c.Account, p)
		all = append(all, aws.Need{Action: "bedrock-agentcore:GetTokenVault", Resource: vault},
			aws.Need{Action: "bedrock-agentcore:CreateTokenVault", Resource: vault},
			aws.Need{Action: "secretsmanager:CreateSecret", Resource: secret})
		if c.Has("tags") {
			all = append(all, aws.Need{Action: "bedrock-agentcore:TagResource", Resource: arn}, aws.Need{Action: "secretsmanager:TagResource", Resource: secret})
		}
	case operation == "UpdateOauth2CredentialProvider" && p != nil:
		all = append(all, aws.Need{Action: "secretsmanager:PutSecretValue", Resource: state.SecretARN(c.Region, c.Account, p)})
	case operation == "DeleteOauth2CredentialProvider" && p != nil:
		all = append(all, aws.Need{Action: "secretsmanager:DeleteSecret", Resource: state.SecretARN(c.Region, c.Account, p)})
	}
	return all
}
