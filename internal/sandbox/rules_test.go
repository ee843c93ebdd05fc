package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/sandbox"
)

func TestSignatures(t *testing.T) {
	s := start(t, sandbox.Options{})
	spoil := func(call rawCall, sign func(http.Header)) rawCall {
		call.sign = sign
		return call
	}
	replace := func(old, with string) func(http.Header) {
		return func(h http.Header) { h.Set("Authorization", strings.Replace(h.Get("Authorization"), old, with, 1)) }
	}
	unsigned := func(h http.Header) { h.Del("Authorization") }
	stale := func(h http.Header) {
		h.Set("X-Amz-Date", "20260101T000000Z")
		h.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIASANDBOX000000000/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("ab", 32))
	}
	whoami := query("sts", "2011-06-15", "GetCallerIdentity")
	pools := cognito("ListUserPools", `{"MaxResults":1}`)
	gateways := rest(http.MethodGet, "/gateways/", "")
	expectRules(t, s.Endpoint(), []rule{
		{"query unsigned", spoil(whoami, unsigned), 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
		{"json unsigned", spoil(pools, unsigned), 400, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"rest unsigned", spoil(gateways, unsigned), 403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"Basic authentication", spoil(gateways, func(h http.Header) { h.Set("Authorization", "Basic eDp5") }), 403, "IncompleteSignatureException", "algorithm"},
		{"no signature part", spoil(whoami, replace("Signature=", "Signed=")), 400, "IncompleteSignature", "'Signature'"},
		{"short credential", spoil(pools, replace("/aws4_request", "")), 400, "IncompleteSignatureException", "5 slash-delimited"},
		{"another service", spoil(whoami, replace("/sts/", "/s3/")), 403, "SignatureDoesNotMatch", "correct service: 'sts'"},
		{"unsigned host", spoil(pools, replace("host;", "")), 400, "InvalidSignatureException", "'Host'"},
		{"no date", spoil(pools, func(h http.Header) { h.Del("X-Amz-Date") }), 400, "IncompleteSignatureException", "X-Amz-Date"},
		{"too old", spoil(pools, stale), 400, "InvalidSignatureException", "Signature expired"},
		{"not hexadecimal", spoil(gateways, replace("abab", "zzzz")), 403, "InvalidSignatureException", "does not match"},
		{"unknown action", iamCall("ListUsers"), 400, "InvalidAction", "ListUsers"},
		{"unknown target", cognito("AdminCreateUser", `{}`), 400, "UnknownOperationException", ""},
		{"unknown path", rest(http.MethodPost, "/identities/Nothing", `{}`), 404, "UnknownOperationException", ""},
		{"broken body", cognito("ListUserPools", `{`), 400, "SerializationException", ""},
	})
}

func TestCognitoRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	domain := strings.ToLower(strings.ReplaceAll(w.poolID, "_", ""))
	pool := func(format string, args ...any) string {
		return fmt.Sprintf(`{"UserPoolId":"`+w.poolID+`",`+format+`}`, args...)
	}
	client := func(more string) rawCall {
		return cognito("CreateUserPoolClient", pool(`"ClientName":"c","AllowedOAuthFlowsUserPoolClient":true,`+more))
	}
	expectRules(t, s.Endpoint(), []rule{
		{"pool without a name", cognito("CreateUserPool", `{}`), 400, "InvalidParameterException", "'poolName' failed to satisfy constraint: Member must not be null"},
		{"pool name pattern", cognito("CreateUserPool", `{"PoolName":"a/b"}`), 400, "InvalidParameterException", `Value 'a/b' at 'poolName'`},
		{"pool name too long", cognito("CreateUserPool", `{"PoolName":"`+strings.Repeat("x", 129)+`"}`), 400, "InvalidParameterException", "less than or equal to 128"},
		{"too many per page", cognito("ListUserPools", `{"MaxResults":61}`), 400, "InvalidParameterException", "less than or equal to 60"},
		{"page size missing", cognito("ListUserPools", `{}`), 400, "InvalidParameterException", "'maxResults'"},
		{"foreign token", cognito("ListUserPools", `{"MaxResults":1,"NextToken":"x"}`), 400, "InvalidParameterException", "pagination token"},
		{"unknown pool", cognito("DescribeUserPool", `{"UserPoolId":"us-east-1_nothing00"}`), 400, "ResourceNotFoundException", "User pool us-east-1_nothing00 does not exist."},
		{"domain taken", cognito("CreateUserPoolDomain", pool(`"Domain":%q`, domain)), 400, "InvalidParameterException", "Domain already associated with another user pool"},
		{"a second domain", cognito("CreateUserPoolDomain", pool(`"Domain":"other"`)), 400, "InvalidParameterException", "already has a domain"},
		{"reserved word", cognito("CreateUserPoolDomain", pool(`"Domain":"my-aws-domain"`)), 400, "InvalidParameterException", "Domain cannot contain reserved word: aws"},
		{"capitals in a domain", cognito("CreateUserPoolDomain", pool(`"Domain":"Upper"`)), 400, "InvalidParameterException", "regular expression"},
		{"another pool's domain", cognito("DeleteUserPoolDomain", pool(`"Domain":"other"`)), 400, "InvalidParameterException", "No such domain or user pool exists."},
		{"pool with a domain", cognito("DeleteUserPool", `{"UserPoolId":"`+w.poolID+`"}`), 400, "InvalidParameterException", "User pool cannot be deleted. It has a domain configured that should be deleted first."},
		{"server taken", cognito("CreateResourceServer", pool(`"Identifier":"rs","Name":"rs"`)), 400, "InvalidParameterException", "rs already exists in user pool"},
		{"slash in a scope", cognito("CreateResourceServer", pool(`"Identifier":"r2","Name":"r2","Scopes":[{"ScopeName":"a/b","ScopeDescription":"x"}]`)), 400, "InvalidParameterException", "regular expression"},
		{"unknown server", cognito("DescribeResourceServer", pool(`"Identifier":"r3"`)), 400, "ResourceNotFoundException", "Resource server does not exist."},
		{"unknown client", cognito("DescribeUserPoolClient", pool(`"ClientId":"nobody"`)), 400, "ResourceNotFoundException", "nobody"},
		{"unknown scope", client(`"GenerateSecret":true,"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["rs/other"]`), 400, "ScopeDoesNotExistException", "rs/other"},
		{"machine without a secret", client(`"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["rs/call"]`), 400, "InvalidOAuthFlowException", "does not have a client secret"},
		{"machine and person", client(`"GenerateSecret":true,"AllowedOAuthFlows":["code","client_credentials"],"AllowedOAuthScopes":["rs/call"]`), 400, "InvalidOAuthFlowException", "along with code flow"},
		{"flows missing", client(`"GenerateSecret":true`), 400, "InvalidOAuthFlowException", "are required"},
		{"unknown flow", client(`"GenerateSecret":true,"AllowedOAuthFlows":["magic"],"AllowedOAuthScopes":["rs/call"]`), 400, "InvalidParameterException", "enum value set"},
		{"unknown identity provider", client(`"GenerateSecret":true,"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["rs/call"],"SupportedIdentityProviders":["Google"]`), 400, "InvalidParameterException", "The provider Google does not exist"},
		{"another account's pool", rawCall{service: "cognito-idp", method: "POST", path: "/", key: "222233334444", headers: cognito("DescribeUserPool", "").headers, body: pool(`"x":1`)}, 400, "ResourceNotFoundException", "does not exist"},
	})
	missing := cognito("DescribeUserPoolDomain", `{"Domain":"nothing"}`).send(t, s.Endpoint())
	if missing.Status != 200 || strings.TrimSpace(missing.Raw) != `{"DomainDescription":{}}` {
		t.Errorf("an absent domain: %d %s", missing.Status, missing.Raw)
	}
}

func TestIAMRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.makeRole(adminPolicy)
	bare := must(w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: aws.String("inline"), AssumeRolePolicyDocument: aws.String(trustDocument)}))(t)
	allowAll := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	must(w.c.iam.PutRolePolicy(ctx(), &iam.PutRolePolicyInput{RoleName: bare.Role.RoleName, PolicyName: aws.String("p"), PolicyDocument: &allowAll}))(t)
	create := func(name, document string) rawCall {
		return iamCall("CreateRole", "RoleName", name, "AssumeRolePolicyDocument", document)
	}
	put := func(document string) rawCall {
		return iamCall("PutRolePolicy", "RoleName", w.roleName, "PolicyName", "p", "PolicyDocument", document)
	}
	expectRules(t, s.Endpoint(), []rule{
		{"name missing", iamCall("GetRole"), 400, "ValidationError", "'roleName' failed to satisfy constraint: Member must not be null"},
		{"name pattern", create("a b", trustDocument), 400, "ValidationError", "regular expression"},
		{"name too long", create(strings.Repeat("x", 65), trustDocument), 400, "ValidationError", "less than or equal to 64"},
		{"taken", create(w.roleName, trustDocument), 409, "EntityAlreadyExists", "Role with name " + w.roleName + " already exists."},
		{"trust is no JSON", create("r", "{"), 400, "MalformedPolicyDocument", "invalid Json"},
		{"trust names no principal", create("r", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`), 400, "MalformedPolicyDocument", "Principal"},
		{"trust names a resource", create("r", strings.Replace(trustDocument, `"Action"`, `"Resource":"*","Action"`, 1)), 400, "MalformedPolicyDocument", "prohibited field Resource"},
		{"policy without resources", put(`{"Statement":[{"Effect":"Allow","Action":"*"}]}`), 400, "MalformedPolicyDocument", "must contain resources"},
		{"policy with a principal", put(trustDocument), 400, "MalformedPolicyDocument", "should not specify a principal"},
		{"policy without statements", put(`{"Version":"2012-10-17","Statement":[]}`), 400, "MalformedPolicyDocument", "at least one statement"},
		{"absent role", iamCall("GetRole", "RoleName", "nobody"), 404, "NoSuchEntity", "The role with name nobody cannot be found."},
		{"absent inline policy", iamCall("GetRolePolicy", "RoleName", w.roleName, "PolicyName", "nothing"), 404, "NoSuchEntity", "nothing"},
		{"absent managed policy", iamCall("AttachRolePolicy", "RoleName", w.roleName, "PolicyArn", "arn:aws:iam::aws:policy/Nothing"), 404, "NoSuchEntity", "does not exist or is not attachable"},
		{"not attached", iamCall("DetachRolePolicy", "RoleName", "inline", "PolicyArn", adminPolicy), 404, "NoSuchEntity", "was not found"},
		{"delete with attached", iamCall("DeleteRole", "RoleName", w.roleName), 409, "DeleteConflict", "Cannot delete entity, must detach all policies first."},
		{"delete with inline", iamCall("DeleteRole", "RoleName", "inline"), 409, "DeleteConflict", "Cannot delete entity, must delete policies first."},
		{"page too large", iamCall("ListRoles", "MaxItems", "1001"), 400, "ValidationError", "less than or equal to 1000"},
		{"foreign marker", iamCall("ListRoles", "Marker", "x"), 400, "ValidationError", "Marker"},
	})
}

func TestGatewayRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	must(w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: aws.String("stranger"), AssumeRolePolicyDocument: aws.String(
		strings.Replace(trustDocument, "bedrock-agentcore", "lambda", 1))}))(t)
	create := func(name, role, more string) rawCall {
		return rest(http.MethodPost, "/gateways/", fmt.Sprintf(`{"name":%q,"roleArn":%q,%s}`, name, role, more))
	}
	const jwt = `"authorizerType":"CUSTOM_JWT","authorizerConfiguration":{"customJWTAuthorizer":{"discoveryUrl":"https://x/p/.well-known/openid-configuration","allowedClients":["c"]}}`
	one := "/gateways/" + w.gatewayID + "/"
	arn := func(role string) string { return "arn:aws:iam::111122223333:role/" + role }
	expectRules(t, s.Endpoint(), []rule{
		{"name missing", rest(http.MethodPost, "/gateways/", `{}`), 400, "ValidationException", "Value null at '/name' failed to satisfy constraint: Member must not be null"},
		{"name pattern", create("a_b", w.roleARN, jwt), 400, "ValidationException", "regular expression"},
		{"role ARN pattern", create("g", "role", jwt), 400, "ValidationException", "'/roleArn'"},
		{"unknown authorizer", create("g", w.roleARN, `"authorizerType":"MAGIC"`), 400, "ValidationException", "enum value set"},
		{"authorizer missing", create("g", w.roleARN, `"authorizerType":"CUSTOM_JWT"`), 400, "ValidationException", "Authorizer configuration is required"},
		{"discovery URL", create("g", w.roleARN, strings.Replace(jwt, "/.well-known/openid-configuration", "", 1)), 400, "ValidationException", "discoveryUrl"},
		{"no client allowed", create("g", w.roleARN, strings.Replace(jwt, `,"allowedClients":["c"]`, "", 1)), 400, "ValidationException", "At least one of"},
		{"unknown version", create("g", w.roleARN, jwt+`,"protocolConfiguration":{"mcp":{"supportedVersions":["1999-01-01"]}}`), 400, "ValidationException", "1999-01-01"},
		{"short client token", create("g", w.roleARN, jwt+`,"clientToken":"short"`), 400, "ValidationException", "greater than or equal to 33"},
		{"name taken", create("gateway-authcode-x", w.roleARN, jwt), 409, "ConflictException", "already exists"},
		{"role missing", create("g", arn("nobody"), jwt), 400, "ValidationException", arn("nobody")},
		{"role trusts another", create("g", arn("stranger"), jwt), 400, "ValidationException", arn("stranger")},
		{"another account's role", create("g", "arn:aws:iam::222233334444:role/"+w.roleName, jwt), 400, "ValidationException", "222233334444"},
		{"absent", rest(http.MethodGet, "/gateways/nothing-0123456789/", ""), 404, "ResourceNotFoundException", "nothing-0123456789"},
		{"identifier pattern", rest(http.MethodGet, "/gateways/NOTHING/", ""), 400, "ValidationException", "gatewayIdentifier"},
		{"delete with targets", rest(http.MethodDelete, one, ""), 400, "ValidationException", "Gateway " + w.gatewayID + " has targets associated with it. Delete all targets before deleting the gateway."},
		{"page too large", rest(http.MethodGet, "/gateways/?maxResults=1001", ""), 400, "ValidationException", "maxResults"},
		{"foreign token", rest(http.MethodGet, "/gateways/?nextToken=x", ""), 400, "ValidationException", "nextToken"},
		{"rename", rest(http.MethodPut, one, `{"name":"other","roleArn":"`+w.roleARN+`",`+jwt+`}`), 400, "ValidationException", "cannot be changed"},
		{"tags missing", rest(http.MethodPost, "/tags/arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway%2F"+w.gatewayID, `{}`), 400, "ValidationException", "'/tags'"},
		{"tags of nothing", rest(http.MethodGet, "/tags/arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway%2Fnothing", ""), 404, "ResourceNotFoundException", "nothing"},
	})
}

func TestTargetRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	iamGateway := w.gatewayInput()
	iamGateway.Name, iamGateway.AuthorizerType, iamGateway.AuthorizerConfiguration = aws.String("by-iam"), act.AuthorizerTypeAwsIam, nil
	byIAM := *must(w.c.control.CreateGateway(ctx(), iamGateway))(t).GatewayId
	oldGateway := w.gatewayInput()
	oldGateway.Name, oldGateway.ProtocolConfiguration = aws.String("by-old"), nil
	byOld := *must(w.c.control.CreateGateway(ctx(), oldGateway))(t).GatewayId
	create := func(gateway, name, document, oauth string) rawCall {
		return rest(http.MethodPost, "/gateways/"+gateway+"/targets/", fmt.Sprintf(
			`{"name":%q,"targetConfiguration":{"mcp":{"openApiSchema":{"inlinePayload":%q}}},"credentialProviderConfigurations":[{"credentialProviderType":"OAUTH","credentialProvider":{"oauthCredentialProvider":%s}}]}`,
			name, document, oauth))
	}
	const vault = `"providerArn":"arn:aws:bedrock-agentcore:us-east-1:111122223333:token-vault/default/oauth2credentialprovider/`
	good := `{` + vault + w.provider + `","scopes":["openid"],"grantType":"AUTHORIZATION_CODE","defaultReturnUrl":"http://localhost:1"}`
	with := func(old, new string) string { return strings.Replace(userinfoAPI, old, new, 1) }
	expectRules(t, s.Endpoint(), []rule{
		{"gateway still CREATING", create(byIAM, "t", userinfoAPI, good), 400, "ValidationException", "Cannot perform operation CreateGatewayTarget when gateway is in CREATING status"},
		{"3LO behind IAM", create(byIAM, "t", userinfoAPI, good), 400, "ValidationException", "3LO Auth is not supported when gateway authorizer type is AWS_IAM"},
		{"old gateway still CREATING", create(byOld, "t", userinfoAPI, good), 400, "ValidationException", "CREATING"},
		{"no elicitation version", create(byOld, "t", userinfoAPI, good), 400, "ValidationException", "2025-11-25"},
		{"name taken", create(w.gatewayID, "LinkedInAuthCode", userinfoAPI, good), 409, "ConflictException", "already exists"},
		{"name pattern", create(w.gatewayID, "a_b", userinfoAPI, good), 400, "ValidationException", "regular expression"},
		{"document is no JSON", create(w.gatewayID, "t", "openapi: 3", good), 400, "ValidationException", "not valid JSON"},
		{"server without https", create(w.gatewayID, "t", with("https://", "http://"), good), 400, "ValidationException", "https"},
		{"no servers", create(w.gatewayID, "t", with(`"servers":[{"url":"https://api.linkedin.com/v2"}],`, ""), good), 400, "ValidationException", "server"},
		{"operation without id", create(w.gatewayID, "t", with(`"operationId":"getUserInfo",`, ""), good), 400, "ValidationException", "operationId is missing"},
		{"no return URL", create(w.gatewayID, "t", userinfoAPI, strings.Replace(good, `,"defaultReturnUrl":"http://localhost:1"`, "", 1)), 400, "ValidationException", "defaultReturnUrl"},
		{"return URL pattern", create(w.gatewayID, "t", userinfoAPI, strings.Replace(good, "http://localhost:1", "nowhere", 1)), 400, "ValidationException", "defaultReturnUrl"},
		{"unknown grant", create(w.gatewayID, "t", userinfoAPI, strings.Replace(good, "AUTHORIZATION_CODE", "MAGIC", 1)), 400, "ValidationException", "enum value set"},
		{"absent provider", create(w.gatewayID, "t", userinfoAPI, strings.Replace(good, w.provider, "nothing", 1)), 400, "ValidationException", "does not exist"},
		{"no credentials", rest(http.MethodPost, "/gateways/"+w.gatewayID+"/targets/", `{"name":"t","targetConfiguration":{"mcp":{"openApiSchema":{"inlinePayload":`+fmt.Sprintf("%q", userinfoAPI)+`}}},"credentialProviderConfigurations":[]}`), 400, "ValidationException", "greater than or equal to 1"},
		{"two kinds at once", rest(http.MethodPost, "/gateways/"+w.gatewayID+"/targets/", `{"name":"t","targetConfiguration":{"mcp":{},"http":{}}}`), 400, "ValidationException", "exactly one value"},
		{"absent target", rest(http.MethodGet, "/gateways/"+w.gatewayID+"/targets/0123456789/", ""), 404, "ResourceNotFoundException", "0123456789"},
		{"absent gateway", create("nothing-0123456789", "t", userinfoAPI, good), 404, "ResourceNotFoundException", "nothing-0123456789"},
		{"provider in use", identities("DeleteOauth2CredentialProvider", `{"name":"`+w.provider+`"}`), 409, "ConflictException", "in use"},
	})

	if got := rest(http.MethodDelete, "/gateways/"+w.gatewayID+"/targets/"+w.targetID+"/", "").send(t, s.Endpoint()); got.Status != 202 {
		t.Fatalf("delete: %s", got.Raw)
	}
	expectRules(t, s.Endpoint(), []rule{
		{"name taken while DELETING", create(w.gatewayID, "LinkedInAuthCode", userinfoAPI, good), 409, "ConflictException", "already exists"},
	})
}

func TestProviderRules(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.makeProvider("client", "secret")
	create := func(name, vendor, config string) rawCall {
		return identities("CreateOauth2CredentialProvider", fmt.Sprintf(`{"name":%q,"credentialProviderVendor":%q,"oauth2ProviderConfigInput":%s}`, name, vendor, config))
	}
	const linkedin = `{"linkedinOauth2ProviderConfig":{"clientId":"c","clientSecret":"s"}}`
	expectRules(t, s.Endpoint(), []rule{
		{"name taken", create(w.provider, "LinkedinOauth2", linkedin), 400, "ValidationException", "Credential provider with name: " + w.provider + " already exists"},
		{"name pattern", create("a b", "LinkedinOauth2", linkedin), 400, "ValidationException", "regular expression"},
		{"the documentation's spelling", create("p", "LinkedInOAuth2", linkedin), 400, "ValidationException", "enum value set"},
		{"another vendor's member", create("p", "GithubOauth2", linkedin), 400, "ValidationException", "githubOauth2ProviderConfig"},
		{"no secret", create("p", "LinkedinOauth2", `{"linkedinOauth2ProviderConfig":{"clientId":"c"}}`), 400, "ValidationException", "clientSecret"},
		{"no configuration", create("p", "LinkedinOauth2", `{}`), 400, "ValidationException", "exactly one value"},
		{"absent", identities("GetOauth2CredentialProvider", `{"name":"nothing"}`), 404, "ResourceNotFoundException", "nothing"},
		{"page too large", identities("ListOauth2CredentialProviders", `{"maxResults":21}`), 400, "ValidationException", "less than or equal to 20"},
		{"identity name too short", identities("CreateWorkloadIdentity", `{"name":"ab"}`), 400, "ValidationException", "greater than or equal to 3"},
		{"absent identity", identities("UpdateWorkloadIdentity", `{"name":"nothing","allowedResourceOauth2ReturnUrls":[]}`), 404, "ResourceNotFoundException", "nothing"},
		{"return URL pattern", identities("CreateWorkloadIdentity", `{"name":"abc","allowedResourceOauth2ReturnUrls":["nowhere"]}`), 400, "ValidationException", "regular expression"},
		{"absent vault", identities("get-token-vault", `{"tokenVaultId":"other"}`), 404, "ResourceNotFoundException", "other"},
	})
	if got := identities("DeleteOauth2CredentialProvider", `{"name":"nothing"}`).send(t, s.Endpoint()); got.Status != 204 || got.Raw != "" {
		t.Errorf("deleting an absent provider: %d %s", got.Status, got.Raw)
	}
}

func TestClientTokensAreIdempotent(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	w.inbound()
	w.makeRole(adminPolicy)
	in := w.gatewayInput()
	in.ClientToken = aws.String("01234567-0123-0123-0123-0123456789ab")
	first := must(w.c.control.CreateGateway(ctx(), in))(t)
	again := must(w.c.control.CreateGateway(ctx(), in))(t)
	if *first.GatewayId != *again.GatewayId {
		t.Errorf("the same token made %s and %s", *first.GatewayId, *again.GatewayId)
	}
	in.Description = aws.String("another")
	_, err := w.c.control.CreateGateway(ctx(), in)
	if err == nil || !strings.Contains(err.Error(), "ValidationException") {
		t.Errorf("another input with the same token: %v", err)
	}
	list := must(w.c.control.ListGateways(ctx(), &ac.ListGatewaysInput{}))(t)
	if len(list.Items) != 1 {
		t.Errorf("%d gateways", len(list.Items))
	}
}
