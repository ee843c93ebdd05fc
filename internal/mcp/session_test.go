package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// A session of the official server: what it sends beside results arrives as it is.
func TestASessionPassesOnWhatTheOfficialServerSends(t *testing.T) {
	cancelled := make(chan struct{})
	server := sdk.NewServer(&sdk.Implementation{Name: "peer", Version: "1"}, nil)
	schema := json.RawMessage(`{"type":"object"}`)
	server.AddTool(&sdk.Tool{Name: "slow", InputSchema: schema}, func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		err := r.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: 1, Total: 2, Message: "half"})
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: "done"}}}, err
	})
	server.AddTool(&sdk.Tool{Name: "endless", InputSchema: schema}, func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		<-ctx.Done()
		close(cancelled)
		return nil, ctx.Err()
	})
	gateway := client(t, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, nil))
	s, err := Open(deadline(t), *gateway)
	if err != nil || !s.ToolsChange() {
		t.Fatalf("the session: %v", err)
	}

	var seen []string
	raw, err := s.Call(deadline(t), "token", "tools/call", json.RawMessage(`{"name":"slow","_meta":{"progressToken":7}}`), func(method string, params json.RawMessage) {
		seen = append(seen, method+string(params))
	})
	if err != nil || !strings.Contains(string(raw), `"done"`) {
		t.Errorf("the call: %s, %v", raw, err)
	}
	if len(seen) != 1 || !strings.HasPrefix(seen[0], "notifications/progress{") || !strings.Contains(seen[0], `"progressToken":7`) || !strings.Contains(seen[0], `"half"`) {
		t.Errorf("its progress: %q", seen)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Call(ctx, "token", "tools/call", json.RawMessage(`{"name":"endless"}`), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cancelled call: %v", err)
	}
	select {
	case <-cancelled:
	case <-time.After(5 * time.Second):
		t.Error("the server was not told that the call is cancelled")
	}

	heard, changed := make(chan struct{}), make(chan string, 1)
	ctx, stop := context.WithCancel(deadline(t))
	over := make(chan error, 1)
	go func() {
		over <- s.Listen(ctx, "token", func() { close(heard) }, func(method string, _ json.RawMessage) { changed <- method })
	}()
	<-heard
	server.RemoveTools("slow")
	if method := <-changed; method != "notifications/tools/list_changed" {
		t.Errorf("the server sent %s", method)
	}
	stop()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestASessionThatTheServerHasForgottenIsOver(t *testing.T) {
	forgotten := false
	gateway := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var rq struct{ ID json.RawMessage }
		_ = json.Unmarshal(body, &rq)
		switch {
		case r.Method == http.MethodGet:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case rq.ID == nil:
			w.WriteHeader(http.StatusAccepted)
		case forgotten && r.Header.Get(sessionHeader) != "":
			http.Error(w, "not found", http.StatusNotFound)
		default:
			w.Header().Set(sessionHeader, "s1")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25"}}`, rq.ID)
		}
	}))
	s, err := Open(deadline(t), *gateway)
	if err != nil || s.ToolsChange() {
		t.Fatalf("the session: %v", err)
	}
	if _, err := s.Call(deadline(t), "token", "ping", nil, nil); err != nil || s.Over(err) {
		t.Errorf("the session is over: %v", err)
	}
	forgotten = true
	if _, err := s.Call(deadline(t), "token", "ping", nil, nil); !s.Over(err) {
		t.Errorf("the session is not over: %v", err)
	}
	var failure *Error
	if err := s.Listen(deadline(t), "token", func() { t.Error("heard") }, nil); !errors.As(err, &failure) || failure.Status != http.StatusMethodNotAllowed {
		t.Errorf("a server without a stream: %v", err)
	}
}
