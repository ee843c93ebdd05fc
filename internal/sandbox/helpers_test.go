package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	dp "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cipt "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
)

// start starts a sandbox for one test, in memory by default.
func start(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	if o.Port == 0 {
		o.Port = freeport.Take(t)
	}
	s, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// clock is a clock that moves only in Advance.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// clients are SDK clients of one account.
type clients struct {
	sts     *sts.Client
	iam     *iam.Client
	cognito *cip.Client
	control *ac.Client
	data    *dp.Client
}

func connect(endpoint, keyID string) clients {
	cfg := aws.Config{
		Region: sandbox.Region, BaseEndpoint: aws.String(endpoint), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(keyID, "secret", ""),
	}
	return clients{sts.NewFromConfig(cfg), iam.NewFromConfig(cfg), cip.NewFromConfig(cfg), ac.NewFromConfig(cfg), dp.NewFromConfig(cfg)}
}

const (
	trustDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	adminPolicy   = "arn:aws:iam::aws:policy/AdministratorAccess"
	userinfoAPI   = `{"openapi":"3.0.0","info":{"title":"LinkedIn","version":"2"},"servers":[{"url":"https://api.linkedin.com/v2"}],"paths":{"/userinfo":{"get":{"operationId":"getUserInfo","summary":"Get User Information","responses":{"200":{"description":"ok"}}}}}}`
	toolName      = "LinkedInAuthCode___getUserInfo"
)

// walk creates with the SDK what the walkthrough creates.
type walk struct {
	t          *testing.T
	s          *sandbox.Server
	c          clients
	poolID     string
	clientID   string
	secret     string
	scope      string
	roleName   string
	roleARN    string
	gatewayID  string
	gatewayURL string
	provider   string
	callback   string
	targetID   string
	bearer     string
}

func ctx() context.Context { return context.Background() }

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWalk(t *testing.T, s *sandbox.Server) *walk {
	return &walk{t: t, s: s, c: connect(s.Endpoint(), sandbox.AccessKeyID), roleName: "BedrockAgentCoreGatewayRole-x", provider: "ac-provider-x"}
}

// all creates everything up to the target, with the ready app.
func (w *walk) all() *walk {
	w.t.Helper()
	w.inbound()
	w.makeRole(adminPolicy)
	w.makeGateway(nil)
	w.makeProvider(w.s.ReadyApp())
	w.makeTarget("http://localhost:9090/oauth2/callback")
	w.bearer = w.token()
	return w
}

func (w *walk) inbound() {
	w.t.Helper()
	pool := must(w.c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("pool")}))(w.t)
	w.poolID = *pool.UserPool.Id
	domain := strings.ToLower(strings.ReplaceAll(w.poolID, "_", ""))
	must(w.c.cognito.CreateUserPoolDomain(ctx(), &cip.CreateUserPoolDomainInput{Domain: &domain, UserPoolId: &w.poolID}))(w.t)
	must(w.c.cognito.CreateResourceServer(ctx(), &cip.CreateResourceServerInput{
		UserPoolId: &w.poolID, Identifier: aws.String("rs"), Name: aws.String("rs"),
		Scopes: []cipt.ResourceServerScopeType{{ScopeName: aws.String("call"), ScopeDescription: aws.String("call")}},
	}))(w.t)
	w.scope = "rs/call"
	made := must(w.c.cognito.CreateUserPoolClient(ctx(), &cip.CreateUserPoolClientInput{
		UserPoolId: &w.poolID, ClientName: aws.String("machine"), GenerateSecret: true,
		AllowedOAuthFlows: []cipt.OAuthFlowType{cipt.OAuthFlowTypeClientCredentials}, AllowedOAuthScopes: []string{w.scope},
		AllowedOAuthFlowsUserPoolClient: true, SupportedIdentityProviders: []string{"COGNITO"},
	}))(w.t)
	w.clientID, w.secret = *made.UserPoolClient.ClientId, *made.UserPoolClient.ClientSecret
	for range 5 {
		d := must(w.c.cognito.DescribeUserPoolDomain(ctx(), &cip.DescribeUserPoolDomainInput{Domain: &domain}))(w.t)
		if d.DomainDescription.Status == cipt.DomainStatusTypeActive {
			return
		}
	}
	w.t.Fatal("the domain did not become ACTIVE")
}

func (w *walk) makeRole(attach string) {
	w.t.Helper()
	role := must(w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: &w.roleName, AssumeRolePolicyDocument: aws.String(trustDocument)}))(w.t)
	w.roleARN = *role.Role.Arn
	if attach != "" {
		must(w.c.iam.AttachRolePolicy(ctx(), &iam.AttachRolePolicyInput{RoleName: &w.roleName, PolicyArn: &attach}))(w.t)
	}
}

