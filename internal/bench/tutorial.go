//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	data "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	datatypes "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/vendors/linkedin"
)

// tutorial goes the tutorial's own way: its cells in their order, with the calls of its
// utils.py and its fixed pauses. The person runs each cell at once, and takes no time
// at the portal. Starting the notebook and its callback server is left out.
type tutorial struct {
	*awsenv.Environment
	server *server
	names  run.Names

	pool, client, secret string
	provider             string
	gateway, address     string
	role                 string
}

// cellPause is what the tutorial's loop sleeps between two looks at the gateway, and
// targetPause what utils.delete_gateway sleeps after each target.
const (
	cellPause   = 10 * time.Second
	targetPause = 5 * time.Second
)

func newTutorial(ctx context.Context, s *server) (*tutorial, error) {
	env, err := awsenv.Open(ctx, awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: s.Endpoint(), AccessKeyID: sandbox.AccessKeyID, SecretAccessKey: sandbox.SecretAccessKey,
		Region: sandbox.Region, Portal: s.PortalURL()}})
	return &tutorial{Environment: env, server: s, names: run.Names{Run: "tutorial"}}, err
}

func (t *tutorial) walk(ctx context.Context) error {
	for _, cell := range []func(context.Context) error{t.inbound, t.outbound, t.createGateway, t.createTarget, t.test} {
		if err := cell(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *tutorial) inbound(ctx context.Context) error {
	if _, err := t.Cognito.ListUserPools(ctx, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}); err != nil {
		return err
	}
	pool, err := t.Cognito.CreateUserPool(ctx, &cognito.CreateUserPoolInput{PoolName: aws.String(t.names.UserPool())})
	if err != nil {
		return err
	}
	t.pool = aws.ToString(pool.UserPool.Id)
	if _, err := t.Cognito.CreateUserPoolDomain(ctx, &cognito.CreateUserPoolDomainInput{Domain: aws.String(t.names.Domain(t.pool)), UserPoolId: &t.pool}); err != nil {
		return err
	}
	id := aws.String(t.names.ResourceServer())
	if _, err := t.Cognito.DescribeResourceServer(ctx, &cognito.DescribeResourceServerInput{UserPoolId: &t.pool, Identifier: id}); err == nil {
		return errors.New("the resource server exists before it is created")
	}
	if _, err := t.Cognito.CreateResourceServer(ctx, &cognito.CreateResourceServerInput{UserPoolId: &t.pool, Identifier: id, Name: aws.String(t.names.ResourceServerName()),
		Scopes: []cognitotypes.ResourceServerScopeType{{ScopeName: aws.String(t.names.Scope()), ScopeDescription: aws.String("Full access")}}}); err != nil {
		return err
	}
	if _, err := t.Cognito.ListUserPoolClients(ctx, &cognito.ListUserPoolClientsInput{UserPoolId: &t.pool, MaxResults: aws.Int32(60)}); err != nil {
		return err
	}
	client, err := t.Cognito.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{UserPoolId: &t.pool, ClientName: aws.String(t.names.Client()), GenerateSecret: true,
		AllowedOAuthFlows: []cognitotypes.OAuthFlowType{cognitotypes.OAuthFlowTypeClientCredentials}, AllowedOAuthScopes: []string{t.names.FullScope()},
		AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: []string{"COGNITO"},
		ExplicitAuthFlows: []cognitotypes.ExplicitAuthFlowsType{cognitotypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}})
	if err == nil {
		t.client, t.secret = aws.ToString(client.UserPoolClient.ClientId), aws.ToString(client.UserPoolClient.ClientSecret)
	}
	return err
}

func (t *tutorial) outbound(ctx context.Context) error {
	name, vendor := aws.String(t.names.Provider()), linkedin.Vendor()
	_, _ = t.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: name}) // usually there is none
	id, secret := t.server.ReadyApp()
	out, err := t.Control.CreateOauth2CredentialProvider(ctx, &control.CreateOauth2CredentialProviderInput{Name: name, CredentialProviderVendor: vendor.Type,
		Oauth2ProviderConfigInput: &types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: types.LinkedinOauth2ProviderConfigInput{ClientId: &id, ClientSecret: &secret}}})
	if err == nil {
		t.provider = aws.ToString(out.CredentialProviderArn)
	}
	return err
}

func (t *tutorial) createGateway(ctx context.Context) error {
	t.role = t.names.Role()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	role, err := t.IAM.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &t.role, AssumeRolePolicyDocument: &trust})
	if err != nil {
		return err
	}
	if _, err := t.IAM.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &t.role, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}); err != nil {
		return err
	}
	out, err := t.Control.CreateGateway(ctx, &control.CreateGatewayInput{Name: aws.String(t.names.Gateway()), ProtocolType: types.GatewayProtocolTypeMcp, RoleArn: role.Role.Arn,
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{SupportedVersions: []string{"2025-03-26", "2025-11-25"}, SearchType: types.SearchTypeSemantic}},
		AuthorizerType:        types.AuthorizerTypeCustomJwt,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl: aws.String(t.DiscoveryURL(t.pool)), AllowedClients: []string{t.client}}}})
	if err != nil {
		return err
	}
	t.gateway, t.address = aws.ToString(out.GatewayId), aws.ToString(out.GatewayUrl)
	for {
		g, err := t.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &t.gateway})
		if err != nil || g.Status == types.GatewayStatusReady {
			return err
		}
		time.Sleep(cellPause)
	}
}

