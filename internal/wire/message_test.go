package wire_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentcore-3lo/internal/wire"
)

// secret is what no message may hold.
const secret = "marked-Secret_0123456789"

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestNoSecretIsInARequest(t *testing.T) {
	form, amz, plain := "application/x-www-form-urlencoded", "application/x-amz-json-1.1", "application/json"
	for name, r := range map[string]struct{ url, media, body, keeps string }{
		"CreateOauth2CredentialProvider": {"/identities/CreateOauth2CredentialProvider", plain,
			`{"name":"provider","oauth2ProviderConfigInput":{"linkedinOauth2ProviderConfig":{"clientId":"77abc","clientSecret":"` + secret + `"}}}`, `"clientId":"77abc"`},
		"CompleteResourceTokenAuth":     {"/identities/CompleteResourceTokenAuth", plain, `{"userIdentifier":{"userToken":"` + secret + `"}}`, `"userToken":"[redacted]"`},
		"token endpoint":                {"/oauth2/token", form, "grant_type=client_credentials&client_id=7g1v&client_secret=" + secret + "&scope=a%2Fb", "grant_type=client_credentials&client_id=7g1v&client_secret=[redacted]&scope=a%2Fb"},
		"AssumeRole":                    {"/", form, "Action=AssumeRole&TokenCode=" + secret + "&RoleArn=arn", "RoleArn=arn"},
		"AssumeRoleWithWebIdentity":     {"/", form, "Action=AssumeRoleWithWebIdentity&WebIdentityToken=" + secret, "Action=AssumeRoleWithWebIdentity"},
		"AssumeRoleWithSAML":            {"/", form, "Action=AssumeRoleWithSAML&SAMLAssertion=" + secret, "Action=AssumeRoleWithSAML"},
		"CreateToken":                   {"/token", plain, `{"clientId":"c","clientSecret":"` + secret + `","refreshToken":"` + secret + `","deviceCode":"` + secret + `"}`, `"clientId":"c"`},
		"exchange of a code":            {"/token?code=" + secret, form, "code=" + secret + "&code_verifier=" + secret, "code=[redacted]&code_verifier=[redacted]"},
		"password in the address":       {"http://user:" + secret + "@localhost/", plain, `{"a":1}`, `{"a":1}`},
		"DescribeUserPoolClient":        {"/", amz, `{"UserPoolId":"us-east-1_a","ClientId":"7g1v"}`, `{"UserPoolId":"us-east-1_a","ClientId":"7g1v"}`},
		"JSON within JSON":              {"/", plain, `{"payload":"{\"password\":\"` + secret + `\",\"user\":\"u\"}"}`, `\"user\":\"u\"`},
		"an object under a secret name": {"/", plain, `{"client_secret":{"value":["` + secret + `"]},"b":true}`, `"b":true`},
		"JSON that breaks off":          {"/", plain, `{"clientId":"c","clientSecret":"` + secret, `"clientId":"c"`},
		"escaped JSON that breaks off":  {"/", plain, `{"text":"{\"access_token\":\"` + secret, `access_token`},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest("POST", r.url, strings.NewReader(r.body))
			req.Header = header("Content-Type", r.media, "Authorization", "Bearer "+secret, "X-Amz-Security-Token", secret,
				"Cookie", "a="+secret, "X-Amz-Sso_bearer_token", secret, "Mcp-Session-Id", secret)
			m := wire.NewRequest(req, []byte(r.body))
			if strings.Contains(all(m), secret) {
				t.Errorf("the request holds a secret:\n%s", all(m))
			}
			if !strings.Contains(m.Body, r.keeps) {
				t.Errorf("the body is %s, and lacks %s", m.Body, r.keeps)
			}
			if !strings.Contains(all(m), "Authorization: Bearer [redacted]") {
				t.Errorf("the request does not show that it is authorized:\n%s", all(m))
			}
		})
	}
}

