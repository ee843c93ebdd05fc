package sandbox

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

const jsonMedia = "application/json"

// An rpcRequest is one JSON-RPC message to a gateway.
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

// A visit is one request to a gateway that has been let in.
type visit struct {
	*Server
	world   *world
	realm   *realm
	gateway *gateway
	now     time.Time
	version string
	user    user
}

// routeGateway names the JSON-RPC method, so that Intercept can tell calls apart.
func (s *Server) routeGateway(r *http.Request, id string) (string, handle) {
	var rq rpcRequest
	err := json.Unmarshal(bodyOf(r), &rq)
	name := rq.Method
	if r.Method != http.MethodPost {
		name = r.Method
	}
	return "gateway:" + name, func(w http.ResponseWriter, r *http.Request) { s.serveGateway(w, r, id, rq, err) }
}

func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request, id string, rq rpcRequest, parseErr error) {
	if r.Method != http.MethodPost { // no stream and no session: there is nothing to GET or DELETE
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if s.wait(r.Context()) != nil {
		return
	}
	reply := rpcReply{accept: r.Header.Get("Accept"), id: rq.ID}
	err := s.change(func(world *world, now time.Time) error {
		v, problem := s.enter(r, world, id, now)
		if problem == nil {
			problem = v.parse(r, rq, parseErr)
		}
		if problem != nil {
			reply.problem = problem
			return nil
		}
		reply.notification = len(rq.ID) == 0
		if !reply.notification {
			reply.result, reply.err = v.dispatch(rq)
		}
		return nil
	})
	if err != nil {
		reply.problem = &httpProblem{status: http.StatusInternalServerError, id: rq.ID, err: rpcError{Code: codeInternal, Message: "Internal error"}}
	}
	reply.write(w)
}

// An httpProblem is a refusal below the level of JSON-RPC.
type httpProblem struct {
	status       int
	id           json.RawMessage
	err          rpcError
	authenticate string // WWW-Authenticate
	plain        string // AWS's own message instead of JSON-RPC
}

func (s *Server) enter(r *http.Request, world *world, id string, now time.Time) (*visit, *httpProblem) {
	for _, realm := range world.Realms {
		g := realm.Gateways[id]
		if g == nil {
			continue
		}
		if !g.Life.usable(now) || g.Failure != "" {
			return nil, &httpProblem{status: http.StatusNotFound, plain: "Gateway " + id + " is in " + g.Life.status(now, g.settled()) + " status"}
		}
		v := &visit{Server: s, world: world, realm: realm, gateway: g, now: now}
		return v, v.authenticate(r)
	}
	return nil, &httpProblem{status: http.StatusNotFound, plain: "Gateway " + id + " not found"}
}

// authenticate lets in who carries a JWT of the pool that the authorizer names,
// given to one of its allowed clients. The pool's id is enough, whatever the
// origin of the discovery URL: the sandbox never fetches one.
func (v *visit) authenticate(r *http.Request) *httpProblem {
	switch v.gateway.Input.AuthorizerType {
	case "CUSTOM_JWT":
	case "AWS_IAM":
		who, err := v.signature.check(r, restJSON, "bedrock-agentcore", v.now)
		if err == nil {
			err = v.callerMay(who.account, restJSON, need{action: "bedrock-agentcore:InvokeGateway", resource: v.gateway.arn()})
		}
		if err != nil {
			return &httpProblem{status: http.StatusForbidden, plain: asServiceError(err, restJSON).Message}
		}
		return nil
	default:
		return nil
	}
	metadata := v.endpoint + "/gateway/" + v.gateway.ID + "/.well-known/oauth-protected-resource"
	refused := func(message string) *httpProblem {
		return refusedBearer(fmt.Sprintf("Bearer resource_metadata=%q", metadata), message)
	}
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return refused("Missing Bearer token")
	}
	allowed := v.gateway.Input.Authorizer
	claims, ok := v.verify(token, allowed.pool(), v.now)
	if !ok || v.world.findPool(allowed.pool(), "") == nil || !allowed.admits(claims) {
		return refused("Invalid Bearer token")
	}
	v.user = user{Subject: claims.Subject, TokenHash: hash(token)}
	return nil
}

