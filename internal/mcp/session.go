package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"
)

// cancelLimit bounds how long a server is told that a request is cancelled.
const cancelLimit = 2 * time.Second

// Session is an initialized session with a server, for a program that passes
// messages on: requests, results and notifications stay as they are. It is safe for
// concurrent use.
type Session struct {
	client  Client
	changes bool
}

// Open performs the handshake and returns the session. Its errors are those of
// CallTool.
func Open(ctx context.Context, c Client) (*Session, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	known, raw, err := c.handshake(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{client: *known}
	var can struct {
		Capabilities struct {
			Tools struct {
				ListChanged bool `json:"listChanged"`
			} `json:"tools"`
		} `json:"capabilities"`
	}
	if json.Unmarshal(raw, &can) == nil {
		s.changes = can.Capabilities.Tools.ListChanged
	}
	return s, nil
}

// ToolsChange reports whether the server says that it announces changes of its tools.
func (s *Session) ToolsChange() bool { return s.changes }

// Over reports whether an error means that the session has ended, so that a new one
// has to be opened (MCP 2025-11-25, basic/transports, "Session Management").
func (s *Session) Over(err error) bool {
	var failure *Error
	return needsHandshake(err) || s.client.session != "" && errors.As(err, &failure) && failure.Status == http.StatusNotFound
}

// Call sends one request with this token and returns the raw result. notify, which
// may be nil, gets the notifications that come before it. If ctx ends first, the server is told that the
// request is cancelled. Its errors are those of CallTool.
func (s *Session) Call(ctx context.Context, token, method string, params json.RawMessage, notify Notify) (json.RawMessage, error) {
	if notify == nil {
		notify = func(string, json.RawMessage) {}
	}
	c := s.client
	c.Token, c.notify = token, notify
	result, _, err := c.attempt(ctx, method, params)
	return result, err
}

// Listen passes on the notifications that belong to no request, until the stream
// ends. heard is called once the server has opened it. A server without such a
// stream is an *Error with HTTP status 405 or another 4xx.
func (s *Session) Listen(ctx context.Context, token string, heard func(), notify Notify) error {
	c := s.client
	c.Token = token
	req, ex, err := c.request(ctx, "listen", nil)
	if err != nil {
		return err
	}
	req.Method, req.Body, req.ContentLength = http.MethodGet, http.NoBody, 0
	req.Header.Del("Content-Type")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := c.client().Do(req)
	if err != nil {
		return &TransportError{err}
	}
	defer resp.Body.Close()
	ex.Status, ex.ResponseHeader = resp.StatusCode, resp.Header.Clone()
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode != http.StatusOK || media != "text/event-stream" {
		ex.Response, _ = io.ReadAll(io.LimitReader(resp.Body, 4*maxExcerpt))
		_, err := judge(nil, errNotRPC, ex)
		return err
	}
	heard()
	err = eachEvent(resp.Body, func(data []byte) bool {
		passOn(data, notify)
		return false
	})
	if err != nil {
		return &TransportError{err}
	}
	return nil
}

// cancelled tells the server that nobody waits for the answer any more. A closed
// connection does not say so (MCP 2025-11-25, basic/transports).
func (c *Client) cancelled(ctx context.Context, id string) {
	if ctx.Err() == nil || c.notify == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelLimit)
	defer cancel()
	_ = c.send(ctx, "notifications/cancelled", map[string]any{"requestId": json.RawMessage(id), "reason": "the caller cancelled the request"}) // at best
}
