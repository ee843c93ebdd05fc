package steps

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
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
	// UntilTurned waits until a page that plays by itself is in front of the person;
	// nil = pages do not turn.
	UntilTurned func(context.Context, engine.ID) error
	Rehearsal   bool               // the sandbox makes calls fail on purpose
	Stays       bool               // somebody watches what plays by itself, and is asked what next
	Now         func() time.Time   // the wall clock; nil = time.Now
	OpenURL     func(string) error // opens the person's browser; nil = cannot
	Env         func(string) string
	OnFailure   func(engine.Failure) // told of a step's failure before the front end; nil = nobody
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
func (s Settings) moment(ctx context.Context, page engine.ID) error {
	if !s.Yes || s.Moment == 0 {
		return ctx.Err()
	}
	if s.UntilTurned != nil {
		if err := s.UntilTurned(ctx, page); err != nil {
			return err
		}
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

// keep makes the options of a command the run's own, so that a later command
// needs no flags to behave the same. An option that is not given leaves the run's
// as it is. It returns what that changes about a run that has begun; the error
// says which options contradict each other.
func keep(r *run.Run, given Settings) (changed []string, err error) {
	rec := r.Record()
	own := rec.Settings
	next := own
	next.Pace = cmp.Or(given.Pace, own.Pace)
	next.RoleARN = cmp.Or(given.RoleARN, own.RoleARN)
	next.PermissionsBoundary = cmp.Or(given.PermissionsBoundary, own.PermissionsBoundary)
	next.RegisterReturnURL = own.RegisterReturnURL || given.RegisterReturnURL
	if next, err = returnurl.ListenAt(next, given.ReturnURL, given.Port); err != nil {
		return nil, err
	}
	return changes(own, next, rec.Begun()), r.Update(func(r *run.Record) { r.Settings = next })
}

// changes says what an option given now changes about a run that has begun.
func changes(was, is run.Settings, begun bool) []string {
	if !begun {
		return nil
	}
	var all []string
	if was.ReturnURL != is.ReturnURL && was.ReturnURL != "" && is.ReturnURL != "" {
		all = append(all, fmt.Sprintf("The return URL was %s and is %s from now on. The target is updated to it; an allow list keeps the old one.", was.ReturnURL, is.ReturnURL))
	}
	if was.Port != is.Port && was.Port != 0 {
		all = append(all, fmt.Sprintf("The listener moves from port %d to port %d. A port forwarding to the old one no longer reaches it.", was.Port, is.Port))
	}
	if was.RoleARN != is.RoleARN {
		all = append(all, fmt.Sprintf("The gateway uses the role %s from now on. A role that this run created stays until cleanup.", is.RoleARN))
	}
	return all
}
