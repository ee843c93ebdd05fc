package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/wait"
)

const (
	// callLimit bounds one request to the gateway. Clients give up earlier.
	callLimit = 15 * time.Minute
	// maxTries is how often a request is made at most.
	maxTries = 3
	// The pauses before the gateway's stream of notifications is opened again.
	firstPause, longestPause = time.Second, time.Minute
)

// upstream is the session with the gateway, as client of protocol version 2025-11-25.
type upstream struct {
	run     Run
	log     *slog.Logger
	ctx     context.Context // of the bridge
	changed func()          // the gateway's tools have changed
	streams sync.WaitGroup

	opening chan struct{} // holds a token while the session is opened
	mu      sync.Mutex
	session *mcp.Session // nil until it is needed
	end     func()       // ends what belongs to the session
}

func newUpstream(ctx context.Context, run Run, log *slog.Logger, changed func()) *upstream {
	return &upstream{run: run, log: log, ctx: ctx, changed: changed, opening: make(chan struct{}, 1)}
}

// listTools returns one page of the gateway's tools.
func (u *upstream) listTools(ctx context.Context, p *sdk.ListToolsParams) (json.RawMessage, error) {
	params := map[string]any{}
	if p != nil && p.Cursor != "" {
		params["cursor"] = p.Cursor
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	body, _, err := u.request(ctx, "tools/list", raw, nil)
	return body, err
}

// callTool makes one call of a tool, and returns also the token that it made it with.
func (u *upstream) callTool(ctx context.Context, p *sdk.CallToolParamsRaw, returnURL string, notify mcp.Notify) (body json.RawMessage, token string, err error) {
	raw, err := callParams(p, returnURL)
	if err != nil {
		return nil, "", err
	}
	return u.request(ctx, "tools/call", raw, notify)
}

// callParams are the parameters of the client's call for the gateway. Where the
// browser goes after a consent is the bridge's to say, never the client's.
func callParams(p *sdk.CallToolParamsRaw, returnURL string) (json.RawMessage, error) {
	meta := maps.Clone(map[string]any(p.Meta))
	maps.DeleteFunc(meta, func(name string, _ any) bool {
		// The protocol's own names are between the client and the bridge.
		return strings.EqualFold(name, mcp.MetaKey) || strings.HasPrefix(name, "io.modelcontextprotocol/")
	})
	if returnURL != "" {
		if meta == nil {
			meta = map[string]any{}
		}
		meta[mcp.MetaKey] = map[string]any{"oauthCredentialProvider": map[string]any{"returnUrl": returnURL}}
	}
	params := map[string]any{"name": p.Name}
	if p.Arguments != nil {
		params["arguments"] = p.Arguments
	}
	if len(meta) > 0 {
		params["_meta"] = meta
	}
	return json.Marshal(params)
}

// request makes one request. It is made again only where the gateway did not carry it
// out: it was not sent, the session has ended, or the token is refused.
func (u *upstream) request(ctx context.Context, method string, params json.RawMessage, notify mcp.Notify) (body json.RawMessage, token string, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	for fresh, tries := false, 1; ; tries++ {
		token, err = u.run.Token(ctx, fresh)
		var s *mcp.Session
		if err == nil {
			s, err = u.open(ctx, token)
		}
		sent := err == nil
		if sent {
			body, err = s.Call(ctx, token, method, params, notify)
		}
		if err == nil || ctx.Err() != nil {
			return body, token, err
		}
		fresh = refused(err)
		again := fresh || u.over(s, err)
		if u.run.Failed(err) {
			u.forget(s)
			again = again || !sent || notConnected(err)
		}
		if !again || tries == maxTries {
			return nil, token, err
		}
		u.log.Info("bridge: the request is made again", "method", method, "error", err)
	}
}

// refused reports whether the gateway refused the token.
func refused(err error) bool {
	var failure *mcp.Error
	return errors.As(err, &failure) && failure.Status == http.StatusUnauthorized
}

// notConnected reports whether there was no connection to send the request on.
func notConnected(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

// over reports whether the session has ended, and forgets it then.
func (u *upstream) over(s *mcp.Session, err error) bool {
	if s == nil || !s.Over(err) {
		return false
	}
	u.forget(s)
	return true
}

// forget drops a session, unless another has taken its place.
func (u *upstream) forget(s *mcp.Session) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if s != nil && u.session == s {
		u.end()
		u.session = nil
	}
}

// open returns the session, and opens it if there is none. Callers that come
// meanwhile wait for it, but not longer than they want.
func (u *upstream) open(ctx context.Context, token string) (*mcp.Session, error) {
	select {
	case u.opening <- struct{}{}:
		defer func() { <-u.opening }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	u.mu.Lock()
	s := u.session
	u.mu.Unlock()
	if s != nil {
		return s, nil
	}
	client, err := u.run.Gateway(ctx)
	if err != nil {
		return nil, err
	}
	client.Token = token
	if s, err = mcp.Open(ctx, client); err != nil {
		return nil, err
	}
	streaming, end := context.WithCancel(u.ctx)
	u.mu.Lock()
	u.session, u.end = s, end
	u.mu.Unlock()
	if s.ToolsChange() {
		u.streams.Go(func() { u.follow(streaming, s) })
	}
	return s, nil
}

// follow listens to the session's notifications, and opens their stream again when it
// breaks, unless the gateway has none. What may have been missed counts as a change.
func (u *upstream) follow(ctx context.Context, s *mcp.Session) {
	pause, missed, fresh := firstPause, false, false
	for {
		token, err := u.run.Token(ctx, fresh)
		if err == nil {
			err = s.Listen(ctx, token, func() {
				if missed {
					u.changed()
				}
				pause = firstPause
			}, func(method string, _ json.RawMessage) {
				if method == "notifications/tools/list_changed" {
					u.changed()
				}
			})
		}
		var answer *mcp.Error
		switch fresh = refused(err); {
		case s.Over(err):
			u.forget(s)
			u.changed()
			return
		case errors.As(err, &answer) && answer.Status/100 == 4 && !fresh:
			u.log.Debug("bridge: the gateway announces nothing", "error", err)
			return
		}
		missed = true
		if wait.Sleep(ctx, pause) != nil {
			return
		}
		pause = min(2*pause, longestPause)
	}
}
