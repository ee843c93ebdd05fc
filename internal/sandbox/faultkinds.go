package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A faultRule says where a kind applies and what it does instead of, or to, the
// operation's own answer.
type faultRule struct {
	kind    FaultKind
	applies func(operation string) bool
	strike  func(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler)
}

func faultRules() []faultRule { return slices.Concat(serviceFaults(), accessFaults(), toolFaults()) }

func serviceFaults() []faultRule {
	return []faultRule{
		{FaultThrottled, anyOperation, throttle},
		{FaultInternal, anyOperation, func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			f.refuse(w, internalError(f.protocol(), "An internal error occurred"))
		}},
		{FaultCutBefore, anyOperation, func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
			panic(http.ErrAbortHandler)
		}},
		{FaultCutAfter, anyOperation, func(_ Fault, _ http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(newKeptAnswer(), r)
			panic(http.ErrAbortHandler)
		}},
		{FaultSlow, anyOperation, delay},
		{FaultDenied, isAWS, deny},
		{FaultExpired, isAWS, expire},
		{FaultBearerRefused, isGateway, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			rpcReply{problem: refusedBearer("Bearer", "Invalid Bearer token")}.write(w)
		}},
		{FaultHTML, anyOperation, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			writePage(w, http.StatusOK, "<!doctype html><html><head><title>Sign in to the hotel</title></head><body><p>Welcome<br></body></html>")
		}},
		{FaultHTMLError, anyOperation, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			writePage(w, http.StatusBadGateway, "<html><body>502 Bad Gateway</body></html>")
		}},
		{FaultWrongID, anyOperation, altered(func(_ Fault, body []byte) []byte { return identifiers.ReplaceAllFunc(body, otherID) })},
		{FaultTruncated, anyOperation, altered(func(_ Fault, body []byte) []byte { return body[:len(body)/2] })},
		{FaultEmpty, anyOperation, altered(func(Fault, []byte) []byte { return nil })},
		{FaultEmptyObject, func(op string) bool { return !isXML(op) }, altered(func(Fault, []byte) []byte { return []byte("{}") })},
		{FaultSSE, isGateway, asEvents},
		{FaultFailedState, oneOf("GetGateway", "GetGatewayTarget", "GetOauth2CredentialProvider", "DescribeUserPoolDomain"), altered(Fault.failState)},
		{FaultRoleNotAssumable, oneOf("CreateGateway", "UpdateGateway"), func(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
			f.refuse(w, asServiceError(roleNotAssumable(memberOf(r, "roleArn")), f.protocol()))
		}},
		{FaultNotThere, func(op string) bool { return op == "token" || op == "discovery" }, func(_ Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			noSuchPool(w, "with an active domain at this address")
		}},
		{FaultInUse, oneOf("DeleteGateway", "DeleteOauth2CredentialProvider", "DeleteUserPool"), refuseInUse},
		{FaultAlreadyExists, oneOf("CreateOauth2CredentialProvider", "CreateResourceServer", "CreateRole", "CreateUserPoolDomain"),
			func(_ Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
				next.ServeHTTP(newKeptAnswer(), r)
				next.ServeHTTP(w, r)
			}},
		{FaultSecretDeleting, oneOf("CreateOauth2CredentialProvider"), func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			f.refuse(w, asServiceError(secretDeleting(), f.protocol()))
		}},
		{FaultStillChanging, oneOf("CreateGatewayTarget", "UpdateGatewayTarget", "UpdateGateway"), func(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, name, _ := strings.Cut(f.Operation, ":")
			f.refuse(w, asServiceError(inStatus(name, creating), f.protocol()))
		}},
	}
}

func anyOperation(string) bool { return true }
func isGateway(op string) bool { return strings.HasPrefix(op, "gateway:") }
func isAWS(op string) bool     { return strings.Contains(op, ":") && !isGateway(op) }
func isXML(op string) bool     { return strings.HasPrefix(op, "iam:") || strings.HasPrefix(op, "sts:") }

// oneOf names AWS operations without their service.
func oneOf(names ...string) func(string) bool {
	return func(op string) bool {
		_, name, _ := strings.Cut(op, ":")
		return isAWS(op) && slices.Contains(names, name)
	}
}

// protocol is how the operation's service writes its errors. Token endpoint and
// gateways write JSON as the REST services do.
func (f Fault) protocol() protocol {
	switch {
	case isXML(f.Operation):
		return queryXML
	case strings.HasPrefix(f.Operation, "cognito-idp:"):
		return json11
	default:
		return restJSON
	}
}

func (f Fault) refuse(w http.ResponseWriter, e *serviceError) {
	writeError(w, f.protocol(), w.Header().Get(requestIDHeader), e)
}

