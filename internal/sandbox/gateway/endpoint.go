// Package gateway simulates the MCP endpoint of AgentCore gateways: JSON-RPC,
// tools, and calls of OpenAPI targets on behalf of a user.
package gateway

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// Identity is the part of AgentCore Identity that a gateway uses.
type Identity interface {
	// CheckReturnURL fails for a return URL that the workload identity does not
	// allow.
	CheckReturnURL(state.TokenRequest) error
	// Stored returns the vendor's grant of the token in the vault, or "" if the
	// user has to consent.
	Stored(*state.World, *state.Realm, state.TokenRequest) (grant string)
	// Begin starts an authorization session and returns the URL to open.
	Begin(*state.Realm, state.TokenRequest, time.Time) (authorizationURL string)
}

// Endpoint serves every gateway.
type Endpoint struct {
	Store    *state.Store
	Address  site.Address
	Latency  state.Latency
	Identity Identity
	// Authorize fails if the signature or the caller's permissions are not
	// sufficient.
	Authorize func(*http.Request, aws.Permission) error
	// Upstream responds instead of a target's API. It fails for what it does not
	// simulate.
	Upstream func(w *state.World, grant string, now time.Time, method string, url *url.URL) (status int, body any, err error)
	NotFound http.HandlerFunc
}

// Routes returns the routes of all gateways.
func (e *Endpoint) Routes() []site.Route {
	return []site.Route{
		{Pattern: "/gateway/{id}/mcp", Name: operation, Serve: e.serve},
		{Pattern: "GET /gateway/{id}/.well-known/oauth-protected-resource", Operation: "protected-resource", Serve: e.serveResourceMetadata},
	}
}

// Methods lists the JSON-RPC methods of a gateway.
func Methods() []string {
	return []string{"initialize", "notifications/initialized", "ping", "tools/list", "tools/call"}
}

// operation names a request to the MCP endpoint by its JSON-RPC method.
func operation(r *http.Request) string {
	if r.Method != http.MethodPost {
		return "gateway:" + r.Method
	}
	var rq rpcRequest
	_ = json.Unmarshal(site.Body(r), &rq) // an invalid request has no method
	return "gateway:" + rq.Method
}

// mcpRequest is an authenticated request to a gateway.
type mcpRequest struct {
	*Endpoint
	world   *state.World
	realm   *state.Realm
	gateway *state.Gateway
	now     time.Time
	version string
	user    state.User
}

func (e *Endpoint) serve(w http.ResponseWriter, r *http.Request) {
	var rq rpcRequest
	parseErr := json.Unmarshal(site.Body(r), &rq)
	if r.Method != http.MethodPost { // the gateway has no streams (GET) and no sessions (DELETE)
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	method := "unknown"
	if slices.Contains(Methods(), rq.Method) {
		method = rq.Method
	}
	if e.Latency.Wait(r.Context(), method) != nil {
		return
	}
	reply := rpcReply{accept: r.Header.Get("Accept"), id: rq.ID}
	err := e.Store.Update(func(world *state.World, now time.Time) {
		v, problem := e.enter(r, world, r.PathValue("id"), now)
		if problem == nil {
			problem = v.parse(r, rq, parseErr)
		}
		if problem != nil {
			reply.problem = problem
			return
		}
		reply.notification = len(rq.ID) == 0
		if !reply.notification {
			reply.result, reply.err = v.dispatch(rq)
		}
	})
	if err != nil {
		reply.problem = &httpProblem{status: http.StatusInternalServerError, id: rq.ID, err: rpcError{Code: codeInternal, Message: "Internal error"}}
	}
	reply.write(w)
}

func (e *Endpoint) enter(r *http.Request, world *state.World, id string, now time.Time) (*mcpRequest, *httpProblem) {
	for _, realm := range world.Realms {
		g := realm.Gateways[id]
		if g == nil {
			continue
		}
		if !g.Transition.Usable(now) || g.Failure != "" {
			return nil, &httpProblem{status: http.StatusNotFound, plain: "Gateway " + id + " is in " + g.Transition.Status(now, g.StableStatus()) + " status"}
		}
		v := &mcpRequest{Endpoint: e, world: world, realm: realm, gateway: g, now: now}
		return v, v.authenticate(r)
	}
	return nil, &httpProblem{status: http.StatusNotFound, plain: "Gateway " + id + " not found"}
}

// parse checks the message and the protocol version. Without a version header, the
// version is 2025-03-26, as the transport's specification says.
func (v *mcpRequest) parse(r *http.Request, rq rpcRequest, parseErr error) *httpProblem {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	bad := func(code int, message string) *httpProblem {
		return &httpProblem{status: http.StatusBadRequest, id: rq.ID, err: rpcError{Code: code, Message: message}}
	}
	switch {
	case media != site.JSON:
		return &httpProblem{status: http.StatusUnsupportedMediaType, plain: "Content-Type must be application/json"}
	case parseErr != nil && json.Valid(site.Body(r)):
		return bad(codeRequest, "Invalid Request")
	case parseErr != nil:
		return bad(codeParse, "Parse error")
	case rq.Version != "2.0" || rq.Method == "" || string(rq.ID) == "null":
		return bad(codeRequest, "Invalid Request")
	}
	v.version = r.Header.Get("MCP-Protocol-Version")
	if v.version == "" {
		v.version = state.Version20250326
		return nil
	}
	known := slices.Contains(v.gateway.Input.Versions(), v.version)
	if !known && rq.Method != "initialize" && rq.Method != "server/discover" {
		return bad(codeRequest, fmt.Sprintf("Unsupported MCP protocol version: %s. Supported versions: %s", v.version, strings.Join(v.gateway.Input.Versions(), ", ")))
	}
	return nil
}

func (v *mcpRequest) dispatch(rq rpcRequest) (any, error) {
	switch rq.Method {
	case "initialize":
		return v.initialize(rq.Params)
	case "ping":
		return aws.Object{}, nil
	case "tools/list":
		return v.listTools(rq.Params)
	case "tools/call":
		return v.callTool(rq.Params)
	default:
		return nil, &rpcError{Code: codeMethod, Message: "Method not found: " + rq.Method}
	}
}

// initialize accepts the requested version, or offers the newest that the gateway
// supports.
func (v *mcpRequest) initialize(params json.RawMessage) (any, error) {
	var in struct {
		Version string `json:"protocolVersion"`
	}
	if json.Unmarshal(params, &in) != nil || in.Version == "" {
		return nil, &rpcError{Code: codeParams, Message: "protocolVersion is required"}
	}
	versions := v.gateway.Input.Versions()
	agreed := slices.Max(versions)
	if slices.Contains(versions, in.Version) {
		agreed = in.Version
	}
	out := aws.Object{
		"protocolVersion": agreed,
		"capabilities":    aws.Object{"tools": aws.Object{"listChanged": false}},
		"serverInfo":      aws.Object{"name": v.gateway.Input.Name, "version": "1.0.0"},
	}
	if p := v.gateway.Input.Protocol; p != nil {
		aws.SetIf(out, "instructions", p.MCP.Instructions)
	}
	return out, nil
}
