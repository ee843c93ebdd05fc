package fault

import (
	"encoding/json"
	"net/http"
	"net/url"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/gateway"
	"agentcore-3lo/internal/sandbox/identity"
	"agentcore-3lo/internal/sandbox/state"
)

// toolFaults are the faults of tools/call only.
func toolFaults() []rule {
	return []rule{
		{UnknownTool, isToolCall, asReply(func(_ *http.Request, tool string) (any, error) {
			return nil, gateway.UnknownTool(tool)
		})},
		{RPCInternal, isToolCall, asReply(func(*http.Request, string) (any, error) {
			return nil, gateway.InternalError()
		})},
		{Opaque, isToolCall, asTool(gateway.HiddenDetail, true)},
		{ReturnURL, isToolCall, asTool("You must register and use at least one ResourceOauth2ReturnUrl on your workload identity", true)},
		{VaultLag, isToolCall, asReply(func(r *http.Request, _ string) (any, error) { // the link has no session
			return nil, gateway.ElicitationRequired("http://" + r.Host + "/identities/oauth2/authorize?" + url.Values{"request_uri": {identity.RequestURN + state.RandomText(20, state.Mixed)}}.Encode())
		})},
		{VendorToken, isToolCall, asTool(gateway.UpstreamFailed+vendorError(http.StatusUnauthorized, 65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"), true)},
		{VendorForbidden, isToolCall, asTool(gateway.UpstreamFailed+vendorError(http.StatusForbidden, 100, "ACCESS_DENIED", "Not enough permissions to access: GET /userinfo"), true)},
		{VendorThrottled, isToolCall, asTool(gateway.UpstreamFailed+vendorError(http.StatusTooManyRequests, 101, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached."), true)},
		{VendorDown, isToolCall, asTool(gateway.UpstreamFailed+"503 Service Unavailable", true)},
		{VendorBody, isToolCall, asTool(vendorError(http.StatusInternalServerError, 0, "INTERNAL_SERVER_ERROR", "Internal Server Error"), false)},
	}
}

func isToolCall(op string) bool { return op == "gateway:tools/call" }

// asReply responds instead of the tool.
func asReply(answer func(r *http.Request, tool string) (any, error)) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return func(_ Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
		gateway.Reply(w, r, func(tool string) (any, error) { return answer(r, tool) })
	}
}

func asTool(text string, isError bool) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return asReply(func(*http.Request, string) (any, error) { return gateway.ToolText(text, isError), nil })
}

// vendorError formats an error as LinkedIn's API does.
func vendorError(status, serviceCode int, code, message string) string {
	raw, _ := json.Marshal(aws.Object{"status": status, "serviceErrorCode": serviceCode, "code": code, "message": message}) // plain data
	return string(raw)
}

// secretDeleting is Secrets Manager's error, as the creation of a provider returns
// it.
func secretDeleting() error {
	return aws.Invalid("", "You can't create this secret because a secret with this name is already scheduled for deletion.")
}
