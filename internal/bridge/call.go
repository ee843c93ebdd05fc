package bridge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
)

const (
	// vaultLimit is how long AgentCore's vault may take to know a consent that was
	// just given, and vaultPause how often it is asked.
	vaultLimit = 30 * time.Second
	vaultPause = 500 * time.Millisecond
)

func (b *bridge) listTools(ctx context.Context, req *sdk.ListToolsRequest) (sdk.Result, error) {
	body, err := b.upstream.listTools(ctx, req.Params)
	if err != nil {
		var answer *mcp.Error
		if errors.As(err, &answer) && answer.Code != 0 && !refused(err) {
			return nil, answerOf(answer)
		}
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: b.Run.Explain(err)}
	}
	return passOn(body, req.ProtocolVersion(), true), nil
}

// callTool makes the client's call. If it needs a consent, it is made again when the
// user has given one.
func (b *bridge) callTool(ctx context.Context, req *sdk.CallToolRequest) (sdk.Result, error) {
	version := req.ProtocolVersion()
	patience, stop := context.WithTimeout(ctx, b.Wait)
	defer stop()
	defer context.AfterFunc(b.leaving, stop)()
	asked := b.consents.known(req.Params.RequestState)
	if asked != nil {
		asked.take(req.Params.InputResponses[inputKey])
		if unsettled := b.await(patience, req, asked); unsettled != nil {
			return unsettled, nil
		}
	}
	for {
		returnURL := b.Run.ReturnURL()
		body, token, err := b.upstream.callTool(ctx, req.Params, returnURL, b.progress(ctx, req))
		var needed *mcp.ElicitationError
		switch {
		case !errors.As(err, &needed):
			return b.answer(body, err, version)
		case b.consents.boundWithin(vaultLimit) && wait.Sleep(patience, vaultPause) == nil:
			continue
		case asked != nil:
			return toolError("AgentCore asks for consent again, although the user has just been asked. Call the tool once more in a minute.", version), nil
		}
		how := b.asker(req)
		if how == nil {
			return toolError(b.inTerminal(), version), nil
		}
		asked = b.consents.join(func() *round {
			client := clientName(req)
			b.Log.Info("bridge: the user is asked", "client", client, "version", version, "tool", req.Params.Name, "links", canElicitURLs(req.ClientCapabilities()))
			return &round{client: client, tool: req.Params.Name, asker: how, first: challenge{needed.Elicitations, token, returnURL}, renew: b.renew(req)}
		})
		if unsettled := b.await(patience, req, asked); unsettled != nil {
			return unsettled, nil
		}
	}
}

// await waits for the end of a round. It returns a result unless the user has consented.
func (b *bridge) await(ctx context.Context, req *sdk.CallToolRequest, r *round) *result {
	var questions chan question // nil: none will come
	if h, handed := r.asker.(*handover); handed && canElicitURLs(req.ClientCapabilities()) {
		questions = h.questions
	}
	select {
	case q := <-questions:
		return required(r, q)
	case <-r.done:
	case <-ctx.Done():
	}
	if s := r.now(); s != bound {
		return toolError(b.say(r, s), req.ProtocolVersion())
	}
	return nil
}

// asker chooses how this client's user is asked; nil = only in a terminal.
func (b *bridge) asker(req *sdk.CallToolRequest) asker {
	var here asker
	if b.Browser != nil {
		here = &page{open: b.Browser, sandbox: b.Sandbox, log: b.Log}
	}
	switch {
	case !canElicitURLs(req.ClientCapabilities()):
		return here
	case req.ProtocolVersion() >= stateless:
		return newHandover()
	}
	return &elicitor{session: req.Session, otherwise: here, log: b.Log}
}

// renew makes the call again, for links that lead to the present return URL.
func (b *bridge) renew(req *sdk.CallToolRequest) func(context.Context) (challenge, error) {
	return func(ctx context.Context) (challenge, error) {
		returnURL := b.Run.ReturnURL()
		_, token, err := b.upstream.callTool(ctx, req.Params, returnURL, nil)
		var needed *mcp.ElicitationError
		if errors.As(err, &needed) {
			return challenge{needed.Elicitations, token, returnURL}, nil
		}
		return challenge{}, cmp.Or(err, errors.New("the gateway no longer asks for consent; call the tool again"))
	}
}

// progress passes the gateway's progress on to the client.
func (b *bridge) progress(ctx context.Context, req *sdk.CallToolRequest) mcp.Notify {
	return func(method string, params json.RawMessage) {
		var p sdk.ProgressNotificationParams
		if method == "notifications/progress" && json.Unmarshal(params, &p) == nil {
			_ = req.Session.NotifyProgress(ctx, &p) // the client may have left
		}
	}
}

// answer is what the gateway answered. An error of the gateway stays one; anything else
// that went wrong is for the model to read.
func (b *bridge) answer(body json.RawMessage, err error, version string) (sdk.Result, error) {
	var answer *mcp.Error
	switch {
	case err == nil:
		return passOn(body, version, false), nil
	case errors.As(err, &answer) && answer.Code != 0 && !refused(err) && (answer.Code != sdk.CodeURLElicitationRequired || version < stateless):
		return nil, answerOf(answer)
	}
	return toolError(b.Run.Explain(err), version), nil
}

func answerOf(e *mcp.Error) error {
	return &jsonrpc.Error{Code: int64(e.Code), Message: e.Message, Data: e.Data}
}

// clientName is who asks, as the client calls itself.
func clientName(req *sdk.CallToolRequest) string {
	info := req.ClientInfo()
	if info == nil {
		return "an MCP client without a name"
	}
	name := text.CleanLine(cmp.Or(info.Title, info.Name, "an MCP client without a name"))
	if info.Version != "" {
		name += " " + text.CleanLine(info.Version)
	}
	return name
}

// say is how a consent ended, for a model. No link and no address is in it.
func (b *bridge) say(r *round, s state) string {
	var closed *noBrowserError
	switch {
	case s == asking:
		return "The user has been asked for consent and has not given it yet. Tell them so, and call the tool again when they have. They can also consent in a terminal: " + b.Command
	case s == declined:
		return "The user declined. Nothing was stored. Do not call this tool again unless the user asks for it."
	case s == expired:
		return "The link expired before the user consented. Nothing was stored. Call the tool again when the user is ready: they get a new link."
	case s == replaced:
		return "AgentCore no longer accepts the user's session: it has expired, or a newer one has replaced it. Call the tool again when the user is ready: they get a new link."
	case errors.As(r.err, &closed):
		return b.inTerminal()
	}
	return "The user could not be asked for consent, or the consent could not be completed: " + b.Run.Explain(r.err)
}

// inTerminal asks for a consent that only the user can give, elsewhere.
func (b *bridge) inTerminal() string {
	return "This tool needs the user's consent, and no browser can be opened here. Ask the user to run this in a terminal, and then call the tool again: " + b.Command
}
