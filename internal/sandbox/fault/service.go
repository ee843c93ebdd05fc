package fault

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/agentcore"
	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/cognito"
	"agentcore-3lo/internal/sandbox/gateway"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

// rule says to which operations a kind applies, and how it responds.
type rule struct {
	kind    Kind
	applies func(operation string) bool
	strike  func(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler)
}

func rules() []rule { return slices.Concat(serviceFaults(), accessFaults(), toolFaults()) }

func serviceFaults() []rule {
	return []rule{
		{Throttled, anyOperation, throttle},
		{Internal, anyOperation, func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			f.refuse(w, aws.InternalError(f.protocol(), "An internal error occurred"))
		}},
		{CutBefore, anyOperation, func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
			panic(http.ErrAbortHandler)
		}},
		{CutAfter, anyOperation, func(_ Fault, _ http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(newBufferedResponse(), r)
			panic(http.ErrAbortHandler)
		}},
		{Slow, anyOperation, delay},
		{Denied, isAWS, deny},
		{Expired, isAWS, expire},
		{BearerRefused, isGateway, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			gateway.RefuseBearer(w)
		}},
		{HTML, anyOperation, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			writePage(w, http.StatusOK, "<!doctype html><html><head><title>Sign in to the hotel</title></head><body><p>Welcome<br></body></html>")
		}},
		{HTMLError, anyOperation, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			writePage(w, http.StatusBadGateway, "<html><body>502 Bad Gateway</body></html>")
		}},
		{WrongID, anyOperation, alterResponse(func(_ Fault, body []byte) []byte { return identifiers.ReplaceAllFunc(body, otherID) })},
		{Truncated, anyOperation, alterResponse(func(_ Fault, body []byte) []byte { return body[:len(body)/2] })},
		{Empty, anyOperation, alterResponse(func(Fault, []byte) []byte { return nil })},
		{EmptyObject, func(op string) bool { return !isXML(op) }, alterResponse(func(Fault, []byte) []byte { return []byte("{}") })},
		{SSE, isGateway, asEvents},
		{FailedState, oneOf("GetGateway", "GetGatewayTarget", "GetOauth2CredentialProvider", "DescribeUserPoolDomain"), alterResponse(Fault.failState)},
		{RoleNotAssumable, oneOf("CreateGateway", "UpdateGateway"), func(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
			f.refuse(w, aws.AsError(agentcore.RoleNotAssumable(memberOf(r, "roleArn")), f.protocol()))
		}},
		{NotThere, func(op string) bool { return op == "token" || op == "discovery" }, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			cognito.NoSuchPool(w, "with an active domain at this address")
		}},
		{InUse, oneOf("DeleteGateway", "DeleteOauth2CredentialProvider", "DeleteUserPool"), refuseInUse},
		{AlreadyExists, oneOf("CreateOauth2CredentialProvider", "CreateResourceServer", "CreateRole", "CreateUserPoolDomain"),
			func(_ Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(newBufferedResponse(), r)
				next.ServeHTTP(w, r)
			}},
		{SecretDeleting, oneOf("CreateOauth2CredentialProvider"), func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			f.refuse(w, aws.AsError(secretDeleting(), f.protocol()))
		}},
		{StillChanging, oneOf("CreateGatewayTarget", "UpdateGatewayTarget", "UpdateGateway"), func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, name, _ := strings.Cut(f.Operation, ":")
			f.refuse(w, aws.AsError(agentcore.WrongStatus(name, state.Creating), f.protocol()))
		}},
	}
}

func anyOperation(string) bool { return true }
func isGateway(op string) bool { return strings.HasPrefix(op, "gateway:") }
func isAWS(op string) bool     { return strings.Contains(op, ":") && !isGateway(op) }
func isXML(op string) bool     { return strings.HasPrefix(op, "iam:") || strings.HasPrefix(op, "sts:") }

// oneOf matches AWS operations by name, without their service.
func oneOf(names ...string) func(string) bool {
	return func(op string) bool {
		_, name, _ := strings.Cut(op, ":")
		return isAWS(op) && slices.Contains(names, name)
	}
}

// protocol returns the protocol of the operation's service. The token endpoint and
// gateways use REST JSON.
func (f Fault) protocol() aws.Protocol {
	switch {
	case isXML(f.Operation):
		return aws.QueryXML
	case strings.HasPrefix(f.Operation, "cognito-idp:"):
		return aws.JSON11
	default:
		return aws.RESTJSON
	}
}

func (f Fault) refuse(w http.ResponseWriter, e *aws.Error) {
	aws.WriteError(w, f.protocol(), w.Header().Get(aws.RequestIDHeader), e)
}

func throttle(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	switch f.protocol() {
	case aws.QueryXML:
		f.refuse(w, &aws.Error{Code: "Throttling", Message: "Rate exceeded"})
	case aws.JSON11:
		f.refuse(w, &aws.Error{Code: "TooManyRequestsException", Message: "Too many requests"})
	default:
		if isGateway(f.Operation) {
			w.Header().Set("Retry-After", "0")
		}
		f.refuse(w, &aws.Error{Code: "ThrottlingException", Message: "Rate exceeded"})
	}
}

func delay(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	timer := time.NewTimer(cmp.Or(f.Delay, defaultDelay))
	defer timer.Stop()
	select {
	case <-timer.C:
		next.ServeHTTP(w, r)
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// deny names the service's whole account as the resource, because only the
// operation knows the resource.
func deny(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	service, _, _ := strings.Cut(f.Operation, ":")
	account, region := aws.SignedScope(r)
	if isXML(f.Operation) {
		region = ""
	}
	f.refuse(w, aws.AccessDenied(f.protocol(), aws.NotAuthorized(aws.CallerARN(account), f.Operation, fmt.Sprintf("arn:aws:%s:%s:%s:*", service, region, account))))
}

func expire(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	code := "ExpiredTokenException"
	if isXML(f.Operation) {
		code = "ExpiredToken"
	}
	f.refuse(w, &aws.Error{Code: code, Message: "The security token included in the request is expired"})
}

func refuseInUse(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	var err error
	switch _, name, _ := strings.Cut(f.Operation, ":"); name {
	case "DeleteGateway":
		err = agentcore.HasTargets(strings.Trim(strings.TrimPrefix(r.URL.Path, "/gateways/"), "/"))
	case "DeleteUserPool":
		err = cognito.HasDomain()
	default:
		err = agentcore.ProviderInUse(memberOf(r, "name"), "TARGET0000", "another-gateway")
	}
	f.refuse(w, aws.AsError(err, f.protocol()))
}

// memberOf returns a string member of a JSON request, or "".
func memberOf(r *http.Request, name string) string {
	var in map[string]any
	if json.Unmarshal(site.Body(r), &in) != nil {
		return ""
	}
	text, _ := in[name].(string)
	return text
}

// failState changes the state in a response to a failed one, with a reason.
func (f Fault) failState(body []byte) []byte {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return body
	}
	const reason = "SANDBOX: injected fault"
	switch _, name, _ := strings.Cut(f.Operation, ":"); name {
	case "DescribeUserPoolDomain":
		domain, _ := all["DomainDescription"].(map[string]any)
		if domain["Status"] == nil {
			return body // the domain does not exist yet
		}
		domain["Status"] = "FAILED"
	case "GetOauth2CredentialProvider":
		all["status"], all["failureReason"] = "CREATE_FAILED", reason
	default:
		all["status"], all["statusReasons"] = "FAILED", []string{reason}
	}
	raw, _ := json.Marshal(all) // it came from JSON
	return raw
}
