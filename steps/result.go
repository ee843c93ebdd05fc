package steps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
)

func newResult(tool string, r mcp.Result) event.Result {
	x := r.Exchange
	result := event.Result{Tool: tool, Text: r.Text, Beside: r.Beside(), RequestID: x.RequestID, Private: vendor.Private,
		Request: request(x), Response: response(x)}
	object := r.JSON()
	if object == nil && json.Valid([]byte(r.Text)) {
		object = json.RawMessage(r.Text)
	}
	result.JSON = object
	var profile map[string]any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber() // numbers stay as they were written
	if decoder.Decode(&profile) == nil && !decoder.More() {
		result.Profile = profile
	}
	return result
}

func request(x mcp.Exchange) string {
	return fmt.Sprintf("POST %s\n%s\n%s", x.URL, headers(x.RequestHeader), indent(x.Request))
}

func response(x mcp.Exchange) string {
	return fmt.Sprintf("HTTP %d\n%s\n%s", x.Status, headers(x.ResponseHeader), indent(x.Response))
}

// exchangeText is a whole exchange, as a person reads it.
func exchangeText(x mcp.Exchange) string { return request(x) + "\n\n" + response(x) }

func headers(h map[string][]string) string {
	var lines []string
	for name, values := range h {
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func indent(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	pretty, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(pretty)
}