func throttle(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	switch f.protocol() {
	case queryXML:
		f.refuse(w, &serviceError{Code: "Throttling", Message: "Rate exceeded"})
	case json11:
		f.refuse(w, &serviceError{Code: "TooManyRequestsException", Message: "Too many requests"})
	default:
		if isGateway(f.Operation) {
			w.Header().Set("Retry-After", "0")
		}
		f.refuse(w, &serviceError{Code: "ThrottlingException", Message: "Rate exceeded"})
	}
}

func delay(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	timer := time.NewTimer(orElse(f.Delay, defaultDelay))
	defer timer.Stop()
	select {
	case <-timer.C:
		next.ServeHTTP(w, r)
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// deny names the service's whole account as the resource: which one it is only
// the operation itself could say.
func deny(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	service, _, _ := strings.Cut(f.Operation, ":")
	account, region := signedScope(r)
	if isXML(f.Operation) {
		region = ""
	}
	f.refuse(w, accessDenied(f.protocol(), notAuthorized(callerARN(account), f.Operation, fmt.Sprintf("arn:aws:%s:%s:%s:*", service, region, account))))
}

func expire(f Fault, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	code := "ExpiredTokenException"
	if isXML(f.Operation) {
		code = "ExpiredToken"
	}
	f.refuse(w, &serviceError{Code: code, Message: "The security token included in the request is expired"})
}

func refuseInUse(f Fault, w http.ResponseWriter, r *http.Request, _ http.Handler) {
	var err error
	switch _, name, _ := strings.Cut(f.Operation, ":"); name {
	case "DeleteGateway":
		err = hasTargets(strings.Trim(strings.TrimPrefix(r.URL.Path, "/gateways/"), "/"))
	case "DeleteUserPool":
		err = hasDomain()
	default:
		err = providerInUse(memberOf(r, "name"), "TARGET0000", "another-gateway")
	}
	f.refuse(w, asServiceError(err, f.protocol()))
}

// memberOf is a text member of a JSON request; "" where there is none.
func memberOf(r *http.Request, name string) string {
	var in map[string]any
	if json.Unmarshal(bodyOf(r), &in) != nil {
		return ""
	}
	text, _ := in[name].(string)
	return text
}

// failState makes the state in an answer a failed one, with a reason.
func (f Fault) failState(body []byte) []byte {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return body
	}
	const reason = "SANDBOX: it was told to fail"
	switch _, name, _ := strings.Cut(f.Operation, ":"); name {
	case "DescribeUserPoolDomain":
		domain, _ := all["DomainDescription"].(map[string]any)
		if domain["Status"] == nil {
			return body // nobody has the domain yet
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

// identifiers are what the services' answers name things by.
var identifiers = regexp.MustCompile(`"(Id|ClientId|UserPoolId|gatewayId|targetId|callbackUrl)":\s*"[^"]+"|"id":\s*[0-9]+|<(RoleId|Arn|Account)>[^<]+`)

// otherID alters the last characters of an identifier and keeps its form.
func otherID(id []byte) []byte {
	out := bytes.Clone(id)
	next := func(c, first, count byte) byte { return first + (c-first+1)%count }
	for i, changed := len(out)-1, 0; i >= 0 && changed < 3; i-- {
		switch c := out[i]; {
		case c >= '0' && c <= '9':
			out[i] = next(c, '0', 10)
		case c >= 'a' && c <= 'z':
			out[i] = next(c, 'a', 26)
		case c >= 'A' && c <= 'Z':
			out[i] = next(c, 'A', 26)
		default:
			continue
		}
		changed++
	}
	return out
}

func writePage(w http.ResponseWriter, status int, page string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(page)) // a client that went away is no news
}

// A keptAnswer holds an answer back.
type keptAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newKeptAnswer() *keptAnswer { return &keptAnswer{header: http.Header{}, status: http.StatusOK} }

func (k *keptAnswer) Header() http.Header         { return k.header }
func (k *keptAnswer) WriteHeader(status int)      { k.status = status }
func (k *keptAnswer) Write(p []byte) (int, error) { return k.body.Write(p) }

// altered lets the operation work, and changes what a success says.
func altered(change func(Fault, []byte) []byte) func(Fault, http.ResponseWriter, *http.Request, http.Handler) {
	return func(f Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
		kept := newKeptAnswer()
		next.ServeHTTP(kept, r)
		maps.Copy(w.Header(), kept.header)
		body := kept.body.Bytes()
		if kept.status < http.StatusMultipleChoices && len(body) > 0 {
			body = change(f, body)
		}
		if kept.status != http.StatusNoContent {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(kept.status)
		_, _ = w.Write(body)
	}
}

// asEvents answers as a gateway may: with a stream of one event.
func asEvents(_ Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	kept := newKeptAnswer()
	next.ServeHTTP(kept, r)
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = fmt.Fprintf(w, ": a comment\n\nevent: message\ndata: %s\n\n", bytes.ReplaceAll(kept.body.Bytes(), []byte("\n"), nil))
}
