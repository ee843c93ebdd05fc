package steps

import (
	"encoding/json"
	"fmt"
)

// CallerPolicy is the IAM policy that the person (not the gateway) needs for a
// walk, a re-run and the cleanup. Account and region may be "*". Asking who is
// calling needs no right (STS API reference, GetCallerIdentity).
func CallerPolicy(partition, account, region string, n Names) string {
	arn := func(service, region, account, resource string) string {
		return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, region, account, resource)
	}
	agentcore := func(resource string) string { return arn("bedrock-agentcore", region, account, resource) }
	role := arn("iam", "", account, "role/"+Names{Run: "*"}.Role())
	secret := arn("secretsmanager", region, account, "secret:bedrock-agentcore-identity!default/oauth2/*")
	directory := "workload-identity-directory/default"
	type object = map[string]any
	actions := func(service string, names ...string) []string {
		for i := range names {
			names[i] = service + ":" + names[i]
		}
		return names
	}
	statements := []object{
		{"Sid": "UserPoolLists", "Effect": "Allow", "Resource": "*",
			"Action": actions("cognito-idp", "CreateUserPool", "ListUserPools", "DescribeUserPoolDomain")},
		{"Sid": "UserPools", "Effect": "Allow", "Resource": arn("cognito-idp", region, account, "userpool/*"),
			"Action": actions("cognito-idp", "DescribeUserPool", "DeleteUserPool", "TagResource",
				"CreateUserPoolDomain", "DeleteUserPoolDomain",
				"CreateResourceServer", "DescribeResourceServer", "UpdateResourceServer",
				"CreateUserPoolClient", "DescribeUserPoolClient", "ListUserPoolClients", "UpdateUserPoolClient")},
		{"Sid": "GatewayRole", "Effect": "Allow", "Resource": role,
			"Action": actions("iam", "CreateRole", "GetRole", "TagRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "GetRolePolicy",
				"ListRolePolicies", "DeleteRolePolicy", "ListAttachedRolePolicies", "DetachRolePolicy", "DeleteRole")},
		{"Sid": "RoleList", "Effect": "Allow", "Resource": "*", "Action": actions("iam", "ListRoles")},
		{"Sid": "PassGatewayRole", "Effect": "Allow", "Resource": role,
			"Action":    actions("iam", "PassRole"),
			"Condition": object{"StringEquals": object{"iam:PassedToService": "bedrock-agentcore.amazonaws.com"}}},
		{"Sid": "Gateways", "Effect": "Allow", "Resource": []string{agentcore("gateway/*")},
			"Action": actions("bedrock-agentcore", "CreateGateway", "GetGateway", "UpdateGateway", "DeleteGateway", "ListGateways",
				"CreateGatewayTarget", "GetGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget", "ListGatewayTargets",
				"TagResource", "ListTagsForResource")},
		{"Sid": "CredentialProviders", "Effect": "Allow",
			"Resource": []string{agentcore("token-vault/default"), agentcore("token-vault/default/oauth2credentialprovider/*")},
			"Action": actions("bedrock-agentcore", "CreateOauth2CredentialProvider", "GetOauth2CredentialProvider",
				"UpdateOauth2CredentialProvider", "DeleteOauth2CredentialProvider", "ListOauth2CredentialProviders",
				"CreateTokenVault", "GetTokenVault", "TagResource", "ListTagsForResource")},
		{"Sid": "WorkloadIdentities", "Effect": "Allow",
			"Resource": []string{agentcore(directory), agentcore(directory + "/workload-identity/*"), agentcore("token-vault/default"), agentcore("token-vault/default/oauth2credentialprovider/*")},
			"Action": actions("bedrock-agentcore", "CreateWorkloadIdentity", "GetWorkloadIdentity", "UpdateWorkloadIdentity",
				"DeleteWorkloadIdentity", "CompleteResourceTokenAuth")},
		{"Sid": "ProviderSecrets", "Effect": "Allow", "Resource": secret,
			"Action": actions("secretsmanager", "CreateSecret", "PutSecretValue", "TagResource", "GetSecretValue", "DeleteSecret")},
	}
	raw, _ := json.MarshalIndent(object{"Version": "2012-10-17", "Statement": statements}, "", "  ") // plain maps always marshal
	return string(raw)
}
