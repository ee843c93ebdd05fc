package advice

import (
	"net/http"
	"strings"

	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/pattern"
)

// Vendor describes an identity provider's errors, and where the user fixes them.
type Vendor struct {
	Name   string // as people know it
	Health string // URL of its status page

	// Consent are error codes and wordings of its consent page and of its token
	// endpoint, beside those of OAuth.
	Consent []Phrase
	API     map[string]Cause // error codes of its API, in lower case, beside those of OAuth
	// Daily recognizes the HTTP 429 of a daily limit; nil = there is none.
	Daily *pattern.Pattern

	// The words complete sentences of the advice.
	Access   string // how the app gets the permission: whole sentences
	Secrets  string // where the client ID and the client secret are shown
	Settings string // where the app's settings are
	Usage    string // where the use of the limits is shown
	Reset    string // when a daily limit ends
	CodeLife string // how long an authorization code is valid
}

// oauth are the error codes of every consent page and token endpoint.
var oauth = []Phrase{
	{ConsentRefused, Words(`\baccess_denied\b`), "RFC 6749, section 4.1.2.1"},
	{ScopeNotGranted, Words(`\binvalid_scope\b`), "RFC 6749, sections 4.1.2.1 and 5.2"},
	{ConsentUnavailable, Words(`\b(server_error|temporarily_unavailable)\b`), "RFC 6749, section 4.1.2.1"},
	{ClientRefused, Words(`\b(invalid_client|unauthorized_client)`), "RFC 6749, sections 4.1.2.1 and 5.2"},
	{CodeRefused, Words(`\binvalid_grant\b`), "RFC 6749, section 5.2"},
	{CallbackNotRegistered, Words(`\bredirect_uri\b|\bredirect uri (is|does|must)\b|\binvalid_redirect`), "RFC 6749, section 3.1.2.4, and RFC 7591, section 3.2.2"},
}

// consent reads an error of the consent page or of the token endpoint.
func (v Vendor) consent(said string) Cause { return find(said, oauth, v.Consent) }

// bearer are the error codes of APIs that accept bearer tokens (RFC 6750,
// section 3.1).
var bearer = map[string]Cause{"invalid_token": StoredTokenRefused, "insufficient_scope": PermissionMissing}

// statuses are the causes of an API's HTTP statuses, whatever its code is (RFC 9110,
// section 15.5, RFC 6585, section 4).
var statuses = map[int]Cause{
	http.StatusUnauthorized:    StoredTokenRefused,
	http.StatusForbidden:       PermissionMissing,
	http.StatusTooManyRequests: VendorThrottling,
}

// api reads the answer of the API behind the tool.
func (v Vendor) api(e *mcp.ToolError) Cause {
	cause := statuses[e.Upstream.Status]
	if code := strings.ToLower(e.Upstream.Code); e.Upstream.Status == 0 && code != "" {
		if cause = v.API[code]; cause == "" {
			cause = bearer[code]
		}
	}
	switch {
	case cause == VendorThrottling && v.Daily != nil && v.Daily.MatchString(e.Error()):
		return DailyLimit
	case cause != "":
		return cause
	case e.Upstream.Status >= http.StatusInternalServerError:
		return VendorUnavailable
	case e.Upstream.Status >= http.StatusBadRequest:
		return VendorOtherRefusal
	}
	return ""
}
