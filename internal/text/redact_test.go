package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl_-0"

func TestRedactHidesKnownSecretsInEverySpelling(t *testing.T) {
	const secret = `WPL_AP1.k/9+x==<"ü">`
	var r Redactor
	r.Add(secret, "tiny")
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"plain":          "secret is " + secret + "!",
		"query":          "a=" + url.QueryEscape(secret) + "&b=1",
		"path":           "/x/" + url.PathEscape(secret),
		"lower escapes":  lowerEscapes("a=" + url.QueryEscape(secret)),
		"JSON":           `{"s":` + string(quoted) + `}`,
		"JSON, not HTML": `{"s":"WPL_AP1.k/9+x==<\"ü\">"}`,
		"twice":          secret + secret,
	} {
		got := r.Redact(in)
		if strings.Contains(got, "AP1") || strings.Contains(got, "9+x") || !strings.Contains(got, Redacted) {
			t.Errorf("%s: %q became %q", name, in, got)
		}
	}
	if got := r.Redact("a tiny thing"); got != "a tiny thing" {
		t.Errorf("a short secret was taken: %q", got)
	}
}

func TestRedactHidesOverlappingSecretsWhole(t *testing.T) {
	var r Redactor
	r.Add("abcdefgh", "efghijkl", "abcdef")
	if got := r.Redact("<abcdefghijkl>"); got != "<[redacted]>" {
		t.Errorf("got %q", got)
	}
}

