package agentcore

import (
	"cmp"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

// A call needs the permission for its own action, and those for what AWS does with
// the caller's permissions during the call. The latter are known from:

// requiredPermissions lists the permissions that a call needs. For a resource that
// does not exist yet, the random end of its ARN is replaced by ? wildcards, as in
// policies.
func requiredPermissions(c *aws.Call) []aws.Permission {
	switch operation := c.Operation; {
	case operation == "TagResource" || operation == "UntagResource" || operation == "ListTagsForResource":
		return []aws.Permission{c.OwnPermission(c.Text("resourceArn"))}
	case strings.Contains(operation, "CredentialProvider") || operation == "GetTokenVault":
		return providerPermissions(c)
	case strings.Contains(operation, "WorkloadIdentit"):
		return aws.Permissions(c.OwnAction(), state.WorkloadARNs(c.Region, c.Account, c.Text("name"))...)
	default:
		return gatewayPermissions(c)
	}
}

func gatewayPermissions(c *aws.Call) []aws.Permission {
	id := cmp.Or(c.Text("gatewayIdentifier"), "*")
	all := []aws.Permission{c.OwnPermission((&state.Gateway{ID: id, Account: c.Account, Region: c.Region}).ARN())}
	switch c.Operation {
	case "CreateGateway":
		made := strings.ToLower(c.Text("name")) + "-??????????"
		all = append(all, aws.Permission{Action: "iam:PassRole", Resource: c.Text("roleArn"), PassedTo: policy.AgentCore})
		if c.Has("tags") {
			all = append(all, aws.Permission{Action: "bedrock-agentcore:TagResource", Resource: (&state.Gateway{ID: made, Account: c.Account, Region: c.Region}).ARN()})
		}
		all = append(all, aws.Permissions("bedrock-agentcore:CreateWorkloadIdentity", state.WorkloadARNs(c.Region, c.Account, made)...)...)
	case "UpdateGateway":
		all = append(all, aws.Permission{Action: "iam:PassRole", Resource: c.Text("roleArn"), PassedTo: policy.AgentCore})
	}
	return all
}

func providerPermissions(c *aws.Call) []aws.Permission {
	vault, name := state.VaultARN(c.Region, c.Account), c.Text("name")
	all := []aws.Permission{c.OwnPermission(vault)}
	if name == "" {
		return all
	}
	arn := state.ProviderARN(c.Region, c.Account, name)
	all = append(all, c.OwnPermission(arn))
	p := c.Realm.Providers[name]
	switch operation := c.Operation; {
	case operation == "CreateOauth2CredentialProvider" && p == nil:
		p = &state.CredentialProvider{Name: name, SecretSlug: "??????"}
		secret := state.SecretARN(c.Region, c.Account, p)
		all = append(all, aws.Permission{Action: "bedrock-agentcore:GetTokenVault", Resource: vault},
			aws.Permission{Action: "bedrock-agentcore:CreateTokenVault", Resource: vault},
			aws.Permission{Action: "secretsmanager:CreateSecret", Resource: secret})
		if c.Has("tags") {
			all = append(all, aws.Permission{Action: "bedrock-agentcore:TagResource", Resource: arn}, aws.Permission{Action: "secretsmanager:TagResource", Resource: secret})
		}
	case operation == "UpdateOauth2CredentialProvider" && p != nil:
		all = append(all, aws.Permission{Action: "secretsmanager:PutSecretValue", Resource: state.SecretARN(c.Region, c.Account, p)})
	case operation == "DeleteOauth2CredentialProvider" && p != nil:
		all = append(all, aws.Permission{Action: "secretsmanager:DeleteSecret", Resource: state.SecretARN(c.Region, c.Account, p)})
	}
	return all
}