// createTarget creates the target, and waits as long as the sandbox takes: the tutorial
// does not look, and its person takes longer to come to the next cell.
func (t *tutorial) createTarget(ctx context.Context) error {
	vendor := linkedin.Vendor()
	_, err := t.Control.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{GatewayIdentifier: &t.gateway, Name: &vendor.Target, Description: aws.String("Target created for testing"),
		CredentialProviderConfigurations: []types.CredentialProviderConfiguration{{CredentialProviderType: types.CredentialProviderTypeOauth,
			CredentialProvider: &types.CredentialProviderMemberOauthCredentialProvider{Value: types.OAuthCredentialProvider{ProviderArn: &t.provider,
				GrantType: types.OAuthGrantTypeAuthorizationCode, DefaultReturnUrl: aws.String("http://localhost:3021"), Scopes: vendor.Scopes}}}},
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: vendor.OpenAPI}}}})
	if err == nil && t.server.lasts.Call > 0 {
		time.Sleep(t.server.lasts.Target)
	}
	return err
}

// test gets a token and makes the two calls, with a callback server between them.
func (t *tutorial) test(ctx context.Context) error {
	token, err := t.token(ctx)
	if err != nil {
		return err
	}
	bound := make(chan error, 1)
	browser := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := t.Data.CompleteResourceTokenAuth(ctx, &data.CompleteResourceTokenAuthInput{SessionUri: aws.String(r.URL.Query().Get("session_id")),
			UserIdentifier: &datatypes.UserIdentifierMemberUserToken{Value: token}})
		bound <- err
	}))
	defer browser.Close()
	call := func(force bool) error {
		vendor := linkedin.Vendor()
		client := mcp.Client{HTTP: t.HTTP, URL: t.address, Token: token, Label: func(ctx context.Context, _ string) context.Context { return ctx }}
		result, err := client.CallTool(ctx, mcp.ToolCall{Name: vendor.Tool(), ReturnURL: browser.URL + "/oauth2/callback", ForceAuthentication: &force})
		if err != nil {
			return err
		}
		return result.Failure()
	}
	var needed *mcp.ElicitationError
	if err := call(true); !errors.As(err, &needed) {
		return fmt.Errorf("no link: %w", err)
	}
	if err := (sandbox.Person{}).Allow(ctx, needed.Elicitations[0].URL); err != nil {
		return err
	}
	if err := <-bound; err != nil {
		return err
	}
	return call(false)
}

// token is the client credentials grant at the pool's token endpoint, whose address the
// tutorial composes.
func (t *tutorial) token(ctx context.Context) (string, error) {
	address := strings.TrimSuffix(t.DiscoveryURL(t.pool), "/.well-known/openid-configuration") + "/oauth2/token"
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {t.client}, "client_secret": {t.secret}, "scope": {t.names.FullScope()}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := t.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var reply struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil || reply.Token == "" {
		return "", fmt.Errorf("the token endpoint answers HTTP %d: %w", resp.StatusCode, err)
	}
	return reply.Token, nil
}

// clean is the tutorial's last cell. It waits for nothing but its fixed pause, so what
// AWS has not deleted by then may be left.
func (t *tutorial) clean(ctx context.Context) error {
	all, err := t.Control.ListGatewayTargets(ctx, &control.ListGatewayTargetsInput{GatewayIdentifier: &t.gateway})
	if err != nil {
		return err
	}
	for _, x := range all.Items {
		if _, err := t.Control.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: &t.gateway, TargetId: x.TargetId}); err != nil {
			return err
		}
		time.Sleep(targetPause)
	}
	_, gatewayErr := t.Control.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &t.gateway})
	_, providerErr := t.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: aws.String(t.names.Provider())})
	if err := errors.Join(gatewayErr, providerErr); err != nil {
		return err
	}
	return t.cleanCognitoAndRole(ctx)
}

func (t *tutorial) cleanCognitoAndRole(ctx context.Context) error {
	pool, err := t.Cognito.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: &t.pool})
	if err != nil {
		return err
	}
	if _, err := t.Cognito.DeleteUserPoolDomain(ctx, &cognito.DeleteUserPoolDomainInput{UserPoolId: &t.pool, Domain: pool.UserPool.Domain}); err != nil {
		return err
	}
	if _, err := t.Cognito.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: &t.pool}); err != nil {
		return err
	}
	attached, err := t.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &t.role})
	if err != nil {
		return err
	}
	for _, p := range attached.AttachedPolicies {
		if _, err := t.IAM.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &t.role, PolicyArn: p.PolicyArn}); err != nil {
			return err
		}
	}
	_, err = t.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &t.role})
	return err
}