func (w *walk) gatewayInput() *ac.CreateGatewayInput {
	return &ac.CreateGatewayInput{
		Name: aws.String("gateway-authcode-x"), RoleArn: &w.roleARN, ProtocolType: act.GatewayProtocolTypeMcp, AuthorizerType: act.AuthorizerTypeCustomJwt,
		ProtocolConfiguration: &act.GatewayProtocolConfigurationMemberMcp{Value: act.MCPGatewayConfiguration{
			SupportedVersions: []string{"2025-03-26", "2025-11-25"}, SearchType: act.SearchTypeSemantic,
		}},
		AuthorizerConfiguration: &act.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: act.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl:   aws.String("https://cognito-idp.us-east-1.amazonaws.com/" + w.poolID + "/.well-known/openid-configuration"),
			AllowedClients: []string{w.clientID},
		}},
	}
}

func (w *walk) makeGateway(change func(*ac.CreateGatewayInput)) {
	w.t.Helper()
	in := w.gatewayInput()
	if change != nil {
		change(in)
	}
	made := must(w.c.control.CreateGateway(ctx(), in))(w.t)
	w.gatewayID, w.gatewayURL = *made.GatewayId, *made.GatewayUrl
	for range 5 {
		g := must(w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID}))(w.t)
		if g.Status == act.GatewayStatusReady {
			return
		}
	}
	w.t.Fatal("the gateway does not become READY")
}

func (w *walk) makeProvider(clientID, secret string) {
	w.t.Helper()
	made := must(w.c.control.CreateOauth2CredentialProvider(ctx(), &ac.CreateOauth2CredentialProviderInput{
		Name: &w.provider, CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2,
		Oauth2ProviderConfigInput: &act.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: act.LinkedinOauth2ProviderConfigInput{ClientId: &clientID, ClientSecret: &secret}},
	}))(w.t)
	w.callback = *made.CallbackUrl
}

// useApp changes the provider's app.
func (w *walk) useApp(clientID, secret string) {
	w.t.Helper()
	must(w.c.control.UpdateOauth2CredentialProvider(ctx(), &ac.UpdateOauth2CredentialProviderInput{
		Name: &w.provider, CredentialProviderVendor: act.CredentialProviderVendorTypeLinkedinOauth2,
		Oauth2ProviderConfigInput: &act.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{Value: act.LinkedinOauth2ProviderConfigInput{ClientId: &clientID, ClientSecret: &secret}},
	}))(w.t)
}

func (w *walk) targetInput(returnURL string) *ac.CreateGatewayTargetInput {
	return &ac.CreateGatewayTargetInput{
		GatewayIdentifier: &w.gatewayID, Name: aws.String("LinkedInAuthCode"),
		TargetConfiguration: &act.TargetConfigurationMemberMcp{Value: &act.McpTargetConfigurationMemberOpenApiSchema{Value: &act.ApiSchemaConfigurationMemberInlinePayload{Value: userinfoAPI}}},
		CredentialProviderConfigurations: []act.CredentialProviderConfiguration{{
			CredentialProviderType: act.CredentialProviderTypeOauth,
			CredentialProvider: &act.CredentialProviderMemberOauthCredentialProvider{Value: act.OAuthCredentialProvider{
				ProviderArn: aws.String("arn:aws:bedrock-agentcore:us-east-1:111122223333:token-vault/default/oauth2credentialprovider/" + w.provider),
				GrantType:   act.OAuthGrantTypeAuthorizationCode, DefaultReturnUrl: &returnURL, Scopes: []string{"openid", "profile", "email"},
			}},
		}},
	}
}

func (w *walk) makeTarget(returnURL string) {
	w.t.Helper()
	made := must(w.c.control.CreateGatewayTarget(ctx(), w.targetInput(returnURL)))(w.t)
	w.targetID = *made.TargetId
	for range 5 {
		g := must(w.c.control.GetGatewayTarget(ctx(), &ac.GetGatewayTargetInput{GatewayIdentifier: &w.gatewayID, TargetId: &w.targetID}))(w.t)
		if g.Status == act.TargetStatusReady {
			return
		}
	}
	w.t.Fatal("the target does not become READY")
}

func (w *walk) token() string {
	w.t.Helper()
	status, body := postForm(w.t, w.s.Endpoint()+"/"+w.poolID+"/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {w.clientID}, "client_secret": {w.secret}, "scope": {w.scope},
	})
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || out.AccessToken == "" {
		w.t.Fatalf("token endpoint: %d %s", status, body)
	}
	return out.AccessToken
}

func postForm(t *testing.T, address string, form url.Values) (int, string) {
	t.Helper()
	reply, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, readAll(t, reply)
}

func readAll(t *testing.T, reply *http.Response) string {
	t.Helper()
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
