// Package agentcore simulates the control plane of Amazon Bedrock AgentCore:
// gateways, targets, OAuth2 credential providers, workload identities and tags.
package agentcore

import (
	"agentcore-3lo/internal/sandbox/aws"
)

// Service returns AgentCore's control plane.
func Service() aws.Service {
	return aws.Service{
		Name: "bedrock-agentcore-control", SignedAs: "bedrock-agentcore", Protocol: aws.RESTJSON, Permissions: requiredPermissions,
		Operations: aws.Merge(gatewayOperations(), targetOperations(), providerOperations(), workloadOperations(), tagOperations()),
	}
}