func TestRedactHidesWhatLooksLikeACredential(t *testing.T) {
	var r Redactor
	for _, c := range []struct{ name, in, want string }{
		{"JWT", "got " + token + " back", "got [redacted] back"},
		{"JWT in JSON", `{"user_token":"` + token + `"}`, `{"user_token":"[redacted]"}`},
		{"JWT cut off", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIi", "[redacted]"},
		{"header", "Authorization: Bearer opaque1\r\nHost: x", "Authorization: [redacted]\r\nHost: x"},
		{"SigV4", "authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=ab12", "authorization: [redacted]"},
		{"header in JSON", `{"Authorization":["Bearer opaque"],"X":1}`, `{"Authorization":["[redacted]"],"X":1}`},
		{"header in JSON in JSON", `"{\"Authorization\":\"Bearer opaque\"}"`, `"{\"Authorization\":\"[redacted]\"}"`},
		{"header as Go prints it", "map[Authorization:[Bearer opaque] Host:[x]]", "map[Authorization:[redacted] Host:[x]]"},
		{"curl", "curl -H 'Authorization: Basic aWQ6c2VjcmV0' u", "curl -H 'Authorization: [redacted]' u"},
		{"scheme alone", "sent Basic aWQ6c2VjcmV0LWlzLWhlcmU9 there", "sent Basic [redacted] there"},
		{"challenge stays", `WWW-Authenticate: Bearer resource_metadata="x"`, `WWW-Authenticate: Bearer resource_metadata="x"`},
		{"prose stays", "This request requires authorization. Missing Bearer token", "This request requires authorization. Missing Bearer token"},
		{"metadata stays", `{"authorization_endpoint":"https://x"}`, `{"authorization_endpoint":"https://x"}`},
		{"done before", "Authorization: [redacted]", "Authorization: [redacted]"},
	} {
		if got := r.Redact(c.in); got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

const (
	awsSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	awsToken  = "IQoJb3JpZ2luX2VjEXAMPLEexampleEXAMPLE1234567890=="
)

// foreignErrors are error texts of other programs, each with a secret in it.
var foreignErrors = map[string]struct{ text, secret string }{
	"output of a credential helper":     {`parse failed of process output: Using corp-cli 3.2 {"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"short-secret","SessionToken":"` + awsToken + `"}`, "short-secret"},
	"the same, its token":               {`parse failed of process output: {"SessionToken":"` + awsToken + `"}`, awsToken},
	"JSON in JSON":                      {`{"message":"{\"SecretAccessKey\":\"short-secret\"}"}`, "short-secret"},
	"XML of STS":                        {"invalid XML: <SecretAccessKey>short-secret</SecretAccessKey>", "short-secret"},
	"a line of a credentials file":      {"cannot parse: aws_secret_access_key = short-secret", "short-secret"},
	"a variable as a shell prints it":   {"+ export AWS_SECRET_ACCESS_KEY=short-secret", "short-secret"},
	"a secret key alone":                {"helper said " + awsSecret + ".\n", awsSecret},
	"two secret keys side by side":      {awsSecret + " " + strings.ToLower(awsSecret[:39]) + "Z", awsSecret},
	"a session token alone":             {"token " + awsToken, awsToken},
	"the canonical request":             {"The Canonical String for this request should have been 'POST\n/\nhost:sts.amazonaws.com\nx-amz-security-token:" + awsToken + "\n'", awsToken},
	"a presigned URL":                   {"GET https://x/?X-Amz-Security-Token=" + url.QueryEscape(awsToken) + "&X-Amz-Signature=0123456789abcdef: 403", "0123456789abcdef"},
	"an OAuth answer":                   {`unexpected answer {"access_token":"opaque-token-1","token_type":"bearer"}`, "opaque-token-1"},
	"a refresh token of the SSO cache":  {`cannot read {"refreshToken": "aorAAAAAGexample", "clientId": "x"}`, "aorAAAAAGexample"},
	"a client secret of LinkedIn":       {"invalid client WPL_AP1.kZ9EXAMPLEsecret0=", "WPL_AP1.kZ9EXAMPLEsecret0"},
	"a form":                            {"client_id=a&client_secret=short-secret&grant_type=x", "short-secret"},
	"a proxy":                           {`proxyconnect tcp: dial http://ana:hunter2@proxy:3128`, "hunter2"},
	"a private key":                     {"bad key -----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIexample\n-----END EC PRIVATE KEY----- !", "MHcCAQEEIexample"},
	"a private key that was cut off":    {"bad key -----BEGIN PRIVATE KEY-----\nMHcCAQEEIexample", "MHcCAQEEIexample"},
	"a page of a proxy with a cookie":   {"<html>Set-Cookie: session=abcdef0123456789</html>", "abcdef0123456789"},
	"an Authorization header in a page": {"<pre>Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=0123456789abcdef</pre>", "0123456789abcdef"},
}

func TestRedactHidesTheSecretsInOtherProgramsErrors(t *testing.T) {
	for name, c := range foreignErrors {
		var r Redactor
		got := r.Redact(c.text)
		if strings.Contains(got, c.secret) || !strings.Contains(got, Redacted) {
			t.Errorf("%s: %q became %q", name, c.text, got)
		}
		if again := r.Redact(got); again != got {
			t.Errorf("%s: %q became %q the second time", name, got, again)
		}
	}
}

func TestRedactLeavesWhatOnlyLooksLikeASecret(t *testing.T) {
	for _, s := range []string{
		"commit 0123456789abcdef0123456789abcdef01234567", // a SHA-1
		"/home/ana/projects/agentcore/state/runs/", "request 65eba0be-7688-48f1-a88a-ce34e50b5710",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/gateway-authcode-20261126-abcd-0123456789",
		"Add aws_session_token to profile base: the key is a temporary one.", "Set AWS_SECRET_ACCESS_KEY as well.",
		"--client-secret-file PATH or LINKEDIN_CLIENT_SECRET", `"secret":true`, "as http://USER:PASSWORD@HOST:PORT",
		"http://127.0.0.1:9090/callback?session_id=urn:ietf:params:oauth:request_uri:abc",
	} {
		var r Redactor
		if got := r.Redact(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// lazy resolves to a secret only when it is logged.
type lazy string

func (l lazy) LogValue() slog.Value { return slog.StringValue(string(l)) }

func TestHandlerRedactsEverythingThatIsLogged(t *testing.T) {
	const secret = "marked-secret-1234"
	var r Redactor
	r.Add(secret)
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		var inner slog.Handler = slog.NewTextHandler(&out, options)
		if format == "json" {
			inner = slog.NewJSONHandler(&out, options)
		}
		log := slog.New(r.Handler(inner)).With("with", secret).WithGroup("group")
		log.Debug("message "+secret,
			"string", secret,
			"error", fmt.Errorf("wrapped: %w", errors.New("bad "+secret)),
			"bytes", []byte(secret),
			"struct", struct{ S string }{secret},
			"header", http.Header{"Authorization": {"Bearer opaque-value"}},
			"authorization", "opaque-value",
			"lazy", lazy(secret),
			slog.Group("inner", "deep", secret, slog.Group("deeper", "x", lazy(secret))),
			"key "+secret, 1,
			"count", 42,
		)
		text := out.String()
		if strings.Contains(text, "marked-secret") || strings.Contains(text, "opaque-value") {
			t.Errorf("%s leaks: %s", format, text)
		}
		if strings.Count(text, Redacted) < 11 || !strings.Contains(text, "42") {
			t.Errorf("%s lost something: %s", format, text)
		}
	}
}

func TestRedactorIsSafeForConcurrentUse(t *testing.T) {
	var r Redactor
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			secret := fmt.Sprintf("secret-number-%d", i)
			r.Add(secret)
			if got := r.Redact("x " + secret); got != "x [redacted]" {
				t.Errorf("got %q", got)
			}
		})
	}
	wg.Wait()
}

// Secrets that overlap are hidden to the end of the later one.
func TestRedactHidesOverlappingSecrets(t *testing.T) {
	var r Redactor
	r.Add("abcdefghij", "cdef-not-in-it", "efghij-klmnop", "abcdefghij-k")
	for _, in := range []string{"x abcdefghij-klmnop y", "abcdefghij-klmnop"} {
		if got := r.Redact(in); strings.Contains(got, "klm") || strings.Contains(got, "abc") {
			t.Errorf("%q became %q", in, got)
		}
	}
}
