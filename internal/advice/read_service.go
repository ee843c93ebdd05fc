package advice

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/mcp"
)

// service reads the answer of an AWS service.
func (r reader) service(e smithy.APIError) Cause {
	if awsenv.RefusedForItsDate(e) {
		return RefusedForItsDate
	}
	if strings.HasSuffix(r.Service, " CompleteResourceTokenAuth") { // it passes on what the vendor's token endpoint said
		switch cause := r.vendor.consent(e.ErrorMessage()); cause {
		case "", ConsentRefused, ConsentUnavailable: // only a consent page says the latter two
		default:
			return cause
		}
	}
	return cmp.Or(prose(e.Error()), ofCode(e.ErrorCode()))
}

// proxied are the causes where something answered in place of a service.
var proxied = []Cause{ProxyUnreachable, ProxyPassword, ProxyRefuses, ProxyFails, GatewayErrorOnTheWay, WebPage}

// certain are causes of a failed sign-in that are more specific than the way that
// failed.
var certain = slices.Concat(proxied, []Cause{MFASessionEnded, ConfigurationFile, Setting, CABundle, AccountNotActive,
	DeniedByOrganization, DeniedBySession, DeniedByBoundary, DeniedByVPCEndpoint, ExplicitDeny})

func (r reader) signIn(e *awsenv.SignInError) Cause {
	if e.Err != nil {
		if inner := r.within(e.Err); slices.Contains(certain, inner) {
			return inner
		}
	}
	return Cause(e.Cause)
}

// Unavailable says that a service refuses credentials that STS accepts, or cannot be
// reached in the region.
type Unavailable struct {
	Service string   // as a person knows it: "Cognito"
	Region  string   // in which it was asked
	Regions []string // that are known to have everything; may be empty
	Err     error    // what it answered
}

func (e *Unavailable) Error() string { return e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }

// ofRegion reads a service's refusal of credentials that STS accepts; "" = the region
// is not the cause.
func ofRegion(e *Unavailable) Cause {
	var proxy *awsenv.ProxyError
	var name *net.DNSError
	switch {
	case HasCode(e, "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "OptInRequired"):
		// AWS, “Enable or disable AWS Regions in your account”; STS user guide,
		// “Manage AWS STS in an AWS Region”: tokens of the global endpoint are valid
		// only in regions that are enabled by default.
		return RegionNotEnabled
	case HasCode(e, "UnknownOperationException"):
		return ServiceNotInRegion
	case errors.As(e, &proxy):
		// AgentCore developer guide, “Supported AWS Regions”: a region without a
		// service has no host for it. A proxy says so with a status of its own.
		if proxy.Proxy != "" && proxy.Status >= 500 {
			return ServiceNotInRegion
		}
	case errors.As(e, &name):
		return ServiceNotInRegion
	}
	return ""
}

// ofTokenEndpoint reads an error of Cognito's token endpoint (Amazon Cognito
// developer guide, “The token issuer endpoint”; RFC 9110, section 15.6).
func ofTokenEndpoint(e *awsenv.TokenError) Cause {
	if e.Status < http.StatusInternalServerError {
		return AppClientRefused
	}
	return TokenEndpointFailing
}

// ofProxy reads an answer in place of a service's (RFC 9110, sections 9.3.6,
// 15.5 and 15.6; RFC 6585, section 6, and RFC 8952 for captive portals).
func ofProxy(e *awsenv.ProxyError) Cause {
	switch configured := e.Proxy != ""; {
	case e.Status == 0:
		return ProxyUnreachable
	case e.Status == http.StatusProxyAuthRequired:
		return ProxyPassword
	case configured && e.Status < http.StatusInternalServerError:
		return ProxyRefuses
	case configured:
		return ProxyFails
	case e.Status >= http.StatusInternalServerError:
		return GatewayErrorOnTheWay
	}
	return WebPage
}

// refused reads the error with which the browser returned from the consent page.
func (r reader) refused(e *callback.RefusedError) Cause {
	return cmp.Or(r.vendor.consent(e.Code+" "+e.Description), ConsentOtherError)
}

// tool reads a tool result that is not a success.
func (r reader) tool(e *mcp.ToolError) Cause {
	denied := readDenial(e.Error()).cause()
	switch {
	case denied != "":
		return ofGatewayRole(denied)
	case e.Empty: // MCP specification 2025-11-25, server/tools: a result has content
		return EmptyResult
	}
	cause := cmp.Or(r.vendor.api(e), prose(e.Error()))
	if cause == "" && unanswered.MatchString(e.Error()) {
		return VendorNoAnswer
	}
	return cause
}

// rpcCodes and gatewayStatuses are the causes of the gateway's codes: JSON-RPC 2.0;
// MCP specification 2025-11-25, authorization and server/tools; RFC 9110,
// section 15.5; RFC 6585, section 4.
var (
	rpcCodes        = map[int]Cause{-32603: InternalError, -32001: AccessTokenRefused}
	gatewayStatuses = map[int]Cause{
		http.StatusUnauthorized:    AccessTokenRefused,
		http.StatusForbidden:       AccessTokenRefused,
		http.StatusNotFound:        GatewayNotFound,
		http.StatusRequestTimeout:  GatewayUnavailable,
		http.StatusTooManyRequests: GatewayThrottled,
	}
)

// ofGateway reads an error of the gateway.
func ofGateway(e *mcp.Error) Cause {
	said := e.Error() + " " + e.Body
	if cause := cmp.Or(prose(said), rpcCodes[e.Code]); cause != "" {
		return ofGatewayRole(cause)
	}
	switch {
	case e.Code == -32602 && strings.Contains(strings.ToLower(said), "tool"):
		return UnknownTool
	case gatewayStatuses[e.Status] != "":
		return gatewayStatuses[e.Status]
	case e.Status >= http.StatusInternalServerError:
		return GatewayUnavailable
	case e.Broken():
		return GatewayConnectionLost
	case e.Foreign():
		return NotTheGateway
	}
	return ""
}

// ofGatewayRole returns the cause for a refusal of the role with which the gateway
// makes its calls (AgentCore developer guide, “Gateway outbound
// authorization”).
func ofGatewayRole(cause Cause) Cause {
	if cause == ActionNotAllowed || cause == DeniedByTrustPolicy {
		return GatewayRoleDenied
	}
	return cause
}

// transport reads a call without a complete answer. Retries can fix a lost
// connection, but not a proxy that refuses or a certificate that is not trusted.
func (r reader) transport(e *mcp.TransportError) Cause {
	switch inner := r.within(e.Err); {
	case slices.Contains(proxied, inner), inner == CertificateNotTrusted:
		return inner
	case Says(e, "x509:"), Says(e, "certificate"):
		return "" // what it wraps decides
	}
	return GatewayConnectionLost
}
