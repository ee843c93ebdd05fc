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

// Scope is what work on the resources of one run is given.
type Scope struct {
	AWS     *awsenv.Environment
	Run     *run.Run
	Owner   ownership.Owner
	Vendor  vendors.Vendor
	Backoff wait.Backoff
	Tell    func(body any)          // shows what happens
	Hide    func(secrets ...string) // keeps secrets out of every text from then on
	// Credentials gives the vendor's client ID with its secret to the one call
	// that takes them, and is told when AgentCore has them. nil where no
	// credential provider is created or updated.
	Credentials func(ctx context.Context, call func(types.Oauth2ProviderConfigInput) error) error
	// NewCredentials says that there are others than those that AgentCore holds;
	// nil = there are none.
	NewCredentials func() bool
}

// The longest waits.
const (
	gatewayLimit  = 15 * time.Minute
	targetLimit   = 10 * time.Minute
	providerLimit = 5 * time.Minute
	deletionLimit = 10 * time.Minute
	domainLimit   = 4 * time.Minute
	changingLimit = 5 * time.Minute // how long something that was READY once may go on changing
	roleLimit     = 2 * time.Minute // until a new role can be assumed
	secretLimit   = 3 * time.Minute // until the secret of a deleted provider is gone
	inUseLimit    = time.Minute     // until a provider's last target is forgotten; a stranger's target stays
)

// Inputs are what the run's resources follow from at present.
func (s Scope) Inputs() Inputs {
	r := s.Run.Record()
	return Inputs{Record: r, AWS: s.AWS, Vendor: s.Vendor, Tags: ownership.Tags(r.Run, s.Owner)}
}

// want is the description of one kind at present.
func (s Scope) want(name string) (kind, Resource) {
	k := kindOf(name)
	r, _ := k.describe(s.Inputs())
	return k, r
}

func (s Scope) names() run.Names { return run.Names{Run: s.Run.Name()} }

// poll looks until done, and tells each new state.
func (s Scope) poll(ctx context.Context, what string, limit time.Duration, look wait.Look) error {
	return s.Backoff.Poll(ctx, what, limit, s.Waiting(what), look)
}

// Waiting tells each new state of what is waited for.
func (s Scope) Waiting(what string) func(string) {
	return func(state string) { s.Tell(event.Progress{What: what, State: state}) }
}

// retry tries again while the error is one that passes.
func (s Scope) retry(ctx context.Context, what string, limit time.Duration, passes func(error) bool, try func(context.Context) error) error {
	return s.Backoff.Retry(ctx, what, limit, s.Waiting(what), func(err error) string {
		if !passes(err) {
			return ""
		}
		return "not yet (" + Brief(err) + ")"
	}, try)
}

// whenSettled repeats a change that is refused because a gateway or target is
// still being created or updated. That can follow one READY (Terraform's
// provider waits for two in a row).
func (s Scope) whenSettled(ctx context.Context, what string, change func(context.Context) error) error {
	return s.retry(ctx, what, changingLimit, advice.StillChanging, change)
}

// Brief is an error in a few words: its code, or its message.
func Brief(err error) string {
	f := advice.Read(err)
	if f.Code != "" {
		return f.Code
	}
	return text.CleanLine(f.Message)
}
