package bridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/bridge"
	"agentcore-3lo/internal/mcp"
)

// gateway is a gateway that answers as a test says, in raw JSON.
type gateway struct {
	*httptest.Server
	t      *testing.T
	answer func(w http.ResponseWriter, r *http.Request, method string, params json.RawMessage) (body string) // of the result or error; "" = written already

	mu       sync.Mutex
	sessions int // that were opened
	tokens   int // that were given out
	requests []string
	valid    string // the session that is known; "" = none yet
	changed  chan struct{}
	gone     chan struct{}
}

func newGateway(t *testing.T, answer func(http.ResponseWriter, *http.Request, string, json.RawMessage) string) *gateway {
	g := &gateway{t: t, answer: answer, changed: make(chan struct{}), gone: make(chan struct{})}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var rq struct {
		ID             json.RawMessage
		Method         string
		Params, Result json.RawMessage
	}
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &rq)
	g.mu.Lock()
	g.requests = append(g.requests, r.Method+" "+rq.Method+" "+string(rq.Params))
	known := g.valid
	g.mu.Unlock()
	switch {
	case r.Method == http.MethodGet:
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		for {
			select {
			case <-g.changed:
				fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n")
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			case <-g.gone: // Close waits for open streams
				return
			}
		}
	case rq.Method == "initialize":
		g.mu.Lock()
		g.sessions++
		g.valid = fmt.Sprint("s", g.sessions)
		w.Header().Set("Mcp-Session-Id", g.valid)
		g.mu.Unlock()
		g.write(w, rq.ID, `"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"g","version":"1"}}`)
	case r.Header.Get("Mcp-Session-Id") != known:
		http.Error(w, "session not found", http.StatusNotFound)
	case rq.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	default:
		if body := g.answer(w, r, rq.Method, rq.Params); body != "" {
			g.write(w, rq.ID, body)
		} else if rq.Method == "tools/call" {
			fmt.Fprintf(w, "data: {\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[]}}\n\n", rq.ID)
		}
	}
}

func (g *gateway) write(w http.ResponseWriter, id json.RawMessage, body string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, id, body)
}

func (g *gateway) saw(what string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, r := range g.requests {
		if strings.HasPrefix(r, what) {
			n++
		}
	}
	return n
}

// The gateway is a bridge.Run that never listens.
type run struct{ *gateway }

func (r run) Gateway(context.Context) (mcp.Client, error) {
	return mcp.Client{HTTP: r.Client(), URL: r.URL}, nil
}

func (r run) Token(_ context.Context, fresh bool) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if fresh || r.tokens == 0 {
		r.tokens++
	}
	return fmt.Sprint("token-", r.tokens), nil
}

func (r run) ReturnURL() string                            { return "http://localhost:9090/oauth2/callback" }
func (r run) Listen(context.Context) (bridge.Round, error) { return nil, errors.New("no listener") }
func (r run) Failed(error) bool                            { return false }
func (r run) Explain(err error) string                     { return "explained: " + err.Error() }

// client speaks raw JSON with a bridge.
type client struct {
	t     *testing.T
	in    io.WriteCloser
	lines chan map[string]json.RawMessage
	over  chan error
}

func start(t *testing.T, g *gateway, version string) *client {
	t.Helper()
	in, toBridge := io.Pipe()
	fromBridge, out := io.Pipe()
	c := &client{t: t, in: toBridge, lines: make(chan map[string]json.RawMessage, 100), over: make(chan error, 1)}
	server := bridge.Server{Run: run{g}, Name: "test", Version: "1", Command: "agentcore-3lo consent --run test", Wait: time.Second, Log: slog.New(slog.DiscardHandler)}
	go func() {
		c.over <- server.Serve(t.Context(), in, out)
		_ = out.Close()
	}()
	go func() {
		defer close(c.lines)
		lines := bufio.NewScanner(fromBridge)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var line map[string]json.RawMessage
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Errorf("the bridge wrote %q", lines.Text())
			}
			c.lines <- line
		}
	}()
	t.Cleanup(func() {
		_ = toBridge.Close()
		<-c.over
	})
	if version != "2026-07-28" {
		c.send(`{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"` + version + `","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`)
		if got := c.next(); !strings.Contains(string(got["result"]), `"protocolVersion":"`+version+`"`) {
			t.Fatalf("initialize: %s", got)
		}
		c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	}
	return c
}

func (c *client) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) next() map[string]json.RawMessage {
	c.t.Helper()
	select {
	case line := <-c.lines:
		return line
	case <-time.After(10 * time.Second):
		c.t.Fatal("the bridge writes nothing")
		return nil
	}
}

// request sends a request and returns the result or error of the answer.
func (c *client) request(method, params string) string {
	c.t.Helper()
	c.send(`{"jsonrpc":"2.0","id":7,"method":"` + method + `","params":` + params + `}`)
	answer := c.next()
	if string(answer["id"]) != "7" {
		c.t.Errorf("the answer is %s", answer)
	}
	if answer["error"] != nil {
		return `"error":` + string(answer["error"])
	}
	return `"result":` + string(answer["result"])
}

