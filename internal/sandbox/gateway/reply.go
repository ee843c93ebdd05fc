package gateway

import (
	"encoding/json"
	"net/http"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
)

// ToolResult is the result of tools/call.
type ToolResult struct {
	Content    []TextContent `json:"content"`
	Structured aws.Object    `json:"structuredContent,omitempty"`
	IsError    bool          `json:"isError"`
	Meta       aws.Object    `json:"_meta,omitempty"`
}

// TextContent is a text in a result.
type TextContent struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// ToolText returns a result with one text.
func ToolText(text string, isError bool) ToolResult {
	return ToolResult{Content: []TextContent{{"text", text}}, IsError: isError}
}

// HiddenDetail is the text of a gateway without exceptionLevel DEBUG, instead of
// the reason.
const HiddenDetail = "An internal error occurred. Please retry later."

// UnknownTool is the error for a tool that no target has.
func UnknownTool(name string) error {
	return &rpcError{Code: codeParams, Message: "Unknown tool: " + name}
}

// InternalError returns JSON-RPC's internal error.
func InternalError() error { return &rpcError{Code: codeInternal, Message: "Internal error"} }

// RefuseBearer responds to a request with an invalid access token.
func RefuseBearer(w http.ResponseWriter) {
	rpcReply{problem: refusedBearer("Bearer", "Invalid Bearer token")}.write(w)
}

// Reply responds to a tool call instead of the tool.
func Reply(w http.ResponseWriter, r *http.Request, answer func(tool string) (result any, err error)) {
	var rq rpcRequest
	var p callParams
	_ = json.Unmarshal(site.Body(r), &rq) // an invalid request gets a response as well
	_ = json.Unmarshal(rq.Params, &p)
	reply := rpcReply{accept: r.Header.Get("Accept"), id: rq.ID}
	reply.result, reply.err = answer(p.Name)
	reply.write(w)
}
