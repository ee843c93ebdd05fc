package aws_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/wire"
)

// clean gives the test an environment in which nothing leads to AWS.
func clean(t *testing.T, env map[string]string) {
	t.Helper()
	t.Setenv("AGENTCORE_3LO_HOME", t.TempDir())
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL",
		"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "AWS_EC2_METADATA_DISABLED", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	for name, value := range env {
		t.Setenv(name, value)
	}
}

var keys = map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}

func and(all ...map[string]string) map[string]string {
	sum := map[string]string{}
	for _, m := range all {
		for k, v := range m {
			sum[k] = v
		}
	}
	return sum
}

const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws-us-gov:iam::123456789012:user/x</Arn><UserId>u</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

func TestNoRegionIsRecognisedBeforeAnyCall(t *testing.T) {
	clean(t, map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
	if _, err := awsenv.Open(t.Context(), awsenv.Options{}); !errors.Is(err, awsenv.ErrNoRegion) {
		t.Errorf("error %v", err)
	}
	w, err := awsenv.Open(t.Context(), awsenv.Options{Region: "eu-west-1"})
	if err != nil || w.Region != "eu-west-1" {
		t.Errorf("%v %v", w, err)
	}
}

func TestAProfileThatIsMissingIsSaidByName(t *testing.T) {
	clean(t, keys)
	if _, err := awsenv.Open(t.Context(), awsenv.Options{Profile: "nobody"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("error %v", err)
	}
}

func TestIdentifyReadsAccountCallerAndPartition(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, identity) }))
	defer sts.Close()
	clean(t, and(keys, map[string]string{"AWS_ENDPOINT_URL": sts.URL}))
	w, err := awsenv.Open(t.Context(), awsenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.Account != "123456789012" || w.Partition != "aws-us-gov" || w.ARN("x", "y") != "arn:aws-us-gov:x:us-east-1:123456789012:y" {
		t.Errorf("%s %s %s", w.Account, w.Partition, w.ARN("x", "y"))
	}
}

func TestCustomEndpointsAreSeenAndRemembered(t *testing.T) {
	clean(t, and(keys, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:2"}))
	w, err := awsenv.Open(t.Context(), awsenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := w.Endpoints()
	if len(kept) != 5 || kept["AWS_ENDPOINT_URL_STS"] != "http://127.0.0.1:2" || kept["AWS_ENDPOINT_URL_IAM"] != "http://127.0.0.1:1" {
		t.Errorf("endpoints %v", kept)
	}
	if got := w.DiscoveryURL("p_1"); got != "http://127.0.0.1:1/p_1/.well-known/openid-configuration" {
		t.Errorf("discovery %s", got)
	}
	clean(t, keys)
	w, err = awsenv.Open(t.Context(), awsenv.Options{Endpoints: kept})
	if err != nil || fmt.Sprint(w.Endpoints()) != fmt.Sprint(kept) {
		t.Errorf("remembered: %v %v", w.Endpoints(), err)
	}
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:3") // the environment wins
	if w, _ = awsenv.Open(t.Context(), awsenv.Options{Endpoints: kept}); w.Endpoints()["AWS_ENDPOINT_URL_IAM"] != "http://127.0.0.1:3" {
		t.Errorf("with another environment: %v", w.Endpoints())
	}
	clean(t, keys)
	if w, _ = awsenv.Open(t.Context(), awsenv.Options{}); len(w.Endpoints()) != 0 || w.DiscoveryURL("us-east-1_x") != "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x/.well-known/openid-configuration" {
		t.Errorf("plain AWS: %v %s", w.Endpoints(), w.DiscoveryURL("us-east-1_x"))
	}
}

func TestTheSandboxIgnoresTheEnvironment(t *testing.T) {
	box := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "Credential=KEY/") || !strings.Contains(r.Header.Get("Authorization"), "/us-east-2/") {
			t.Errorf("signed as %s", r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, identity)
	}))
	defer box.Close()
	clean(t, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1", "AWS_REGION": "mars", "AWS_PROFILE": "nobody",
		"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "HTTP_PROXY": "http://127.0.0.1:1", "AWS_CA_BUNDLE": "/nonexistent"})
	w, err := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: box.URL, AccessKeyID: "KEY", SecretAccessKey: "s", Region: "us-east-2"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTheInstanceMetadataServiceIsNotAskedByDefault(t *testing.T) {
	asked := false
	imds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked = true; w.WriteHeader(404) }))
	defer imds.Close()
	clean(t, map[string]string{"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_EC2_METADATA_SERVICE_ENDPOINT": imds.URL})
	w, err := awsenv.Open(t.Context(), awsenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err = w.Identify(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no AWS credentials were found") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); asked || took > time.Second {
		t.Errorf("asked %v, took %s", asked, took)
	}
}

