package mcp

import (
	"context"
	"encoding/json"
	"fmt"
)

// maxPages is how many pages of tools/list are read.
const maxPages = 100

// MetaKey is where a call's _meta overrides the credential settings of the target.
// It and its members are AWS's own (devguide, gateway-using-auth-ex-3lo).
const MetaKey = "aws.bedrock-agentcore.gateway/credentialProviderConfiguration"

// ToolCall is one tools/call.
type ToolCall struct {
	Name      string         // <target>___<operationId>
	Arguments map[string]any // nil is {}

	// ReturnURL is where AgentCore sends the browser after the consent; "" = the
	// target's default.
	ReturnURL string

	// ForceAuthentication true makes AgentCore discard the user's token and ask
	// for consent again; nil = not sent.
	ForceAuthentication *bool
}

// Result is the result of a tool call.
type Result struct {
	Text       string          // all contents as text, joined by newlines; structuredContent if there are none
	Structured json.RawMessage // structuredContent; nil = none
	Raw        json.RawMessage // the whole result
	IsError    bool            // the tool failed, and Text says how
	Exchange   Exchange

	texts []string // the text contents alone
	shown []string // every content as text
}

// Tool is one entry of tools/list.
type Tool struct {
	Name        string          `json:"name"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema,omitempty"`
}

// UnmarshalJSON reads an entry, whose names are case-sensitive.
func (t *Tool) UnmarshalJSON(data []byte) error {
	return exact(data, map[string]any{"name": &t.Name, "title": &t.Title, "description": &t.Description, "inputSchema": &t.InputSchema})
}

// CallTool makes one tools/call. Its errors are *ElicitationError if a user has to
// consent first, *Error for any other answer, and the wrapped transport error if
// there is no answer.
func (c *Client) CallTool(ctx context.Context, call ToolCall) (Result, error) {
	raw, ex, err := c.call(ctx, "tools/call", call.params())
	if err != nil {
		return Result{Exchange: ex}, err
	}
	result := Result{Raw: raw, Exchange: ex}
	var content []json.RawMessage
	if exact(raw, map[string]any{"content": &content, "structuredContent": &result.Structured, "isError": &result.IsError}) != nil ||
		content == nil && result.Structured == nil {
		return result, &Error{Status: ex.Status, RequestID: ex.RequestID, Exchange: ex,
			Message: "a result that is not a tool's"}
	}
	result.read(content)
	return result, nil
}

// ListTools calls tools/list until there is no further page.
func (c *Client) ListTools(ctx context.Context) ([]Tool, error) {
	var tools []Tool
	seen := map[string]bool{}
	params := map[string]any{}
	for range maxPages {
		raw, ex, err := c.call(ctx, "tools/list", params)
		if err != nil {
			return nil, err
		}
		var page []Tool
		var next string
		if exact(raw, map[string]any{"tools": &page, "nextCursor": &next}) != nil {
			return nil, &Error{Status: ex.Status, RequestID: ex.RequestID, Exchange: ex,
				Message: "a result that is no list of tools"}
		}
		tools = append(tools, page...)
		if next == "" {
			return tools, nil
		}
		if seen[next] {
			return nil, fmt.Errorf("the gateway's list of tools repeats after %d tools", len(tools))
		}
		seen[next] = true
		params = map[string]any{"cursor": next}
	}
	return nil, fmt.Errorf("the gateway's list of tools has more than %d pages", maxPages)
}

func (t ToolCall) params() any {
	arguments := t.Arguments
	if arguments == nil {
		arguments = map[string]any{}
	}
	params := map[string]any{"name": t.Name, "arguments": arguments}
	override := map[string]any{}
	if t.ReturnURL != "" {
		override["returnUrl"] = t.ReturnURL
	}
	if t.ForceAuthentication != nil {
		override["forceAuthentication"] = *t.ForceAuthentication
	}
	if len(override) > 0 {
		params["_meta"] = map[string]any{MetaKey: map[string]any{"oauthCredentialProvider": override}}
	}
	return params
}
