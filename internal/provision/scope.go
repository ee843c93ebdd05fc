package provision

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/internal/wait"
)

// Scope is what functions need that work on the resources of one run.
type Scope struct {
	AWS     *awsenv.Environment
	Run     *run.Run
	Owner   ownership.Owner
	Vendor  vendors.Vendor
	Memory  *Memory // of this process; nil = everything is always read
	Backoff wait.Backoff
	Tell    func(body any)          // reports an event
	Hide    func(secrets ...string) // redacts these secrets from now on
	// Credentials passes the vendor's client ID and secret to the one call that
	// needs them. nil if no credential provider is created or updated.
	Credentials func(ctx context.Context, call func(types.Oauth2ProviderConfigInput) error) error
	// NewCredentials reports whether the user entered credentials that AgentCore
	// does not have yet; nil = no.
	NewCredentials func() bool
}

// The waits: how long each usually takes, where that is known, and at most.
var (
	gatewaySpan  = wait.Span{Usual: 10 * time.Second, Limit: 15 * time.Minute}
	targetSpan   = wait.Span{Usual: 2 * time.Second, Limit: 10 * time.Minute}
	providerSpan = wait.Span{Usual: time.Second, Limit: 5 * time.Minute}
	deletionSpan = wait.Span{Usual: 2 * time.Second, Limit: 10 * time.Minute}
	domainSpan   = wait.Span{Usual: time.Second, Limit: 4 * time.Minute}
	changingSpan = wait.Span{Limit: 5 * time.Minute} // how long a resource that was READY once may still be changing
	roleSpan     = wait.Span{Limit: 2 * time.Minute} // until a new role can be assumed
	secretSpan   = wait.Span{Limit: 3 * time.Minute} // until the secret of a deleted provider is gone
	inUseSpan    = wait.Span{Limit: time.Minute}     // until a provider's last target no longer counts
)

// Inputs are the current inputs of the run's resources.
func (s Scope) Inputs() Inputs {
	r := s.Run.Record()
	return Inputs{Record: r, AWS: s.AWS, Vendor: s.Vendor, Tags: ownership.Tags(r.Run, s.Owner)}
}

// want is the current description of one kind.
func (s Scope) want(name string) (kind, Resource) {
	k := kindOf(name)
	r, _ := k.describe(s.Inputs())
	return k, r
}

func (s Scope) names() run.Names { return run.Names{Run: s.Run.Name()} }

// poll polls until done, and reports each new state.
func (s Scope) poll(ctx context.Context, what string, span wait.Span, look wait.Look) error {
	return s.Backoff.Poll(ctx, what, span, s.Waiting(what), func(ctx context.Context) (string, bool, error) {
		state, done, err := look(ctx)
		if advice.IsThrottled(err) {
			err = &wait.ThrottledError{Err: err}
		}
		return state, done, err
	})
}

// Waiting reports each new state of something that is being waited for.
func (s Scope) Waiting(what string) func(string) {
	return func(state string) { s.Tell(event.Progress{What: what, State: state}) }
}

// retry retries while the error is transient.
func (s Scope) retry(ctx context.Context, what string, span wait.Span, passes func(error) bool, try func(context.Context) error) error {
	return s.Backoff.Retry(ctx, what, span, s.Waiting(what), func(err error) string {
		if !passes(err) {
			return ""
		}
		return "not yet (" + Brief(err) + ")"
	}, try)
}

// whenSettled retries a change that is refused because a gateway or target is still
// being created or updated. That can happen after one READY (Terraform's provider waits
// for two in a row).
func (s Scope) whenSettled(ctx context.Context, what string, change func(context.Context) error) error {
	return s.retry(ctx, what, changingSpan, advice.StillChanging, change)
}

// Brief is an error in a few words: its code, or its message.
func Brief(err error) string {
	f := advice.Read(err)
	if f.Code != "" {
		return f.Code
	}
	return text.CleanLine(f.Message)
}
