package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// upstreamFailed is how a gateway words an error of the API behind a tool.
const upstreamFailed = "OpenAPIClientException - Error executing HTTP request: "

// toolFaults are the ways in which tools/call alone goes wrong.
func toolFaults() []faultRule {
	return []faultRule{
		{FaultUnknownTool, isToolCall, asReply(func(_ *http.Request, p callParams) (any, error) {
			return nil, &rpcError{Code: codeParams, Message: "Unknown tool: " + p.Name}
		})},
		{FaultRPCInternal, isToolCall, asReply(func(*http.Request, callParams) (any, error) {
			return nil, &rpcError{Code: codeInternal, Message: "Internal error"}
		})},
		{FaultOpaque, isToolCall, asTool(hiddenDetail, true)},
		{FaultReturnURL, isToolCall, asTool("You must register and use at least one ResourceOauth2ReturnUrl on your workload identity", true)},
		{FaultVaultLag, isToolCall, asReply(func(r *http.Request, _ callParams) (any, error) { // a link that leads nowhere
			return nil, consentNeeded("http://" + r.Host + "/identities/oauth2/authorize?" + url.Values{"request_uri": {requestURN + randomText(20, mixedAlphabet)}}.Encode())
		})},
		{FaultVendorToken, isToolCall, asTool(upstreamFailed+vendorError(http.StatusUnauthorized, 65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"), true)},
		{FaultVendorForbidden, isToolCall, asTool(upstreamFailed+vendorError(http.StatusForbidden, 100, "ACCESS_DENIED", "Not enough permissions to access: GET /userinfo"), true)},
		{FaultVendorThrottled, isToolCall, asTool(upstreamFailed+vendorError(http.StatusTooManyRequests, 101, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached."), true)},
		{FaultVendorDown, isToolCall, asTool(upstreamFailed+"503 Service Unavailable", true)},
		{FaultVendorBody, isToolCall, asTool(vendorError(http.StatusInternalServerError, 0, "INTERNAL_SERVER_ERROR", "Internal Server Error"), false)},
	}
}

func isToolCall(op string) bool { return op == "gateway:tools/call" }

// asReply answers a call in the tool's place.
func asReply(answer func(*http.Request, callParams) (any, error)) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return func(_ Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
		var rq rpcRequest
		var p callParams
		_ = json.Unmarshal(bodyOf(r), &rq) // what is no request is answered like one
		_ = json.Unmarshal(rq.Params, &p)
		reply := rpcReply{accept: r.Header.Get("Accept"), id: rq.ID}
		reply.result, reply.err = answer(r, p)
		reply.write(w)
	}
}

func asTool(text string, isError bool) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return asReply(func(*http.Request, callParams) (any, error) { return toolText(text, isError), nil })
}

// vendorError is how LinkedIn's API writes an error.
func vendorError(status, serviceCode int, code, message string) string {
	raw, _ := json.Marshal(object{"status": status, "serviceErrorCode": serviceCode, "code": code, "message": message}) // plain data
	return string(raw)
}

// secretDeleting is Secrets Manager's refusal, as the creation of a provider passes it on.
func secretDeleting() error {
	return invalid("", "You can't create this secret because a secret with this name is already scheduled for deletion.")
}
