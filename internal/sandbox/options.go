package sandbox

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/fault"
	"agentcore-3lo/internal/sandbox/identity"
	"agentcore-3lo/internal/sandbox/person"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/state"
)

const (
	// DefaultPort is the first port to try for a new folder.
	DefaultPort = 9595
	// AccessKeyID looks like an access key ID, and works only in a sandbox.
	AccessKeyID = "AKIASANDBOX000000000"
	// SecretAccessKey belongs to AccessKeyID. It is never sent to the sandbox.
	SecretAccessKey = "sandbox-secret-access-key-opens-nothing"
	// Region is the region in Env. Every other region works as well.
	Region = aws.DefaultRegion
	// Account is the account of an access key ID that does not begin with twelve
	// digits.
	Account = aws.DefaultAccount
)

// Latency selects how long operations and transitions take.
type Latency = state.LatencyClass

// The latencies.
const (
	LatencyNone     = state.LatencyNone
	LatencyLifelike = state.LatencyLifelike
	LatencySlow     = state.LatencySlow
	LatencyJittered = state.LatencyJittered
)

// Latencies lists all latencies.
func Latencies() []Latency { return state.LatencyClasses() }

// Refusal is what AgentCore Identity does after the user chose Cancel at the
// identity provider.
type Refusal = identity.Refusal

// The refusals.
const (
	RefusalWithError = identity.RefusalWithError
	RefusalBare      = identity.RefusalBare
	RefusalDeadEnd   = identity.RefusalDeadEnd
)

// Person simulates the user at the browser.
type Person = person.Person

// PolicyAllows reports whether a policy document allows an action on a resource.
// context has the values of condition keys, such as iam:PassedToService. It fails
// for a document that is not an IAM policy.
func PolicyAllows(document, action, resource string, context map[string]string) (bool, error) {
	return policy.DocumentAllows(document, action, resource, context)
}

// Options are the sandbox's settings. The zero value keeps the state in memory.
type Options struct {
	Dir       string           // folder for the state; "" = memory only
	Port      int              // 0: the port saved in Dir, or else the first free one from DefaultPort on
	PublicURL string           // base URL for browsers behind a proxy; "" = the endpoint
	Latency   Latency          // "" = LatencyNone
	Seed      uint64           // of the durations of calls; 0 = a random one
	Refusal   Refusal          // "" = RefusalWithError
	Now       func() time.Time // nil = time.Now
	Key       *rsa.PrivateKey  // of a new state: signs access tokens; nil = a new one

	// Intercept, if set, wraps every operation, so that a test can change its
	// result, delay it or drop its response. Operations have names such as
	// "cognito-idp:CreateUserPool", "bedrock-agentcore:CreateGateway",
	// "gateway:tools/call", "token", "discovery", "authorize" and "callback".
	Intercept func(operation string, next http.Handler) http.Handler

	// Faults apply inside Intercept. Calls are counted from the start of this
	// process.
	Faults []Fault
	// CallerPolicy is an IAM policy document for all callers of AWS operations, in
	// every account; "" allows everything.
	CallerPolicy string

	Log *slog.Logger // nil = silent

	public *url.URL // PublicURL, checked
}

// check rejects invalid settings and sets the defaults.
func (o *Options) check() (*fault.Set, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Latency != "" && !slices.Contains(Latencies(), o.Latency) {
		return nil, fmt.Errorf("unknown latency %q; use one of %v", o.Latency, Latencies())
	}
	o.Seed = cmp.Or(o.Seed, rand.Uint64())
	switch o.Refusal {
	case "":
		o.Refusal = RefusalWithError
	case RefusalWithError, RefusalBare, RefusalDeadEnd:
	default:
		return nil, fmt.Errorf("unknown refusal %q; use %s, %s or %s", o.Refusal, RefusalWithError, RefusalBare, RefusalDeadEnd)
	}
	if o.PublicURL != "" {
		public, err := url.Parse(strings.TrimRight(o.PublicURL, "/"))
		if err != nil || public.Host == "" || public.User != nil || (public.Scheme != "http" && public.Scheme != "https") {
			return nil, errors.New("the public URL must be an http or https URL without user name and password")
		}
		o.public = public
	}
	return fault.NewSet(o.Faults, operations(), o.Log)
}
