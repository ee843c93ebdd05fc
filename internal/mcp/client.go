// Package mcp makes the gateway call: one JSON-RPC POST, elicitation included.
// It is not a general MCP client. It implements as much of the Streamable HTTP
// transport (MCP specification 2025-11-25) as AgentCore Gateway needs, performs the
// handshake only if the server requires it, and keeps the whole exchange, because
// the tutorial shows it.
package mcp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ProtocolVersion is the MCP version that is requested: the first one with URL mode
// elicitation, and the last one with error -32042.
const ProtocolVersion = "2025-11-25"

const (
	maxBody        = 8 << 20     // bytes of an answer
	defaultTimeout = time.Minute // of a call whose context has no deadline
)

// Client calls one gateway. It has no state between calls, and is safe for
// concurrent use if its fields are not changed.
type Client struct {
	HTTP    *http.Client // nil: http.DefaultClient; redirects are never followed
	URL     string       // https; http on loopback only
	Token   string       // the access token, sent only to URL
	Version string       // MCP-Protocol-Version; "" is ProtocolVersion

	// Label, if set, adds the name of the method to the context of each request,
	// for observers of HTTP exchanges.
	Label func(ctx context.Context, method string) context.Context

	session string // MCP session of this copy of the client; "" = none
	notify  Notify // gets the notifications that precede an answer; nil = nobody
}

// Exchange is one HTTP request and its answer. The request's fields contain
// neither token nor session.
type Exchange struct {
	Request, Response             []byte // bodies
	RequestHeader, ResponseHeader http.Header
	Status                        int
	RequestID                     string // AWS's; "" = not in the answer
	URL                           string
}

// call sends one request and returns the raw result. If the server requires the
// handshake, call performs it and sends the request again. It retries no error:
// only the caller knows what may be repeated, and for how long.
func (c *Client) call(ctx context.Context, method string, params any) (json.RawMessage, Exchange, error) {
	if err := c.check(); err != nil {
		return nil, Exchange{}, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultTimeout)
		defer cancel()
	}
	result, ex, err := c.attempt(ctx, method, params)
	if !needsHandshake(err) {
		return result, ex, err
	}
	known, _, refused := c.handshake(ctx)
	if refused != nil {
		return result, ex, err
	}
	return known.attempt(ctx, method, params)
}

// attempt makes exactly one HTTP exchange.
func (c *Client) attempt(ctx context.Context, method string, params any) (json.RawMessage, Exchange, error) {
	// A random number that fits 31 bits: unique as the specification asks,
	// and small enough for every JSON library behind the gateway.
	id := strconv.Itoa(int(rand.Int32()))
	body, err := json.Marshal(request{JSONRPC: "2.0", ID: json.RawMessage(id), Method: method, Params: params})
	if err != nil {
		return nil, Exchange{}, fmt.Errorf("encoding the %s request: %w", method, err)
	}
	req, ex, err := c.request(ctx, method, body)
	if err != nil {
		return nil, Exchange{}, err
	}
	resp, err := c.client().Do(req)
	if err != nil {
		c.cancelled(ctx, id)
		return nil, ex, &TransportError{err}
	}
	defer resp.Body.Close()
	ex.Status = resp.StatusCode
	ex.ResponseHeader = resp.Header.Clone()
	ex.RequestID = cmp.Or(resp.Header.Get("x-amzn-requestid"), resp.Header.Get("x-amz-request-id"))

	message, raw, err := readAnswer(resp.Header.Get("Content-Type"), io.LimitReader(resp.Body, maxBody+1), id, c.notify)
	ex.Response = raw
	if err != nil {
		c.cancelled(ctx, id)
	}
	result, err := judge(message, err, ex)
	return result, ex, err
}

// request builds the POST of a message, and its exchange without the answer.
func (c *Client) request(ctx context.Context, method string, body []byte) (*http.Request, Exchange, error) {
	if c.Label != nil {
		ctx = c.Label(ctx, method)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, Exchange{}, fmt.Errorf("building the %s request: %w", method, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("MCP-Protocol-Version", cmp.Or(c.Version, ProtocolVersion))
	ex := Exchange{Request: body, RequestHeader: req.Header.Clone(), URL: c.URL}
	if c.session != "" {
		req.Header.Set(sessionHeader, c.session)
		ex.RequestHeader.Set(sessionHeader, "[redacted]")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
		ex.RequestHeader.Set("Authorization", "Bearer [redacted]")
	}
	return req, ex, nil
}

// client is the caller's HTTP client, whose transport observes exchanges, without
// redirects: one would send the token to another host.
func (c *Client) client() *http.Client {
	client := *cmp.Or(c.HTTP, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// check refuses to send the token unencrypted.
func (c *Client) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("the gateway URL %q is not a URL", c.URL)
	case u.User != nil:
		return errors.New("the gateway URL contains a user name, which the gateway does not accept")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("the gateway URL %q is not https: the token would be sent unencrypted", c.URL)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
