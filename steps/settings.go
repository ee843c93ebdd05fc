package steps

import (
	"context"
	"time"

	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
)

// Settings are the choices of one command. New hands each step its own part.
type Settings struct {
	account.SignIn

	Again     string // the command that repeats what failed; "" = the walk or cleanup of the run
	Program   string // the form that started the program, for printed commands
	LogPath   string // where the log stands
	LookOnly  bool   // the run is not this command's to change, so its record is not written
	Undecided bool   // no environment is chosen yet, so printed commands select none
	Port      int    // listener; 0 = the run's own, or 9090, or the next free one
	ReturnURL string // "" = found out
	RoleARN   string // the person's own gateway role; "" = one is created
	// PermissionsBoundary is the ARN of the policy that bounds the role that is
	// created.
	PermissionsBoundary string
	Pace                string // "auto" or "manual"; "" = the run's
	// OwnSandbox says that this process serves the sandbox, which ends with it.
	OwnSandbox bool
	Recreate   bool // create the provider or the inbound half anew
	// RegisterReturnURL keeps the return URL on the list of the gateway's workload
	// identity, so that AgentCore sends browsers nowhere else.
	RegisterReturnURL bool
	NoBrowser         bool                         // never open one
	Yes               bool                         // plan, registration and cleanup are agreed to
	Todo              []Step                       // what this command will run
	Given             func(question string) string // what a flag or variable answers; "" = nothing
	Simulated         Simulated                    // plays the person at the sandbox; nil on AWS
	LinkLife          time.Duration                // how long a consent link is waited for; 0 = ten minutes
	HelpAfter         time.Duration                // when a wait for the browser offers help by itself; 0 = 45 s
	TellAfter         time.Duration                // when a wait for an answer is told; 0 = 2 s
	Moment            time.Duration                // how long a page that plays by itself can be read before it goes on
	Now               func() time.Time             // the wall clock; nil = time.Now
	OpenURL           func(string) error           // opens the person's browser; nil = cannot
	Env               func(string) string
}

// Simulated plays the person at the browser. It is given URLs and nothing else.
type Simulated interface {
	CreateApp(ctx context.Context, portal string) (clientID, clientSecret string, err error)
	RegisterRedirect(ctx context.Context, portal, clientID, callbackURL string) error
	Allow(ctx context.Context, authorizationURL string) error
}

const (
	// tellAfter is how long an answer may take before the person is told what is
	// being waited for.
	tellAfter = 2 * time.Second
	// helpAfter is when the walkthrough offers help by itself.
	helpAfter = 45 * time.Second
)

// given is the answer that a flag or variable has for a question; "" when none.
func (s Settings) given(question string) string {
	if s.Given == nil {
		return ""
	}
	return s.Given(question)
}

// mayChoose says whether there is somebody to choose how it goes on.
func (s Settings) mayChoose() bool { return !s.Unattended && !s.Yes }

// moment lets a page be read that plays by itself.
func (s Settings) moment(ctx context.Context) error {
	if !s.Yes || s.Moment == 0 {
		return ctx.Err()
	}
	return wait.Sleep(ctx, s.Moment)
}

// will says whether this command runs a step.
func (s Settings) will(id engine.ID) bool {
	for _, step := range s.Todo {
		if step.ID == id {
			return true
		}
	}
	return false
}
