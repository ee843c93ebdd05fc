package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	// DefaultPort is the first port that is tried for a new folder.
	DefaultPort = 9595
	// AccessKeyID is a key id that looks like one and opens nothing.
	AccessKeyID = "AKIASANDBOX000000000"
	// SecretAccessKey goes with AccessKeyID; the sandbox never sees it.
	SecretAccessKey = "sandbox-secret-access-key-opens-nothing"
	// Region is the one that Env names; every other works as well.
	Region = aws.DefaultRegion
	// Account is the account of every key id that is not twelve digits itself.
	Account = aws.DefaultAccount
)

// Latency is how long things take: a class of waits, not a duration.
type Latency = state.LatencyClass

// The classes of latency.
const (
	LatencyNone     = state.LatencyNone
	LatencyLifelike = state.LatencyLifelike
	LatencySlow     = state.LatencySlow
)

// Refusal is what AgentCore Identity does after the person chose Cancel at the
// identity provider.
type Refusal = identity.Refusal

// The refusals.
const (
	RefusalWithError = identity.RefusalWithError
	RefusalBare      = identity.RefusalBare
	RefusalDeadEnd   = identity.RefusalDeadEnd
)

// Person plays the human at the browser.
type Person = person.Person

// PolicyAllows reports whether a policy document allows an action on a resource.
// The context has the values of condition keys, such as iam:PassedToService. It
// fails for a document that is no IAM policy.
func PolicyAllows(document, action, resource string, context map[string]string) (bool, error) {
	return policy.DocumentAllows(document, action, resource, context)
}

// Options are the sandbox's settings; the zero value serves from memory.
type Options struct {
	Dir       string           // folder that keeps the world between processes; "" = memory only
	Port      int              // 0: the one that Dir remembers, else the first free one from DefaultPort on
	PublicURL string           // base under which a browser reaches the sandbox behind a proxy; "" = the endpoint
	Latency   Latency          // "" = LatencyNone
	Refusal   Refusal          // "" = RefusalWithError
	Now       func() time.Time // nil = time.Now

	// Intercept, if set, wraps every operation, so that a test can make
	// it fail, wait, or lose its answer. Operations are called
	// "cognito-idp:CreateUserPool", "bedrock-agentcore:CreateGateway",
	// "gateway:tools/call", "token", "discovery", "authorize", "callback" and so on.
	Intercept func(operation string, next http.Handler) http.Handler

	// Faults act behind Intercept, counted from the start of this process.
	Faults []Fault
	// CallerPolicy is an IAM policy document that says what callers of AWS may
	// do, whatever their account; "" allows everything.
	CallerPolicy string

	Log *slog.Logger // nil = silent

	public *url.URL // PublicURL, checked
}

// check refuses settings that do not exist and fills in the defaults.
func (o *Options) check() (*fault.Set, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	switch o.Latency {
	case "", LatencyNone, LatencyLifelike, LatencySlow:
	default:
		return nil, fmt.Errorf("latency %q: none, lifelike or slow", o.Latency)
	}
	switch o.Refusal {
	case "":
		o.Refusal = RefusalWithError
	case RefusalWithError, RefusalBare, RefusalDeadEnd:
	default:
		return nil, fmt.Errorf("refusal %q: %s, %s or %s", o.Refusal, RefusalWithError, RefusalBare, RefusalDeadEnd)
	}
	if o.PublicURL != "" {
		public, err := url.Parse(strings.TrimRight(o.PublicURL, "/"))
		if err != nil || public.Host == "" || public.User != nil || (public.Scheme != "http" && public.Scheme != "https") {
			return nil, errors.New("the public URL is an http or https address, without user name and password")
		}
		o.public = public
	}
	return fault.NewSet(o.Faults, operations(), o.Log)
}
