package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// sessionHeader names the session that a server may give in its answer to
// initialize (MCP 2025-11-25, basic/transports).
const sessionHeader = "Mcp-Session-Id"

// needsHandshake reports whether the server refused a plain call because it
// requires the handshake first. AgentCore Gateway does so if sessions are configured
// (HTTP 400, or 404 for a session that has ended). Its message is not documented, so
// this looks for the words that it must contain.
func needsHandshake(err error) bool {
	var failure *Error
	if !errors.As(err, &failure) {
		return false
	}
	said := strings.ToLower(failure.Message + failure.Body)
	return strings.Contains(said, "initializ") || strings.Contains(said, "session id") || strings.Contains(said, "session-id")
}

// handshake sends initialize, which declares the elicitation.url capability, and
// notifications/initialized. It returns a client for the session, if the server
// opens one, and the result of initialize. It never ends a session, because an
// elicitation may belong to it.
func (c *Client) handshake(ctx context.Context) (*Client, json.RawMessage, error) {
	raw, ex, err := c.attempt(ctx, "initialize", map[string]any{
		"protocolVersion": cmp.Or(c.Version, ProtocolVersion),
		"capabilities":    map[string]any{"elicitation": map[string]any{"url": map[string]any{}}},
		"clientInfo":      map[string]any{"name": "agentcore-3lo", "version": "1"},
	})
	if err != nil {
		return nil, nil, err
	}
	known := *c
	known.session = ex.ResponseHeader.Get(sessionHeader)
	if err := exact(raw, map[string]any{"protocolVersion": &known.Version}); err != nil || known.Version == "" {
		return nil, nil, errors.New("the answer to initialize names no protocol version")
	}
	return &known, raw, known.send(ctx, "notifications/initialized", nil)
}

// send sends a notification, which the server accepts with any 2xx.
func (c *Client) send(ctx context.Context, method string, params any) error {
	body, err := json.Marshal(request{JSONRPC: "2.0", Method: method, Params: params})
	if err != nil {
		return err
	}
	req, _, err := c.request(ctx, method, body)
	if err != nil {
		return err
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return &TransportError{err}
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the gateway answered %s to %s", http.StatusText(resp.StatusCode), method)
	}
	return nil
}