func refusedBearer(authenticate, message string) *httpProblem {
	return &httpProblem{
		status: http.StatusUnauthorized, id: json.RawMessage("0"), err: rpcError{Code: codeBearer, Message: message}, authenticate: authenticate,
	}
}

// admits checks what the authorizer lists. An access token of Cognito's has no
// audience, so that a gateway that asks for one lets none in.
func (a *authorizer) admits(claims accessClaims) bool {
	scopes := strings.Fields(claims.Scope)
	return (len(a.JWT.Clients) == 0 || slices.Contains(a.JWT.Clients, claims.ClientID)) &&
		len(a.JWT.Audience) == 0 &&
		(len(a.JWT.Scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(a.JWT.Scopes, s) }))
}

// parse checks the message and the protocol version. Without a version header
// it is 2025-03-26, as the transport's specification says.
func (v *visit) parse(r *http.Request, rq rpcRequest, parseErr error) *httpProblem {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	bad := func(code int, message string) *httpProblem {
		return &httpProblem{status: http.StatusBadRequest, id: rq.ID, err: rpcError{Code: code, Message: message}}
	}
	switch {
	case media != jsonMedia:
		return &httpProblem{status: http.StatusUnsupportedMediaType, plain: "Content-Type must be application/json"}
	case parseErr != nil && json.Valid(bodyOf(r)):
		return bad(codeRequest, "Invalid Request")
	case parseErr != nil:
		return bad(codeParse, "Parse error")
	case rq.Version != "2.0" || rq.Method == "" || string(rq.ID) == "null":
		return bad(codeRequest, "Invalid Request")
	}
	v.version = r.Header.Get("MCP-Protocol-Version")
	if v.version == "" {
		v.version = version20250326
		return nil
	}
	known := slices.Contains(v.gateway.Input.versions(), v.version)
	if !known && rq.Method != "initialize" && rq.Method != "server/discover" {
		return bad(codeRequest, fmt.Sprintf("Unsupported MCP protocol version: %s. Supported versions: %s", v.version, strings.Join(v.gateway.Input.versions(), ", ")))
	}
	return nil
}

func (v *visit) dispatch(rq rpcRequest) (any, error) {
	switch rq.Method {
	case "initialize":
		return v.initialize(rq.Params)
	case "ping":
		return object{}, nil
	case "tools/list":
		return v.listTools(rq.Params)
	case "tools/call":
		return v.callTool(rq.Params)
	default:
		return nil, &rpcError{Code: codeMethod, Message: "Method not found: " + rq.Method}
	}
}

// initialize agrees on the version asked for, or offers the newest that the gateway speaks.
func (v *visit) initialize(params json.RawMessage) (any, error) {
	var in struct {
		Version string `json:"protocolVersion"`
	}
	if json.Unmarshal(params, &in) != nil || in.Version == "" {
		return nil, &rpcError{Code: codeParams, Message: "protocolVersion is required"}
	}
	versions := v.gateway.Input.versions()
	agreed := slices.Max(versions)
	if slices.Contains(versions, in.Version) {
		agreed = in.Version
	}
	out := object{
		"protocolVersion": agreed,
		"capabilities":    object{"tools": object{"listChanged": false}},
		"serverInfo":      object{"name": v.gateway.Input.Name, "version": "1.0.0"},
	}
	if p := v.gateway.Input.Protocol; p != nil {
		setIf(out, "instructions", p.MCP.Instructions)
	}
	return out, nil
}

// An rpcReply is what goes back: JSON, or one server-sent event to a client
// that takes nothing else.
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
			writeJSON(w, jsonMedia, p.status, object{"message": p.plain})
			return
		}
		writeJSON(w, jsonMedia, p.status, rpcMessage(p.id, nil, &p.err))
		return
	}
	message := rpcMessage(rp.id, rp.result, rp.err)
	if strings.Contains(rp.accept, "text/event-stream") && !strings.Contains(rp.accept, jsonMedia) && !strings.Contains(rp.accept, "*/*") {
		raw, _ := json.Marshal(message) // plain data
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = fmt.Fprintf(w, "event: message\ndata: %s\n\n", raw)
		return
	}
	writeJSON(w, jsonMedia, http.StatusOK, message)
}

// An rpcAnswer has its members in the order in which people read them.
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
