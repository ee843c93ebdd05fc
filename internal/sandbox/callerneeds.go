package sandbox

import (
	"strings"
)

// What a call needs is the action of its own name, and what AWS does on the way
// in the caller's name. The latter is known from:
//   - AWS's managed policy BedrockAgentCoreFullAccess, which is enough for
//     everything and has of Secrets Manager CreateSecret, PutSecretValue,
//     GetSecretValue and DeleteSecret;
//   - the AgentCore developer guide on gateways' permissions (iam:PassRole, the
//     workload identity);
//   - reports of people who were refused: CreateTokenVault, PutSecretValue on
//     update, DeleteSecret on delete, GetSecretValue on completion,
//     DeleteWorkloadIdentity after DeleteGateway.

// needs lists what the call has to be allowed. Of a thing that does not exist
// yet, the end of the ARN is written as policies write it: with ? for what is
// random.
func (c *call) needs() []need {
	switch c.request.signedAs {
	case "cognito-idp":
		return c.cognitoNeeds()
	case "iam":
		return c.iamNeeds()
	case "bedrock-agentcore":
		return c.agentCoreNeeds()
	default: // sts:GetCallerIdentity needs no right, and no policy can deny it
		return nil
	}
}

// own is the need of the call's own action.
func (c *call) own(resource string) need {
	return need{action: c.request.signedAs + ":" + c.request.operation, resource: resource}
}

// text is a text member of the request.
func (c *call) text(name string) string {
	text, _ := c.input[name].(string)
	return text
}

// tagging says whether a create carries tags, for which AWS wants a right of its own.
func (c *call) tagging(member string) bool {
	switch given := c.input[member].(type) {
	case map[string]any:
		return len(given) > 0
	case []any:
		return len(given) > 0
	default:
		return false
	}
}

func (c *call) cognitoNeeds() []need {
	pool := func(id string) string { return (&userPool{ID: id, Account: c.account, Region: c.region}).arn() }
	switch c.request.operation {
	case "ListUserPools", "DescribeUserPoolDomain":
		return []need{c.own("*")}
	case "CreateUserPool":
		all := []need{c.own("*")}
		if c.tagging("UserPoolTags") {
			all = append(all, need{action: "cognito-idp:TagResource", resource: pool(c.region + "_?????????")})
		}
		return all
	case "TagResource", "UntagResource", "ListTagsForResource":
		return []need{c.own(c.text("ResourceArn"))}
	default:
		return []need{c.own(pool(c.text("UserPoolId")))}
	}
}

func (c *call) iamNeeds() []need {
	arn := (&role{Account: c.account, Path: "/" + strings.TrimPrefix(c.text("Path"), "/"), Name: c.text("RoleName")}).arn()
	if r := c.world.Roles[c.account+"/"+c.text("RoleName")]; r != nil {
		arn = r.arn()
	}
	own := c.own(arn) // of ListRoles it ends at the slash
	own.boundary = c.text("PermissionsBoundary")
	all := []need{own}
	if c.request.operation == "CreateRole" && c.tagging("Tags") {
		all = append(all, need{action: "iam:TagRole", resource: arn})
	}
	return all
}

func (c *call) agentCoreNeeds() []need {
	switch operation := c.request.operation; {
	case strings.HasSuffix(operation, "TagResource") || operation == "UntagResource" || operation == "ListTagsForResource":
		return []need{c.own(c.text("resourceArn"))}
	case strings.Contains(operation, "CredentialProvider") || operation == "GetTokenVault":
		return c.providerNeeds()
	case strings.Contains(operation, "WorkloadIdentit"):
		return identityNeeds(c.own("").action, c.region, c.account, c.text("name"))
	case strings.Contains(operation, "WorkloadAccessToken"):
		return identityNeeds(c.own("").action, c.region, c.account, c.text("workloadName"))
	case operation == "CompleteResourceTokenAuth":
		return c.completionNeeds()
	case operation == "GetResourceOauth2Token":
		return c.resourceTokenNeeds()
	default:
		return c.gatewayNeeds()
	}
}

