package mcp

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestTheOfficialServerWithSessionsIsIntroducedTo calls the official server as
// it is by default: it keeps sessions, and wants to be initialized.
func TestTheOfficialServerWithSessionsIsIntroducedTo(t *testing.T) {
	for name, options := range map[string]*sdk.StreamableHTTPOptions{"JSON": {JSONResponse: true}, "SSE": {}} {
		t.Run(name, func(t *testing.T) {
			server := officialServer()
			gateway := client(t, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, options))
			result, err := gateway.CallTool(deadline(t), ToolCall{Name: "greet", ReturnURL: "http://localhost:9090/oauth2/callback"})
			if err != nil || result.Text != "hello http://localhost:9090/oauth2/callback" {
				t.Errorf("greet: %q, %v", result.Text, err)
			}
			_, err = gateway.CallTool(deadline(t), ToolCall{Name: "consent"})
			var elicitation *ElicitationError
			if !errors.As(err, &elicitation) || elicitation.Elicitations[0].Session != urn {
				t.Errorf("consent: %v", err)
			}
		})
	}
}

// strict is a gateway whose sessions are configured: a call without one is
// refused with 400.
type strict struct {
	t       *testing.T
	refusal string
	answer  func(w http.ResponseWriter, method string) bool // true: it has answered
	heard   []string                                        // methods, with the session they carry
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var message struct {
		ID     json.RawMessage
		Method string
		Params struct {
			ProtocolVersion string
			Capabilities    struct{ Elicitation struct{ URL *struct{} } }
		}
	}
	raw, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(raw, &message); err != nil {
		s.t.Error(err)
	}
	session := r.Header.Get(sessionHeader)
	s.heard = append(s.heard, strings.TrimSpace(message.Method+" "+session))
	if r.Header.Get("Authorization") != "Bearer "+jwt {
		s.t.Errorf("%s without the token", message.Method)
	}
	if s.answer != nil && s.answer(w, message.Method) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	id := string(message.ID)
	switch {
	case message.Method == "initialize":
		if message.Params.ProtocolVersion != ProtocolVersion || message.Params.Capabilities.Elicitation.URL == nil {
			s.t.Errorf("initialize declares %s", raw)
		}
		w.Header().Set(sessionHeader, "s-1")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":`+id+`,"result":{"protocolVersion":"`+ProtocolVersion+`","capabilities":{},"serverInfo":{"name":"g","version":"1"}}}`)
	case session != "s-1":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, s.refusal)
	case message.Method == "notifications/initialized":
		if id != "" {
			s.t.Errorf("a notification with the id %s", id)
		}
		w.WriteHeader(http.StatusAccepted)
	default:
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "ID", id))
	}
}

func TestAGatewayThatInsistsGetsTheHandshake(t *testing.T) {
	for _, refusal := range []string{
		`{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Bad Request: Mcp-Session-Id header is required"}}`,
		`{"message":"Session ID is missing"}`,
		`Server not initialized`,
	} {
		s := &strict{t: t, refusal: refusal}
		result, err := client(t, s).CallTool(deadline(t), ToolCall{Name: "x"})
		if err != nil || result.Text != `{"sub":"1"}` {
			t.Errorf("%s: %q, %v", refusal, result.Text, err)
		}
		if want := []string{"tools/call", "initialize", "notifications/initialized s-1", "tools/call s-1"}; !slices.Equal(s.heard, want) {
			t.Errorf("%s: heard %q, want %q", refusal, s.heard, want)
		}
	}
}

// What the handshake does not mend is the call's own refusal, after one try.
func TestAHandshakeThatFailsLeavesTheRefusalAsItIs(t *testing.T) {
	const refusal = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Mcp-Session-Id header is required"}}`
	for name, c := range map[string]struct {
		refuses string // the method that is refused, too
		calls   int
	}{"initialize": {"initialize", 2}, "the notification": {"notifications/initialized", 3}, "the call once more": {"tools/call", 4}} {
		s := &strict{t: t, refusal: refusal, answer: func(w http.ResponseWriter, method string) bool {
			if method != c.refuses {
				return false
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, refusal)
			return true
		}}
		_, err := client(t, s).CallTool(deadline(t), ToolCall{Name: "x"})
		if err == nil || !strings.Contains(err.Error(), "Mcp-Session-Id header is required") || len(s.heard) != c.calls {
			t.Errorf("%s: %v after %q", name, err, s.heard)
		}
	}
}

func TestOtherRefusalsBringNoHandshake(t *testing.T) {
	for _, refusal := range []string{`{"message":"Callback URL http://localhost:9090 is not registered"}`, `<h1>Bad Request</h1>`, ``} {
		s := &strict{t: t, refusal: refusal}
		if _, err := client(t, s).CallTool(deadline(t), ToolCall{Name: "x"}); err == nil || len(s.heard) != 1 {
			t.Errorf("%q: %v after %q", refusal, err, s.heard)
		}
	}
}
