package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	dp "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	dpt "github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"

	"agentcore-3lo/internal/sandbox"
)

// rpcAnswer is any response of a gateway.
type rpcAnswer struct {
	Status int
	Header http.Header
	Raw    string
	ID     any `json:"id"`
	Result struct {
		Content []struct{ Type, Text string }
		IsError bool
		Tools   []struct{ Name, Description string }
		Next    string         `json:"nextCursor"`
		Version string         `json:"protocolVersion"`
		Meta    map[string]any `json:"_meta"`
	} `json:"result"`
	Error *struct {
		Code    int
		Message string
		Data    struct {
			Elicitations []struct{ Mode, ElicitationID, URL, Message string }
		}
	} `json:"error"`
}

func (a rpcAnswer) text() string {
	if len(a.Result.Content) == 0 {
		return ""
	}
	return a.Result.Content[0].Text
}

// link returns the authorization URL of an elicitation.
func (a rpcAnswer) link(t *testing.T) string {
	t.Helper()
	if a.Error == nil || a.Error.Code != -32042 || len(a.Error.Data.Elicitations) != 1 {
		t.Fatalf("not an elicitation: %d %s", a.Status, a.Raw)
	}
	return a.Error.Data.Elicitations[0].URL
}

// rpc sends one message. Headers come in pairs and replace the default ones; an
// empty value removes one.
func (w *walk) rpc(method string, params any, headers ...string) rpcAnswer {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 24, "method": method, "params": params})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.post(string(body), headers...)
}

func (w *walk) post(body string, headers ...string) rpcAnswer {
	w.t.Helper()
	request, err := http.NewRequest(http.MethodPost, w.gatewayURL, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+w.bearer)
	request.Header.Set("MCP-Protocol-Version", "2025-11-25")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Del(headers[i])
		if headers[i+1] != "" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	out := rpcAnswer{Status: reply.StatusCode, Header: reply.Header, Raw: readAll(w.t, reply)}
	raw := []byte(out.Raw)
	if _, event, isEvent := bytes.Cut(raw, []byte("data: ")); isEvent {
		raw = event
	}
	_ = json.Unmarshal(raw, &out) // not every response is JSON
	return out
}

// call calls the tool. With returnURL "", the target's default applies.
func (w *walk) call(returnURL string, force bool, headers ...string) rpcAnswer {
	w.t.Helper()
	credential := map[string]any{"forceAuthentication": force}
	if returnURL != "" {
		credential["returnUrl"] = returnURL
	}
	return w.rpc("tools/call", map[string]any{
		"name": toolName, "arguments": map[string]any{},
		"_meta": map[string]any{"aws.bedrock-agentcore.gateway/credentialProviderConfiguration": map[string]any{"oauthCredentialProvider": credential}},
	}, headers...)
}

func (w *walk) complete(session, bearer string) error {
	_, err := w.c.data.CompleteResourceTokenAuth(ctx(), &dp.CompleteResourceTokenAuthInput{
		SessionUri: &session, UserIdentifier: &dpt.UserIdentifierMemberUserToken{Value: bearer},
	})
	return err
}

// listener takes the place of the program's listener and records the queries of the
// browser.
type listener struct {
	*httptest.Server
	mu   sync.Mutex
	seen []url.Values
}

func newListener(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" { // browsers request it at any time
			http.NotFound(w, r)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seen = append(l.seen, r.URL.Query())
		_, _ = io.WriteString(w, "<h1>Done</h1>")
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) last(t *testing.T) url.Values {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) == 0 {
		t.Fatal("the browser was not redirected")
	}
	return l.seen[len(l.seen)-1]
}

// consent consents and completes the session.
func (w *walk) consent(l *listener) {
	w.t.Helper()
	link := w.call(l.URL, true).link(w.t)
	if err := (sandbox.Person{}).Allow(ctx(), link); err != nil {
		w.t.Fatal(err)
	}
	if err := w.complete(l.last(w.t).Get("session_id"), w.bearer); err != nil {
		w.t.Fatal(err)
	}
}
