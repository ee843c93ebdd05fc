package aws_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
)

func TestASandboxIsFoundOnThisMachineAlone(t *testing.T) {
	box := testkit.StartSandbox(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(box.Endpoint(), "http://"), ":")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("NO_PROXY", "")
	for _, address := range []string{box.Endpoint(), box.Endpoint() + "/", "http://localhost:" + port, "http://LOCALHOST:" + port, "http://127.0.0.1:" + port} {
		found, err := awsenv.FindSandbox(t.Context(), address)
		if err != nil || found.Portal != box.PortalURL() || found.AccessKeyID != sandbox.AccessKeyID || found.Region != sandbox.Region || strings.HasSuffix(found.Endpoint, "/") {
			t.Errorf("%s: %+v %v", address, found, err)
		}
	}
	for _, address := range []string{"http://192.0.2.1", "https://example.com", "http://localhost.example.com", "http://127.0.0.1.example.com:" + port, "http://2130706433:" + port,
		"http://0.0.0.0:" + port, "http://[::]:" + port, "http://user@127.0.0.1:" + port, "http://127.0.0.1:" + port + "?a=b", "file:///etc/passwd", "", "127.0.0.1:" + port} {
		if _, err := awsenv.FindSandbox(t.Context(), address); !errors.Is(err, awsenv.ErrNotLoopback) {
			t.Errorf("%s: %v", address, err)
		}
	}
	whole := `{"sandbox":true,"version":%d,"portal":%q,"region":"us-east-1","credentials":{"access_key_id":"a","secret_access_key":"b"}}`
	for name, answer := range map[string]func(http.ResponseWriter){
		"another page": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>hello</html>") },
		"a refusal": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, whole, 1, "http://127.0.0.1/")
		},
		"a redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", box.Endpoint()+sandbox.IdentityPath)
			w.WriteHeader(http.StatusFound)
		},
		"no credentials": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"sandbox":true,"version":1,"portal":"http://127.0.0.1/","region":"us-east-1"}`)
		},
		"says no": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, strings.Replace(fmt.Sprintf(whole, 1, "http://127.0.0.1/"), "true", "false", 1))
		},
		"a newer version": func(w http.ResponseWriter) { fmt.Fprintf(w, whole, 2, "http://127.0.0.1/") },
		"a portal to run": func(w http.ResponseWriter) { fmt.Fprintf(w, whole, 1, "javascript:alert(1)") },
		"an endless answer": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"sandbox":`+strings.Repeat(" ", 1<<20)+"true}")
		},
		"half an answer": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"sandbox":true,`) },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		if found, err := awsenv.FindSandbox(t.Context(), server.URL); !errors.Is(err, awsenv.ErrNotSandbox) {
			t.Errorf("%s: %+v %v", name, found, err)
		}
		server.Close()
	}
}

// Only a configuration whose every service leads to the one sandbox is in it.
func TestAConfigurationThatLeadsPartlyToASandboxIsAWS(t *testing.T) {
	box := testkit.StartSandbox(t)
	all := map[string]string{}
	for _, service := range []string{"STS", "IAM", "COGNITO_IDENTITY_PROVIDER", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK_AGENTCORE"} {
		all["AWS_ENDPOINT_URL_"+service] = box.Endpoint()
	}
	for name, x := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"one for all":  {map[string]string{"AWS_ENDPOINT_URL": box.Endpoint()}, true},
		"each service": {all, true},
		"one service":  {map[string]string{"AWS_ENDPOINT_URL_STS": box.Endpoint()}, false},
		"all but one":  {map[string]string{"AWS_ENDPOINT_URL": box.Endpoint(), "AWS_ENDPOINT_URL_IAM": "https://iam.example.com"}, false},
		"ignored":      {map[string]string{"AWS_ENDPOINT_URL": box.Endpoint(), "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, false},
		"nobody there": {map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, false},
		"nothing":      {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t, and(map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ""}, x.env))
			found := awsenv.ConfiguredSandbox(t.Context(), awsenv.Options{})
			if (found != nil) != x.want {
				t.Fatalf("%+v", found)
			}
			if found == nil {
				return
			}
			w, err := awsenv.Open(t.Context(), awsenv.Options{Sandbox: found})
			if err != nil || !w.Sandbox || w.Portal != box.PortalURL() || w.Region != sandbox.Region {
				t.Fatalf("%+v %v", w, err)
			}
			if err := w.Identify(t.Context()); err != nil || w.Account != sandbox.Account { // without keys, by its own
				t.Errorf("%q %v", w.Account, err)
			}
		})
	}
}
