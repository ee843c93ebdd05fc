package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A FaultKind is one way in which an exchange with the services goes wrong.
type FaultKind string

const (
	// FaultThrottled refuses for the rate of calls, in the service's own code.
	FaultThrottled FaultKind = "throttled"
	// FaultInternal answers HTTP 500.
	FaultInternal FaultKind = "internal-error"
	// FaultCutBefore closes the connection before the work is done.
	FaultCutBefore FaultKind = "cut-before"
	// FaultCutAfter does the work and closes the connection: the answer is lost.
	FaultCutAfter FaultKind = "cut-after"
	// FaultSlow makes the call wait first, for Fault.Delay.
	FaultSlow FaultKind = "slow"
	// FaultDenied refuses as IAM does whose policies do not allow the action.
	FaultDenied FaultKind = "denied"
	// FaultExpired refuses credentials that have expired.
	FaultExpired FaultKind = "expired"
	// FaultBearerRefused is a gateway that does not take the bearer.
	FaultBearerRefused FaultKind = "bearer-refused"
	// FaultHTML answers 200 with a page, as a captive portal does.
	FaultHTML FaultKind = "html"
	// FaultHTMLError answers 502 with a page, as a proxy does.
	FaultHTMLError FaultKind = "html-error"
	// FaultWrongID alters the identifiers in the answer.
	FaultWrongID FaultKind = "wrong-id"
	// FaultTruncated cuts the answer in half.
	FaultTruncated FaultKind = "truncated"
	// FaultEmpty is a success without a body.
	FaultEmpty FaultKind = "empty"
	// FaultEmptyObject is a success whose body is {}.
	FaultEmptyObject FaultKind = "empty-object"
	// FaultSSE is a gateway that answers with an event stream.
	FaultSSE FaultKind = "sse"
	// FaultFailedState shows a thing that is being waited for as failed.
	FaultFailedState FaultKind = "failed-state"
	// FaultRoleNotAssumable is a role that IAM has not told everybody of yet.
	FaultRoleNotAssumable FaultKind = "role-not-assumable"
	// FaultNotThere is a user pool's domain, or its discovery document, that
	// cannot be reached yet.
	FaultNotThere FaultKind = "not-there"
	// FaultInUse refuses a deletion for what still hangs on the thing.
	FaultInUse FaultKind = "in-use"
	// FaultAlreadyExists does the work and then answers the same request once
	// more, as when a repeat follows an answer that was lost.
	FaultAlreadyExists FaultKind = "already-exists"
	// FaultSecretDeleting refuses a provider whose old secret is still being deleted.
	FaultSecretDeleting FaultKind = "secret-deleting"
	// FaultStillChanging refuses because the gateway is being created or updated.
	FaultStillChanging FaultKind = "still-changing"
	// FaultDeniedBySCP refuses by a service control policy of the organization.
	FaultDeniedBySCP FaultKind = "denied-by-scp"
	// FaultDeniedByBoundary refuses by the caller's permissions boundary.
	FaultDeniedByBoundary FaultKind = "denied-by-boundary"
	// FaultDeniedBySession refuses by the session policy of the credentials.
	FaultDeniedBySession FaultKind = "denied-by-session"
	// FaultDeniedByEndpoint refuses by the policy of a VPC endpoint.
	FaultDeniedByEndpoint FaultKind = "denied-by-endpoint"
	// FaultRegionOff is a region that is not enabled for the account.
	FaultRegionOff FaultKind = "region-off"
	// FaultNotSubscribed is an account that is not active yet, or no longer.
	FaultNotSubscribed FaultKind = "not-subscribed"
	// FaultBlockedPage answers 403 with a page, as a filtering proxy does.
	FaultBlockedPage FaultKind = "blocked-page"
	// FaultSilent does nothing and never answers.
	FaultSilent FaultKind = "silent"
	// FaultStalled does the work and stops in the middle of the answer.
	FaultStalled FaultKind = "stalled"
	// FaultDomainTaken is a domain prefix that another account's user pool has.
	FaultDomainTaken FaultKind = "domain-taken"
	// FaultNoSearch is a region whose gateways have no semantic search.
	FaultNoSearch FaultKind = "no-search"
	// FaultUnknownClient is a token endpoint that does not know a client yet.
	FaultUnknownClient FaultKind = "unknown-client"
	// FaultUnknownTool is a gateway that does not know the tool yet.
	FaultUnknownTool FaultKind = "unknown-tool"
	// FaultRPCInternal is a gateway that answers JSON-RPC's internal error.
	FaultRPCInternal FaultKind = "rpc-internal"
	// FaultOpaque is a tool result that hides its reason, as without exceptionLevel DEBUG.
	FaultOpaque FaultKind = "opaque-error"
	// FaultReturnURL is a tool result that asks for a registered return URL.
	FaultReturnURL FaultKind = "return-url-unregistered"
	// FaultVaultLag asks for consent once more, as a vault that is not up to date.
	FaultVaultLag FaultKind = "vault-lag"
	// FaultVendorToken is the vendor's API that refuses the user's token.
	FaultVendorToken FaultKind = "vendor-token-refused"
	// FaultVendorForbidden is the vendor's API that misses a product or permission.
	FaultVendorForbidden FaultKind = "vendor-forbidden"
	// FaultVendorThrottled is the vendor's API that asks for a pause.
	FaultVendorThrottled FaultKind = "vendor-throttled"
	// FaultVendorDown is the vendor's API that answers 503.
	FaultVendorDown FaultKind = "vendor-down"
	// FaultVendorBody is an error of the vendor's API that is not marked as one.
	FaultVendorBody FaultKind = "vendor-error-body"
)

