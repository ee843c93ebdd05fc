package iampolicy

import (
	"cmp"
	"encoding/json"
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
)

// Scope narrows the policy of a caller.
type Scope struct {
	Account, Region string // "*" = any
	RoleARN         string // an existing role for the gateway; "" = the program creates one
	OwnRole         bool   // with RoleARN: the run has also created one, and will delete it
	Boundary        string // ARN of the permissions boundary of the role to create; "" = none
}

// ScopeOf is the scope of a run; what is given now takes the place of the run's.
func ScopeOf(r *run.Record, given Scope) Scope {
	return Scope{
		Account: cmp.Or(r.Environment.Account, "*"), Region: cmp.Or(r.Environment.Region, given.Region, "*"),
		RoleARN:  cmp.Or(given.RoleARN, r.Settings.RoleARN),
		OwnRole:  r.Find("role") != nil,
		Boundary: cmp.Or(given.Boundary, r.Settings.PermissionsBoundary),
	}
}

// Caller is the IAM policy that the person (not the gateway) needs for a
// walk, a re-run and the cleanup. Asking who is calling needs no right (STS API
// reference, GetCallerIdentity).
func Caller(s Scope) string {
	partition, account, region := awsenv.PartitionOf(s.Region).ID, s.Account, s.Region
	arn := func(service, region, account, resource string) string {
		return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, region, account, resource)
	}
	agentcore := func(resource string) string { return arn("bedrock-agentcore", region, account, resource) }
	role := arn("iam", "", account, "role/"+run.Names{Run: "*"}.Role())
	secret := arn("secretsmanager", region, account, "secret:bedrock-agentcore-identity!default/oauth2/*")
	directory := "workload-identity-directory/default"
	statements := []object{
		{"Sid": "UserPoolLists", "Effect": "Allow", "Resource": "*",
			"Action": actions("cognito-idp", "CreateUserPool", "ListUserPools", "DescribeUserPoolDomain")},
		{"Sid": "UserPools", "Effect": "Allow", "Resource": arn("cognito-idp", region, account, "userpool/*"),
			"Action": actions("cognito-idp", "DescribeUserPool", "DeleteUserPool", "TagResource",
				"CreateUserPoolDomain", "DeleteUserPoolDomain",
				"CreateResourceServer", "DescribeResourceServer", "UpdateResourceServer",
				"CreateUserPoolClient", "DescribeUserPoolClient", "ListUserPoolClients", "UpdateUserPoolClient")},
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
		{"Sid": "RoleList", "Effect": "Allow", "Resource": "*", "Action": actions("iam", "ListRoles")},
		// Only SageMaker Studio needs this, for the space's address.
		{"Sid": "StudioSpace", "Effect": "Allow", "Resource": arn("sagemaker", region, account, "space/*"), "Action": actions("sagemaker", "DescribeSpace")},
		{"Sid": "ProviderSecrets", "Effect": "Allow", "Resource": secret,
			"Action": actions("secretsmanager", "CreateSecret", "PutSecretValue", "TagResource", "GetSecretValue", "DeleteSecret")},
	}
	statements = append(statements, s.roleStatements(role)...)
	raw, _ := json.MarshalIndent(object{"Version": "2012-10-17", "Statement": statements}, "", "  ") // plain maps always marshal
	return string(raw)
}

// roleStatements are for the gateway's role: the one that the program creates, and
// the one that the user gave.
func (s Scope) roleStatements(pattern string) []object {
	var all []object
	var passed []string
	if s.RoleARN != "" {
		passed = append(passed, s.RoleARN)
		all = append(all, object{"Sid": "GivenRole", "Effect": "Allow", "Resource": s.RoleARN,
			"Action": actions("iam", "GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies")})
	}
	if s.RoleARN == "" || s.OwnRole {
		passed = append(passed, pattern)
		all = append(all, s.creation(pattern), object{"Sid": "GatewayRole", "Effect": "Allow", "Resource": pattern,
			"Action": actions("iam", "GetRole", "TagRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "GetRolePolicy",
				"ListRolePolicies", "DeleteRolePolicy", "ListAttachedRolePolicies", "DetachRolePolicy", "DeleteRole")})
	}
	return append(all, object{"Sid": "PassGatewayRole", "Effect": "Allow", "Resource": passed, "Action": actions("iam", "PassRole"),
		"Condition": object{"StringEquals": object{"iam:PassedToService": AgentCorePrincipal}}})
}

// creation allows a role to be created, with the boundary if there is one.
func (s Scope) creation(pattern string) object {
	if s.Boundary == "" {
		return object{"Sid": "CreateGatewayRole", "Effect": "Allow", "Resource": pattern, "Action": actions("iam", "CreateRole")}
	}
	return object{"Sid": "CreateGatewayRole", "Effect": "Allow", "Resource": pattern, "Action": actions("iam", "CreateRole", "PutRolePermissionsBoundary"),
		"Condition": object{"StringEquals": object{"iam:PermissionsBoundary": s.Boundary}}}
}

type object = map[string]any

func actions(service string, names ...string) []string {
	for i := range names {
		names[i] = service + ":" + names[i]
	}
	return names
}