func TestEveryAttemptIsObservedBeforeTheAnswerIsSeen(t *testing.T) {
	n := 0
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", fmt.Sprint("id-", n))
		if n++; n == 1 {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, identity)
	}))
	defer sts.Close()
	clean(t, and(keys, map[string]string{"AWS_ENDPOINT_URL": sts.URL}))
	w, err := awsenv.Open(t.Context(), awsenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []wire.Exchange
	ctx := awsenv.WithObserver(t.Context(), func(x wire.Exchange) { seen = append(seen, x) })
	if err := w.Identify(ctx); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Status != 503 || seen[1].Status != 200 || seen[1].Operation != "GetCallerIdentity" || seen[1].Service != "STS" || seen[1].RequestID != "id-1" {
		t.Errorf("seen %+v", seen)
	}
	sts.Close()
	seen = nil
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_ = w.Identify(short)
	if len(seen) == 0 || seen[0].Status != 0 || seen[0].Err == nil {
		t.Errorf("no answer: %+v", seen)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer first.Close()
	w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: first.URL, Region: "us-east-1"}})
	resp, err := w.HTTP.Get(first.URL)
	if err != nil || resp.StatusCode != 302 || followed {
		t.Errorf("%v %v, followed %v", resp, err, followed)
	}
}

func TestTheCABundleReachesOurOwnClient(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, identity) }))
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{false, true} {
		env := and(keys, map[string]string{"AWS_ENDPOINT_URL": server.URL})
		if trusted {
			env["AWS_CA_BUNDLE"] = bundle
		}
		clean(t, env)
		w, err := awsenv.Open(t.Context(), awsenv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.HTTP.Get(server.URL); (err == nil) != trusted {
			t.Errorf("trusted %v: our own client: %v", trusted, err)
		}
		if trusted {
			if err := w.Identify(t.Context()); err != nil {
				t.Errorf("the SDK's: %v", err)
			}
		}
	}
}