// FaultKinds lists all kinds.
func FaultKinds() []FaultKind {
	var all []FaultKind
	for _, rule := range faultRules() {
		all = append(all, rule.kind)
	}
	return all
}

// Applies says whether an operation, named as Options.Intercept names it, can
// go wrong like that.
func (k FaultKind) Applies(operation string) bool {
	rule := k.rule()
	return rule.strike != nil && slices.Contains(operations(), operation) && rule.applies(operation)
}

func (k FaultKind) rule() faultRule {
	for _, rule := range faultRules() {
		if rule.kind == k {
			return rule
		}
	}
	return faultRule{}
}

// defaultDelay is long enough for a person to notice.
const defaultDelay = 3 * time.Second

// A Fault befalls an operation.
type Fault struct {
	Operation string // as Options.Intercept names it
	Kind      FaultKind
	Nth       int           // which call of the operation since the start, from 1; 0 = every one
	Delay     time.Duration // of FaultSlow; 0 = three seconds
}

// String is the form that ParseFault reads.
func (f Fault) String() string {
	text := string(f.Kind) + "@" + f.Operation
	if f.Nth > 0 {
		text += "#" + strconv.Itoa(f.Nth)
	}
	return text
}

// ParseFault reads "KIND@OPERATION", every call, or "KIND@OPERATION#N", the N-th
// call alone. Its errors list what there is to choose from.
func ParseFault(text string) (Fault, error) {
	kind, operation, found := strings.Cut(text, "@")
	if !found {
		return Fault{}, fmt.Errorf("fault %q: write KIND@OPERATION or KIND@OPERATION#N; %s", text, kindList())
	}
	f := Fault{Kind: FaultKind(kind), Operation: operation}
	if name, nth, counted := strings.Cut(operation, "#"); counted {
		n, err := strconv.Atoi(nth)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: after # comes which call, from 1", text)
		}
		f.Operation, f.Nth = name, n
	}
	return f, f.check()
}

func (f Fault) check() error {
	switch {
	case f.Kind.rule().strike == nil:
		return fmt.Errorf("fault %q: there is no kind %q; %s", f, f.Kind, kindList())
	case !slices.Contains(operations(), f.Operation):
		return fmt.Errorf("fault %q: there is no operation %q%s", f, f.Operation, meant(f.Operation))
	case !f.Kind.Applies(f.Operation):
		return fmt.Errorf("fault %q: %s cannot go wrong like that; %s is for %s", f, f.Operation, f.Kind, strings.Join(f.Kind.operations(), ", "))
	case f.Nth < 0:
		return fmt.Errorf("fault %q: calls are counted from 1", f)
	}
	return nil
}

func kindList() string {
	var names []string
	for _, k := range FaultKinds() {
		names = append(names, string(k))
	}
	return "the kinds are " + strings.Join(names, ", ")
}

// meant finds the operations that somebody may have had in mind.
func meant(name string) string {
	_, bare, _ := strings.Cut(":"+name, ":")
	bare = bare[strings.LastIndex(bare, ":")+1:]
	var near []string
	for _, op := range operations() {
		if strings.EqualFold(op[strings.LastIndex(op, ":")+1:], bare) {
			near = append(near, op)
		}
	}
	if near == nil {
		return "; operations are called bedrock-agentcore:CreateGateway, cognito-idp:CreateUserPool, iam:CreateRole, gateway:tools/call, token and so on"
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}

func (k FaultKind) operations() []string {
	return slices.DeleteFunc(operations(), func(op string) bool { return !k.Applies(op) })
}

// operations lists all that Intercept can be asked for, but for the sandbox's
// own ping, on which processes that join it rely.
func operations() []string {
	all := []string{
		"discovery", "jwks", "token", "protected-resource", "authorize", "callback", "consent", "allow", "cancel",
		"accessToken", "userinfo", "portal",
		"gateway:initialize", "gateway:notifications/initialized", "gateway:ping", "gateway:tools/list", "gateway:tools/call",
	}
	for name := range handlers() {
		service, operation, _ := strings.Cut(name, ":")
		all = append(all, strings.TrimSuffix(service, "-control")+":"+operation)
	}
	slices.Sort(all)
	return all
}

// Handler stands before an operation's handler and lets the fault befall every
// request, whatever Operation and Nth say.
func (f Fault) Handler(next http.Handler) http.Handler {
	strike := f.Kind.rule().strike
	if strike == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { strike(f, w, r, next) })
}

// A pendingFault counts the calls of its operation.
type pendingFault struct {
	Fault
	calls atomic.Int64
}

func pendingFaults(faults []Fault) ([]*pendingFault, error) {
	var all []*pendingFault
	for _, f := range faults {
		if err := f.check(); err != nil {
			return nil, err
		}
		all = append(all, &pendingFault{Fault: f})
	}
	return all, nil
}

// befall puts the faults that are due before an operation.
func (s *Server) befall(operation string, next http.Handler) http.Handler {
	for _, f := range s.faults {
		if f.Operation != operation {
			continue
		}
		if n := f.calls.Add(1); f.Nth == 0 || n == int64(f.Nth) {
			s.log.Info("fault", "fault", f.String())
			next = f.Handler(next)
		}
	}
	return next
}
