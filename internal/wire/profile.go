package wire

import (
	"encoding/json"
	"strings"
)

// NotKept replaces a value that is only shown, and never written to disk.
const NotKept = "[not kept]"

// WithoutProfile returns the exchange without the user's data in the tool's result.
// The field names stay, and so does an error.
func (e Exchange) WithoutProfile() Exchange {
	if e.To != Gateway || e.Operation != "tools/call" || e.Response.Body == "" {
		return e
	}
	for _, h := range e.Response.Header {
		if h.Name == "Content-Type" && strings.HasPrefix(h.Value, "text/event-stream") {
			e.Response.Body = eachEvent(e.Response.Body, withoutResult)
			return e
		}
	}
	e.Response.Body = withoutResult(e.Response.Body)
	return e
}

// withoutResult is a JSON-RPC answer without the values of its result.
func withoutResult(answer string) string {
	var a struct {
		JSONRPC json.RawMessage `json:"jsonrpc,omitempty"`
		ID      json.RawMessage `json:"id,omitempty"`
		Result  json.RawMessage `json:"result,omitempty"`
		Error   json.RawMessage `json:"error,omitempty"`
	}
	if json.Unmarshal([]byte(answer), &a) != nil {
		return NotKept
	}
	if a.Result != nil {
		names, ok := rewriteJSON(a.Result, keepNames)
		if !ok {
			return NotKept
		}
		a.Result = names
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return NotKept
	}
	return string(raw)
}

// keepNames drops a value, but keeps the names in a value that is itself JSON. It
// keeps MCP's own fields, which tell what kind of answer it was.
func keepNames(name string, leaf any) any {
	switch value := leaf.(type) {
	case bool:
		if name == "isError" {
			return value
		}
	case string:
		if name == "type" && (value == "text" || value == "image" || value == "resource") {
			return value
		}
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			if names, ok := rewriteJSON([]byte(value), func(string, any) any { return NotKept }); ok {
				return string(names)
			}
		}
	}
	return NotKept
}
