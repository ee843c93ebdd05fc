package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
)

// rpcRequest is one JSON-RPC message to a gateway.
type rpcRequest struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *rpcError) Error() string { return e.Message }

const (
	codeParse       = -32700
	codeRequest     = -32600
	codeMethod      = -32601
	codeParams      = -32602
	codeInternal    = -32603
	codeBearer      = -32001
	codeElicitation = -32042
)

// httpProblem is an error on the HTTP level, below JSON-RPC.
type httpProblem struct {
	status       int
	id           json.RawMessage
	err          rpcError
	authenticate string // WWW-Authenticate
	plain        string // AWS's own message instead of JSON-RPC
}

// rpcReply is a response: JSON, or one server-sent event for a client that accepts
// nothing else.
type rpcReply struct {
	accept       string
	id           json.RawMessage
	notification bool
	result       any
	err          error
	problem      *httpProblem
}

func (rp rpcReply) write(w http.ResponseWriter) {
	if rp.notification {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if p := rp.problem; p != nil {
		if p.authenticate != "" {
			w.Header().Set("WWW-Authenticate", p.authenticate)
		}
		if p.plain != "" {
			site.WriteJSON(w, site.JSON, p.status, aws.Object{"message": p.plain})
			return
		}
		site.WriteJSON(w, site.JSON, p.status, rpcMessage(p.id, nil, &p.err))
		return
	}
	message := rpcMessage(rp.id, rp.result, rp.err)
	if strings.Contains(rp.accept, "text/event-stream") && !strings.Contains(rp.accept, site.JSON) && !strings.Contains(rp.accept, "*/*") {
		raw, _ := json.Marshal(message) // plain data
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = fmt.Fprintf(w, "event: message\ndata: %s\n\n", raw)
		return
	}
	site.WriteJSON(w, site.JSON, http.StatusOK, message)
}

// rpcAnswer has its members in a readable order.
type rpcAnswer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   error           `json:"error,omitempty"`
}

func rpcMessage(id json.RawMessage, result any, err error) rpcAnswer {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return rpcAnswer{"2.0", id, result, err}
}
