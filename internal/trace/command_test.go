package trace_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
)

func exchange(service, operation, method, url, body string) *trace.Exchange {
	return &trace.Exchange{Exchange: wire.Exchange{From: wire.Program, To: wire.PartyOf(service, operation), Service: service, Operation: operation, Status: 200,
		Request: wire.Message{Method: method, URL: url, Body: body}}}
}

const control = "https://bedrock-agentcore-control.us-east-1.amazonaws.com"

func TestCommandsOfTheAWSCLI(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of   *trace.Exchange
		want string // with the line breaks taken out; "" = none
	}{
		"JSON": {exchange("Cognito Identity Provider", "DescribeUserPool", "POST", "https://cognito-idp.eu-west-1.amazonaws.com/", `{"UserPoolId":"eu-west-1_a"}`),
			"aws cognito-idp describe-user-pool --user-pool-id eu-west-1_a --region eu-west-1"},
		"path": {exchange("Bedrock AgentCore Control", "GetGatewayTarget", "GET", control+"/gateways/g-1/targets/T1/", ""),
			"aws bedrock-agentcore-control get-gateway-target --gateway-identifier g-1 --target-id T1 --region us-east-1"},
		"query": {exchange("Bedrock AgentCore Control", "UntagResource", "DELETE", control+"/tags/arn%3Aaws%3Ax%2Fy?tagKeys=a", ""),
			`aws bedrock-agentcore-control untag-resource --resource-arn arn:aws:x/y --tag-keys '["a"]' --region us-east-1`},
		"sandbox": {exchange("STS", "GetCallerIdentity", "POST", "http://127.0.0.1:9595/", "Action=GetCallerIdentity&Version=2011-06-15"),
			"AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox aws sts get-caller-identity --endpoint-url http://127.0.0.1:9595 --region us-east-1"},
		"custom endpoint": {exchange("Bedrock AgentCore Control", "ListGateways", "GET", "https://vpce-1.bedrock-agentcore-control.us-east-1.vpce.amazonaws.com/gateways/?maxResults=1", ""),
			"aws bedrock-agentcore-control list-gateways --max-results 1 --endpoint-url https://vpce-1.bedrock-agentcore-control.us-east-1.vpce.amazonaws.com"},
		"flat lists": {exchange("IAM", "TagRole", "POST", "https://iam.amazonaws.com/", "Action=TagRole&RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=b+c&Tags.member.2.Key=d&Tags.member.2.Value=&Version=2010-05-08"),
			`aws iam tag-role --role-name r --tags '[{"Key":"a","Value":"b c"},{"Key":"d","Value":""}]'`},
		"booleans and quotes": {exchange("Cognito Identity Provider", "CreateUserPoolClient", "POST", "https://cognito-idp.us-east-1.amazonaws.com/",
			`{"GenerateSecret":true,"EnableTokenRevocation":false,"AllowedOAuthFlows":["client_credentials"],"ClientName":"it's","AccessTokenValidity":1}`),
			`aws cognito-idp create-user-pool-client --generate-secret --no-enable-token-revocation --allowed-o-auth-flows '["client_credentials"]' --client-name 'it'\''s' --access-token-validity 1 --region us-east-1`},
		"client secret": {exchange("Bedrock AgentCore Control", "CreateOauth2CredentialProvider", "POST", control+"/identities/CreateOauth2CredentialProvider",
			`{"name":"p","oauth2ProviderConfigInput":{"linkedinOauth2ProviderConfig":{"clientId":"c","clientSecret":"[redacted]"}}}`),
			`aws bedrock-agentcore-control create-oauth2-credential-provider --name p --oauth2-provider-config-input '{"linkedinOauth2ProviderConfig":{"clientId":"c","clientSecret":"'"${CLIENT_SECRET:?see the Auth tab of the app}"'"}}' --region us-east-1`},
		"session": {exchange("Bedrock AgentCore", "CompleteResourceTokenAuth", "POST", "https://bedrock-agentcore.us-east-1.amazonaws.com/identities/CompleteResourceTokenAuth",
			`{"sessionUri":"session 12","userIdentifier":{"userToken":"[redacted]"}}`),
			`aws bedrock-agentcore complete-resource-token-auth --session-uri "${SESSION_ID:?the session_id in the address on which the browser ended}"` +
				` --user-identifier '{"userToken":"'"${ACCESS_TOKEN:?it is what this prints: a3 token --run demo}"'"}' --region us-east-1`},
		"control characters in JSON": {exchange("Cognito Identity Provider", "CreateUserPool", "POST", "https://cognito-idp.us-east-1.amazonaws.com/", "{\"UserPoolTags\":{\"a\":\"\u009b\u202e\U0001f600\x7f\\u001b\"}}"),
			`aws cognito-idp create-user-pool --user-pool-tags '{"a":"\u009b\u202e\ud83d\ude00\u007f\u001b"}' --region us-east-1`},
		"control characters in text":  {exchange("Cognito Identity Provider", "CreateUserPool", "POST", "https://cognito-idp.us-east-1.amazonaws.com/", `{"PoolName":"a\nrm -rf b"}`), ""},
		"control characters in a URL": {exchange("STS", "GetCallerIdentity", "POST", "http://127.0.0.1:9595/\n", ""), ""},
		"a body that was cut":         {exchange("Bedrock AgentCore Control", "CreateGatewayTarget", "POST", control+"/gateways/g/targets/", `{"name":"a`), ""},
		"a secret out of reach":       {exchange("Bedrock AgentCore Control", "CreateGateway", "POST", control+"/gateways/", `{"a":{"b":"{\"secret\":\"[redacted]\"}"}}`), ""},
		"an unknown service":          {exchange("SSO", "GetRoleCredentials", "GET", "https://portal.sso.us-east-1.amazonaws.com/", ""), ""},
	} {
		got := trace.Repeat(c.of, "a3 token --run demo")
		if text := strings.ReplaceAll(got.Text, " \\\n  ", " "); text != c.want || (got.Tool == "AWS CLI") != (c.want != "") {
			t.Errorf("%s: %q\n%s\nwant\n%s", name, got.Tool, text, c.want)
		}
	}
}