// space is a SageMaker that knows one space.
func space(t *testing.T, status int, body string) (endpoint string, metadata string) {
	t.Helper()
	scope := regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/\d{8}/us-east-1/sagemaker/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*x-amz-date[a-z0-9;-]*, Signature=[0-9a-f]{64}$`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		_ = json.NewDecoder(r.Body).Decode(&in)
		if r.Method != http.MethodPost || r.Header.Get("X-Amz-Target") != "SageMaker.DescribeSpace" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" ||
			in["DomainId"] != "d-1" || in["SpaceName"] != "mine" {
			t.Errorf("%s %v %v", r.Method, r.Header, in)
		}
		if !scope.MatchString(r.Header.Get("Authorization")) {
			t.Errorf("signed %s", r.Header.Get("Authorization"))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	metadata = filepath.Join(t.TempDir(), "metadata.json")
	if err := os.WriteFile(metadata, []byte(`{"DomainId":"d-1","SpaceName":"mine"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, metadata
}

func TestStudioIsAskedForTheSpacesAddress(t *testing.T) {
	const address = "https://abc.studio.us-east-1.sagemaker.aws/jupyterlab/default"
	for name, c := range map[string]struct {
		status     int
		body, base string
		note       string
	}{
		"known":         {200, `{"Url":"` + address + `"}`, address + "/proxy/9091", ""},
		"denied":        {400, `{"Message":"not authorized"}`, "http://localhost:9091", "not authorized"},
		"no URL":        {200, `{}`, "http://localhost:9091", "--return-url"},
		"not https":     {200, `{"Url":"http://x"}`, "http://localhost:9091", "--return-url"},
		"not even JSON": {500, `<html>`, "http://localhost:9091", "--return-url"},
	} {
		t.Run(name, func(t *testing.T) {
			endpoint, metadata := space(t, c.status, c.body)
			clean(t, keys)
			w, err := awsenv.Open(t.Context(), awsenv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"AGENTCORE_3LO_STUDIO_METADATA": metadata, "AWS_ENDPOINT_URL_SAGEMAKER": endpoint}
			f := w.Forward(t.Context(), func(k string) string { return env[k] })
			if f.Environment != "SageMaker Studio" || f.Base(9091) != c.base || !f.AllInterfaces || !strings.Contains(f.Note, c.note) || (c.note == "") != (f.Note == "") {
				t.Errorf("%+v", f)
			}
		})
	}
}

// The endpoint of a profile reaches this call, too, which goes around the SDK's
// clients.
func TestStudioIsAskedAtTheEndpointOfTheProfile(t *testing.T) {
	const address = "https://d-1.studio.us-east-1.sagemaker.aws"
	for name, file := range map[string]string{
		"for every service": "[default]\nregion = us-east-1\nendpoint_url = %s\n",
		"for this one":      "[default]\nregion = us-east-1\nservices = own\n[services own]\nsagemaker =\n  endpoint_url = %s\n",
	} {
		t.Run(name, func(t *testing.T) {
			endpoint, metadata := space(t, 200, `{"Url":"`+address+`"}`)
			clean(t, keys)
			path := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(path, fmt.Appendf(nil, file, endpoint), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CONFIG_FILE", path)
			w, err := awsenv.Open(t.Context(), awsenv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			env := map[string]string{"AGENTCORE_3LO_STUDIO_METADATA": metadata}
			if f := w.Forward(t.Context(), func(k string) string { return env[k] }); f.Base(9091) != address+"/proxy/9091" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestForwardingIsFoundInTheEnvironment(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"http://localhost:9090":                        {},
		"code-server https://box/proxy/9090":           {"VSCODE_PROXY_URI": "https://box/proxy/{{port}}/"},
		"code-server https://9090--box.example":        {"VSCODE_PROXY_URI": "https://{{port}}--box.example"},
		"code-server http://localhost:8080/proxy/9090": {"VSCODE_PROXY_URI": "http://localhost:8080/proxy/{{port}}"},
		"code-server http://localhost:9090":            {"VSCODE_PROXY_URI": "./proxy/{{port}}"},
		"code-server http://localhost:9090 ":           {"VSCODE_PROXY_URI": "http://box.lan/proxy/{{port}}"},
		"Codespaces https://name-9090.app.github.dev":  {"CODESPACE_NAME": "name", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.github.dev"},
		"http://localhost:9090 ":                       {"VSCODE_PROXY_URI": "https://box/without-the-word"},
	} {
		clean(t, keys)
		w, err := awsenv.Open(t.Context(), awsenv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := w.Forward(t.Context(), func(k string) string { return env[k] })
		if got := strings.TrimSpace(f.Environment + " " + f.Base(9090)); got != strings.TrimSpace(want) || f.AllInterfaces {
			t.Errorf("%v: %s", env, got)
		}
		if mustSay := want == "code-server http://localhost:9090" || strings.HasSuffix(want, " "+"http://localhost:9090 "); mustSay != (f.Note != "") {
			t.Errorf("%v: note %q", env, f.Note)
		}
	}
}