func TestNoSecretIsInAnAnswer(t *testing.T) {
	for name, r := range map[string]struct{ media, body, keeps string }{
		"DescribeUserPoolClient": {"application/x-amz-json-1.1", `{"UserPoolClient":{"ClientId":"7g1v","ClientSecret":"` + secret + `"}}`, `{"UserPoolClient":{"ClientId":"7g1v","ClientSecret":"[redacted]"}}`},
		"token endpoint":         {"application/json;charset=UTF-8", `{"access_token":"` + secret + `","id_token":"` + secret + `","expires_in":3600,"token_type":"Bearer"}`, `"expires_in":3600,"token_type":"Bearer"`},
		"AssumeRole": {"text/xml", "<Credentials><AccessKeyId>" + secret + "</AccessKeyId><SecretAccessKey>" + secret + "</SecretAccessKey><SessionToken>" + secret +
			"</SessionToken></Credentials>", "</SecretAccessKey>"},
		"GetRoleCredentials":       {"application/json", `{"roleCredentials":{"secretAccessKey":"` + secret + `","sessionToken":"` + secret + `","expiration":1}}`, `"expiration":1`},
		"a stream of events":       {"text/event-stream", "event: message\r\ndata: {\"accessToken\":\"" + secret + "\",\"id\":1}\r\n\r\n", `"id":1`},
		"a link":                   {"application/json", `{"url":"https://example.com/cb?code=` + secret + `&x=1#access_token=` + secret + `"}`, `code=[redacted]&x=1#access_token=[redacted]`},
		"the error code of an API": {"text/xml", "<Error><Code>NoSuchEntity</Code></Error>", "<Code>NoSuchEntity</Code>"},
		"a JSON-RPC error":         {"application/json", `{"error":{"code":-32042,"message":"m"}}`, `{"error":{"code":-32042,"message":"m"}}`},
		"a vendor's error":         {"application/json", `{"code":"REVOKED_ACCESS_TOKEN"}`, `{"code":"REVOKED_ACCESS_TOKEN"}`},
		"a very long text":         {"text/plain", strings.Repeat(secret, 20<<10), "[491520 bytes of text/plain]"},
		"no text":                  {"application/octet-stream", secret, "[24 bytes of application/octet-stream]"},
	} {
		t.Run(name, func(t *testing.T) {
			m := wire.NewResponse(header("Content-Type", r.media, "Set-Cookie", secret, "Location", "/?code="+secret), []byte(r.body))
			if strings.Contains(all(m), secret) {
				t.Errorf("the answer holds a secret:\n%s", all(m))
			}
			if !strings.Contains(m.Body, r.keeps) {
				t.Errorf("the body is %s, and lacks %s", m.Body, r.keeps)
			}
		})
	}
}

func TestSessionsHaveLabels(t *testing.T) {
	s := wire.NewSessions(2)
	const first, second = "urn:ietf:params:oauth:request_uri:V0Rv.cj~F-x", "urn:ietf:params:oauth:request_uri:other"
	for in, want := range map[string]string{
		`{"sessionUri":"` + first + `"}`: `{"sessionUri":"session 3"}`,
		"https://a/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AV0Rv.cj~F-x&x=1": "https://a/authorize?request_uri=session 3&x=1",
		"b=urn%253aietf%253aparams%253aoauth%253arequest_uri%253aV0Rv.cj%257EF-x%26c":                 "b=session 3%26c",
		"The session is " + first + ".": "The session is session 3.",
	} {
		s.Label(first)
		if got := s.Label(in); got != want && got+"." != want {
			t.Errorf("%s\nbecomes %s\nand should %s", in, got, want)
		}
	}
	if got := s.Label(second); got != "session 4" {
		t.Errorf("the second session is %q", got)
	}
}

func TestRedactedCutsAfterRedacting(t *testing.T) {
	body := strings.Repeat("x", 64<<10-5) + secret
	e := wire.Exchange{Response: wire.Message{Body: body}}.Redacted(func(s string) string { return strings.ReplaceAll(s, secret, "[redacted]") })
	if got := e.Response.Body; strings.Contains(got, "marked") || !strings.HasSuffix(got, "\n[cut after 64 KiB]") {
		t.Errorf("the body ends with %q", got[len(got)-60:])
	}
}

func all(m wire.Message) string {
	var b strings.Builder
	b.WriteString(m.Method + " " + m.URL + "\n")
	for _, h := range m.Header {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	return b.String() + m.Body
}