// sh runs a command in a shell, as if it were pasted.
func sh(t *testing.T, command string, env ...string) (out string, err error) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	c := exec.Command("sh", "-c", command)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}, env...)
	raw, err := c.CombinedOutput()
	return string(raw), err
}

// A pasted command does what the program did: with curl and, where it is installed, with
// the AWS CLI.
func TestPastedCommandsWork(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	r, _ := walked(t)
	commands := map[string]trace.Command{}
	for _, x := range trace.Read(entries(t, r)).Exchanges() {
		commands[x.Name()] = trace.Repeat(x, "agentcore-3lo token")
		if commands[x.Name()].Tool == "" {
			t.Errorf("%s has no command", x.Name())
		}
	}
	pool, client := r.ResourceID("user_pool"), r.ResourceID("user_pool_client")
	described, err := r.AWS.Cognito.DescribeUserPoolClient(context.Background(), &cognito.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &client})
	if err != nil {
		t.Fatal(err)
	}
	fetch := commands["POST /oauth2/token"]
	if out, err := sh(t, fetch.Text); err == nil || !strings.Contains(out, "CLIENT_SECRET") || !strings.Contains(out, "describe-user-pool-client") {
		t.Errorf("without the secret: %v\n%s", err, out)
	}
	out, err := sh(t, fetch.Text, "CLIENT_SECRET="+*described.UserPoolClient.ClientSecret)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal([]byte(out), &token) != nil || token.AccessToken == "" {
		t.Fatalf("no token: %v\n%s\n%s", err, out, fetch.Text)
	}
	if out, err := sh(t, commands["tools/call"].Text, "ACCESS_TOKEN="+token.AccessToken); err != nil || !strings.Contains(out, "ana@example.com") {
		t.Errorf("no profile: %v\n%s\n%s", err, out, commands["tools/call"].Text)
	}
	if _, err := exec.LookPath("aws"); err != nil || testing.Short() {
		t.Skip("the AWS CLI is not installed, or the test is to be short")
	}
	for name, want := range map[string]string{"GetGateway": `"gatewayUrl"`, "GetGatewayTarget": `"targetId"`, "DescribeUserPoolDomain": "DomainDescription"} {
		if out, err := sh(t, commands[name].Text); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, commands[name].Text)
		}
	}
}

func TestTheVisitCanBeRepeated(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip(err)
	}
	got := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.Query().Get("session_id") }))
	defer s.Close()
	tr := &trace.Trace{}
	tr.Add(noon, "consent", 1, wire.Arrival{Kind: "known", URL: s.URL + "/oauth2/callback"})
	const session = "urn:ietf:params:oauth:request_uri:a-b_c~d.e"
	command := trace.Repeat(tr.Exchanges()[0], "")
	if out, err := sh(t, command.Text, "SESSION_ID="+session); err != nil || !strings.Contains(out, "200 OK") {
		t.Fatalf("%v\n%s", err, out)
	}
	if s := <-got; s != session {
		t.Errorf("the session is %q", s)
	}
}