func same(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if json.Unmarshal([]byte("{"+got+"}"), &a) != nil || json.Unmarshal([]byte("{"+want+"}"), &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("the client got\n%s\nwant\n%s", got, want)
	}
}

const (
	oddTool  = `{"name":"a___b","title":"T","description":"d","inputSchema":{"type":"object","properties":{"n":{"type":"integer","x-odd":[1,{"y":null}]}},"$defs":{"q":true}},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true,"x":1},"icons":[{"src":"data:,x"}],"_meta":{"k":{"v":1}},"unheard":[1]}`
	oddCall  = `{"name":"a___b","arguments":{"n":9007199254740993,"s":"<&>\u2028"},"_meta":{"traceparent":"00-1"}}`
	oddSaid  = `{"content":[{"type":"text","text":"<&>","annotations":{"audience":["user"]},"x":1},{"type":"hologram","z":[1.0]}],"structuredContent":{"big":9007199254740993},"isError":true,"_meta":{"debug":{"a":1}},"unheard":{"b":null}}`
	oddError = `{"code":-32602,"message":"Unknown tool: nope","data":{"hint":["x",null],"n":1.50}}`
)

func TestWhatTheGatewaySaysReachesTheClientAsItIs(t *testing.T) {
	var cursor, called string
	g := newGateway(t, func(_ http.ResponseWriter, _ *http.Request, method string, params json.RawMessage) string {
		switch {
		case method == "tools/list" && strings.Contains(string(params), `"cursor"`):
			cursor = string(params)
			return `"result":{"tools":[]}`
		case method == "tools/list":
			return `"result":{"tools":[` + oddTool + `],"nextCursor":"p2","unheard":1}`
		case strings.Contains(string(params), "nope"):
			return `"error":` + oddError
		case strings.Contains(string(params), "pay"): // -32042 has other uses
			return `"error":{"code":-32042,"message":"Payment required","data":{"challenges":[1]}}`
		}
		called = string(params)
		return `"result":` + oddSaid
	})
	for _, version := range []string{"2025-06-18", "2025-11-25"} {
		t.Run(version, func(t *testing.T) {
			c := start(t, g, version)
			same(t, c.request("tools/list", `{}`), `"result":{"tools":[`+oddTool+`],"nextCursor":"p2","unheard":1}`)
			same(t, c.request("tools/list", `{"cursor":"p2"}`), `"result":{"tools":[]}`)
			same(t, `"params":`+cursor, `"params":{"cursor":"p2"}`)
			same(t, c.request("tools/call", oddCall), `"result":`+oddSaid)
			same(t, `"params":`+called, `"params":`+strings.Replace(oddCall, `"_meta":{`, `"_meta":{"`+mcp.MetaKey+`":{"oauthCredentialProvider":{"returnUrl":"http://localhost:9090/oauth2/callback"}},`, 1))
			if !strings.Contains(called, "9007199254740993") {
				t.Errorf("a number was changed: %s", called)
			}
			same(t, c.request("tools/call", `{"name":"nope"}`), `"error":`+oddError)
			same(t, c.request("tools/call", `{"name":"pay"}`), `"error":{"code":-32042,"message":"Payment required","data":{"challenges":[1]}}`)
		})
	}
	t.Run("2026-07-28", func(t *testing.T) {
		const meta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`
		const server = `"io.modelcontextprotocol/serverInfo":{"name":"agentcore-3lo","title":"AgentCore gateway of run test","version":"1"}`
		c := start(t, g, "2026-07-28")
		same(t, c.request("tools/list", `{"_meta":{`+meta+`}}`), `"result":{"tools":[`+oddTool+`],"nextCursor":"p2","unheard":1,"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{`+server+`}}`)
		same(t, c.request("tools/call", strings.Replace(oddCall, `"_meta":{`, `"_meta":{`+meta+`,`, 1)), `"result":`+strings.Replace(strings.Replace(oddSaid, `{"content"`, `{"resultType":"complete","content"`, 1), `"_meta":{`, `"_meta":{`+server+`,`, 1))
		if strings.Contains(called, "io.modelcontextprotocol") {
			t.Errorf("the gateway got what is between client and bridge: %s", called)
		}
		same(t, c.request("tools/call", `{"name":"nope","_meta":{`+meta+`}}`), `"error":`+oddError)
		if got := c.request("tools/call", `{"name":"pay","_meta":{`+meta+`}}`); !strings.Contains(got, `"isError":true`) { // this version forbids the code
			t.Errorf("the client got %s", got)
		}
	})
}

func TestProgressAndCancellationGoThrough(t *testing.T) {
	began := make(chan struct{})
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, _ string, params json.RawMessage) string {
		w.Header().Set("Content-Type", "text/event-stream")
		if strings.Contains(string(params), "endless") {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			close(began)
			<-r.Context().Done()
			return ""
		}
		fmt.Fprint(w, "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":\"p1\",\"progress\":1,\"total\":2,\"message\":\"half\"}}\n\n")
		return ""
	})
	c := start(t, g, "2025-11-25")
	c.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","_meta":{"progressToken":"p1"}}}`)
	if got := c.next(); string(got["method"]) != `"notifications/progress"` || !strings.Contains(string(got["params"]), `"half"`) || !strings.Contains(string(got["params"]), `"p1"`) {
		t.Errorf("progress: %s", got)
	}
	if got := c.next(); string(got["id"]) != "1" || got["result"] == nil {
		t.Errorf("the answer: %s", got)
	}
	c.send(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"endless"}}`)
	<-began
	c.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	for end := time.Now().Add(5 * time.Second); g.saw("POST notifications/cancelled") == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the gateway was not told of the cancellation")
		}
	}
}

func TestChangesOfTheToolsAreForwarded(t *testing.T) {
	g := newGateway(t, func(http.ResponseWriter, *http.Request, string, json.RawMessage) string {
		return `"result":{"tools":[]}`
	})
	c := start(t, g, "2025-11-25")
	c.request("tools/list", "{}")
	g.changed <- struct{}{}
	if got := c.next(); string(got["method"]) != `"notifications/tools/list_changed"` {
		t.Errorf("the client got %s", got)
	}
	if got := c.request("tools/list", "{}"); strings.Contains(got, "placeholder") {
		t.Errorf("the list is not the gateway's: %s", got)
	}
}

// A gateway that restarts forgets its sessions. The next request opens another one, and
// the client sees nothing of it.
func TestAGatewayThatRestartsCostsOneHandshake(t *testing.T) {
	g := newGateway(t, func(http.ResponseWriter, *http.Request, string, json.RawMessage) string {
		return `"result":{"content":[]}`
	})
	c := start(t, g, "2025-11-25")
	c.request("tools/call", `{"name":"a"}`)
	g.mu.Lock()
	g.valid = "another"
	g.mu.Unlock()
	g.CloseClientConnections()
	g.Client().CloseIdleConnections() // which the client would notice in a moment
	same(t, c.request("tools/call", `{"name":"a"}`), `"result":{"content":[]}`)
	if g.sessions != 2 {
		t.Errorf("%d sessions were opened", g.sessions)
	}
}

// While the gateway is away, calls end with what a model can read, and the bridge lives
// on.
func TestAGatewayThatIsAwayIsAToolError(t *testing.T) {
	g := newGateway(t, func(http.ResponseWriter, *http.Request, string, json.RawMessage) string {
		return `"result":{"content":[]}`
	})
	c := start(t, g, "2025-11-25")
	c.request("tools/call", `{"name":"a"}`)
	close(g.gone)
	g.Close()
	if got := c.request("tools/call", `{"name":"a"}`); !strings.Contains(got, `"isError":true`) || !strings.Contains(got, "explained: ") {
		t.Errorf("the client got %s", got)
	}
	if got := c.request("tools/list", `{}`); !strings.Contains(got, `"code":-32603`) {
		t.Errorf("the client got %s", got)
	}
	same(t, c.request("ping", `{}`), `"result":{}`)
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	always := false
	g := newGateway(t, func(w http.ResponseWriter, r *http.Request, _ string, _ json.RawMessage) string {
		if always || r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return `"error":{"code":-32001,"message":"Invalid Bearer token"}`
		}
		return `"result":{"content":[]}`
	})
	c := start(t, g, "2025-11-25")
	same(t, c.request("tools/call", `{"name":"a"}`), `"result":{"content":[]}`)
	always = true
	before := g.saw("POST tools/call")
	if got := c.request("tools/call", `{"name":"a"}`); !strings.Contains(got, `"isError":true`) || !strings.Contains(got, "Invalid Bearer token") {
		t.Errorf("the client got %s", got)
	}
	if n := g.saw("POST tools/call") - before; n > 3 {
		t.Errorf("the call was made %d times", n)
	}
}

// A script that writes its requests and closes the pipe gets its answers.
func TestAnswersComeAfterTheLastWord(t *testing.T) {
	slow := make(chan struct{})
	g := newGateway(t, func(http.ResponseWriter, *http.Request, string, json.RawMessage) string {
		<-slow
		return `"result":{"content":[]}`
	})
	c := start(t, g, "2025-11-25")
	c.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}`)
	_ = c.in.Close()
	close(slow)
	if got := c.next(); string(got["id"]) != "1" || got["result"] == nil {
		t.Errorf("the client got %s", got)
	}
	if _, more := <-c.lines; more {
		t.Error("the bridge goes on")
	}
}
