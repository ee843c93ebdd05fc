// Package bridge is a local MCP server in front of a run's gateway. An MCP client
// launches it and gets the gateway's tools as they are; what the client cannot do,
// the bridge does: access tokens, and asking the user for consent.
//
// Messages are passed on unread. Between the client and the gateway are three parts:
// upstream is the session with the gateway, consents asks the user once for all
// calls that wait, and an asker is how the user is asked.
package bridge

import (
	"context"
	"io"
	"log/slog"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
)

// DefaultWait is how long a call waits for a consent: less than the 60 seconds after
// which common clients give up on a call.
const DefaultWait = 50 * time.Second

// Run is the run whose gateway is behind the bridge. Its methods may be called
// concurrently.
type Run interface {
	// Gateway returns a client of the run's gateway, without a token. The first call
	// opens the run's environment.
	Gateway(ctx context.Context) (mcp.Client, error)
	// Token returns an access token that outlives a consent link. fresh means that the
	// gateway refused the last one.
	Token(ctx context.Context, fresh bool) (string, error)
	// ReturnURL is where AgentCore sends the browser after a consent.
	ReturnURL() string
	// Listen starts the listener for one consent. It may change ReturnURL.
	Listen(ctx context.Context) (Round, error)
	// Failed is told of errors of Gateway, Token, Listen and the gateway's client. If
	// the environment has to be opened again, it does so at the next call, and Failed
	// returns true.
	Failed(err error) (reopens bool)
	// Explain returns what failed, why, and what to do about it.
	Explain(err error) string
}

// Round is one consent: a consent.Round whose listener is open.
type Round interface {
	// Remember keeps the token that started the links' sessions.
	Remember(token string, links []mcp.Elicitation) error
	// Expect makes a session pending, just before its link is shown.
	Expect(session string) error
	// Link describes a link with its host and warnings.
	Link(mcp.Elicitation) event.Link
	// Expires is when the remembered links expire.
	Expires() time.Time
	// Outcomes are how sessions ended.
	Outcomes() <-chan callback.Outcome
	// Close ends the listener.
	Close()
}

// Server is a bridge for one client. All fields but Browser are required.
type Server struct {
	Run     Run
	Name    string        // of the run
	Version string        // of this program
	Command string        // with which the user consents in a terminal
	Wait    time.Duration // how long a call waits for a consent
	Log     *slog.Logger
	Sandbox bool // the run's environment is the sandbox
	// Browser opens a page where the user is; nil = there is no display.
	Browser func(address string) error
}

// bridge is a Server at work.
type bridge struct {
	*Server
	server   *sdk.Server
	upstream *upstream
	consents *consents
	leaving  context.Context // done when the client has said its last word
}

// Serve speaks MCP on in and out until in ends or ctx is done. Nothing else is
// written to out.
func (s *Server) Serve(ctx context.Context, in io.ReadCloser, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	leaving, leave := context.WithCancel(ctx)
	defer leave()
	b := &bridge{Server: s, leaving: leaving}
	b.server = sdk.NewServer(&sdk.Implementation{Name: "agentcore-3lo", Title: "AgentCore gateway of run " + s.Name, Version: s.Version}, &sdk.ServerOptions{
		Instructions: "The tools of an Amazon Bedrock AgentCore gateway. A call may need the user's consent: the user is asked outside of this conversation, and you cannot consent for them. " +
			"To consent ahead of time, or again after the API has refused a stored token, the user runs in a terminal: " + s.Command,
		Logger:       s.Log,
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{ListChanged: true}},
	})
	b.upstream = newUpstream(ctx, s.Run, s.Log, b.toolsChanged)
	b.consents = &consents{run: s.Run, log: s.Log, ctx: leaving}
	b.server.AddReceivingMiddleware(b.intercept)
	err := b.server.Run(ctx, &lastWord{Transport: &sdk.IOTransport{Reader: in, Writer: keepOpen{out}}, leave: leave, stop: ctx.Done()})
	stop()
	b.consents.rounds.Wait()
	b.upstream.streams.Wait()
	return err
}

// stateless is the first protocol version without sessions, and without error -32042:
// a result says that it needs an input.
const stateless = "2026-07-28"

// placeholder is never listed: tools/list is the gateway's.
var placeholder = &sdk.Tool{Name: "placeholder", InputSchema: map[string]any{"type": "object"}}

// toolsChanged tells the client that the gateway's tools have changed. The SDK
// announces changes of its own list only, so that is changed.
func (b *bridge) toolsChanged() {
	b.server.AddTool(placeholder, nil)
	b.server.RemoveTools(placeholder.Name)
}

// intercept answers the calls about tools from the gateway; the SDK answers the
// rest.
func (b *bridge) intercept(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		switch r := req.(type) {
		case *sdk.ListToolsRequest:
			return b.listTools(ctx, r)
		case *sdk.CallToolRequest:
			return b.callTool(ctx, r)
		}
		return next(ctx, method, req)
	}
}
