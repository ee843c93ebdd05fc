package advice_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
)

// What gave no answer is named, and told without the SDK's own words.
func TestAMissingAnswerIsToldInPlainWords(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc // nil = nobody listens
		want   string
	}{
		"nobody listens": {nil, "refused"},
		"hangs up":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"too late": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, "within 100ms"},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			_, _ = io.WriteString(w, "<html><title>Corporate filter</title></html>")
		}, `HTTP 502 Bad Gateway, a page titled "Corporate filter"`},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "900")
			_, _ = io.WriteString(w, "{")
		}, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.answer)
			defer server.Close()
			if c.answer == nil {
				server.Close()
			}
			host, _, _ := net.SplitHostPort(strings.TrimPrefix(server.URL, "http://"))
			w, err := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"},
				RetryPause: time.Millisecond, AnswerLimit: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			for service, call := range map[string]func(context.Context) error{
				"STS": w.Identify,
				"IAM": func(ctx context.Context) error {
					_, err := w.IAM.ListRoles(ctx, &iam.ListRolesInput{})
					return err
				},
				"Cognito": func(ctx context.Context) error {
					pools := int32(1)
					_, err := w.Cognito.ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: &pools})
					return err
				},
				"AgentCore": func(ctx context.Context) error {
					_, err := w.Control.ListGateways(ctx, &bedrockagentcorecontrol.ListGatewaysInput{})
					return err
				},
			} {
				said := advice.Read(call(t.Context())).Message
				if !strings.Contains(said, host) || !strings.Contains(said, c.want) {
					t.Errorf("%s: %s", service, said)
				}
				plain(t, said)
			}
			if name == "a page" || name == "cut off" || name == "too late" { // the gateway's own client reads these
				return
			}
			_, err = (&mcp.Client{URL: server.URL + "/mcp", HTTP: w.HTTP}).CallTool(t.Context(), mcp.ToolCall{Name: "x"})
			said := advice.Read(err).Message
			if !strings.Contains(said, host) || !strings.Contains(said, c.want) {
				t.Errorf("gateway: %s", said)
			}
			plain(t, said)
		})
	}
}

// An answer that is no JSON is told without the SDK's words, too.
func TestAnAnswerThatCannotBeReadIsToldInPlainWords(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[`)
	}))
	defer server.Close()
	w, err := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"}, RetryPause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Control.ListGateways(t.Context(), &bedrockagentcorecontrol.ListGatewaysInput{})
	said := advice.Read(err).Message
	if !strings.Contains(said, "cannot be read") {
		t.Errorf("%q", said)
	}
	plain(t, said)
}

func plain(t *testing.T, said string) {
	t.Helper()
	for _, foreign := range []string{"operation error", "StatusCode", "RequestID", "request send failed", "http://", "deserialization", "exceeded maximum"} {
		if strings.Contains(said, foreign) {
			t.Errorf("it says %q: %s", foreign, said)
		}
	}
}