func (c *call) gatewayNeeds() []need {
	id := orElse(c.text("gatewayIdentifier"), "*")
	all := []need{c.own((&gateway{ID: id, Account: c.account, Region: c.region}).arn())}
	switch c.request.operation {
	case "CreateGateway":
		made := strings.ToLower(c.text("name")) + "-??????????"
		all = append(all, need{action: "iam:PassRole", resource: c.text("roleArn"), passedTo: agentCorePrincipal})
		if c.tagging("tags") {
			all = append(all, need{action: "bedrock-agentcore:TagResource", resource: (&gateway{ID: made, Account: c.account, Region: c.region}).arn()})
		}
		all = append(all, identityNeeds("bedrock-agentcore:CreateWorkloadIdentity", c.region, c.account, made)...)
	case "UpdateGateway":
		all = append(all, need{action: "iam:PassRole", resource: c.text("roleArn"), passedTo: agentCorePrincipal})
	}
	return all
}

// identityNeeds are those of an action on a workload identity, or with no name
// on the directory alone.
func identityNeeds(action, region, account, name string) []need {
	all := []need{{action: action, resource: directoryARN(region, account)}}
	if name != "" {
		all = append(all, need{action: action, resource: workloadARN(region, account, name)})
	}
	return all
}

func (c *call) providerNeeds() []need {
	vault, name := vaultARN(c.region, c.account), c.text("name")
	all := []need{c.own(vault)}
	if name == "" {
		return all
	}
	arn := providerARN(c.region, c.account, name)
	all = append(all, c.own(arn))
	p := c.realm.Providers[name]
	switch operation := c.request.operation; {
	case operation == "CreateOauth2CredentialProvider" && p == nil:
		p = &oauthProvider{Name: name, SecretSlug: "??????"}
		secret := secretARN(c.region, c.account, p)
		all = append(all, need{action: "bedrock-agentcore:GetTokenVault", resource: vault},
			need{action: "bedrock-agentcore:CreateTokenVault", resource: vault},
			need{action: "secretsmanager:CreateSecret", resource: secret})
		if c.tagging("tags") {
			all = append(all, need{action: "bedrock-agentcore:TagResource", resource: arn}, need{action: "secretsmanager:TagResource", resource: secret})
		}
	case operation == "UpdateOauth2CredentialProvider" && p != nil:
		all = append(all, need{action: "secretsmanager:PutSecretValue", resource: secretARN(c.region, c.account, p)})
	case operation == "DeleteOauth2CredentialProvider" && p != nil:
		all = append(all, need{action: "secretsmanager:DeleteSecret", resource: secretARN(c.region, c.account, p)})
	}
	return all
}

// completionNeeds: the provider's secret is read to redeem the code.
func (c *call) completionNeeds() []need {
	all := []need{c.own(vaultARN(c.region, c.account))}
	r, ses := c.session(c.world, sealRequest, strings.TrimPrefix(c.text("sessionUri"), requestURN), c.now)
	if ses == nil || r != c.realm || r.Providers[ses.Provider] == nil {
		return all
	}
	return append(all, need{action: "secretsmanager:GetSecretValue", resource: secretARN(c.region, c.account, r.Providers[ses.Provider])})
}

func (c *call) resourceTokenNeeds() []need {
	name := c.text("resourceCredentialProviderName")
	all := []need{c.own(vaultARN(c.region, c.account)), c.own(providerARN(c.region, c.account, name))}
	all = append(all, identityNeeds(c.own("").action, c.region, c.account, "")...)
	if p := c.realm.Providers[name]; p != nil {
		all = append(all, need{action: "secretsmanager:GetSecretValue", resource: secretARN(c.region, c.account, p)})
	}
	return all
}
