// Package advice tells the user what to do about an error. It reads the error into
// facts and the facts into a typed cause; one table has the advice for each cause.
//
// Following an advice never ends in the same failure.
package advice

import (
	"strings"
	"time"
)

// The exit codes of the program.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNeedsPerson = 3
	ExitDenied      = 4 // not signed in, or not allowed
	ExitInterrupted = 130
)

// Action is what a caller of the gateway can do about a cause before it gives the
// advice. Some actions ask the user a question.
type Action string

// The actions.
const (
	CheckGateway Action = "check the gateway" // compare its authorizer and protocol versions, and get a new access token
	CheckTarget  Action = "check the target"  // compare it, and create it where it is gone
	CheckRole    Action = "check the role"    // compare the gateway role's documents
	LearnCause   Action = "learn the cause"   // check the role, then let the gateway tell details
	RegisterURL  Action = "register the return URL"
	FreshConsent Action = "fresh consent" // the stored token is of no use
	FreshLink    Action = "fresh link"    // the same consent, once more
)

// Advice is what to do about a cause.
type Advice struct {
	Cause  Cause
	Exit   int           // exit code of a command that ends with it
	Fix    string        // the step where it can be fixed; "" = none
	Action Action        // "" = nothing
	Wait   time.Duration // how long to retry first, because the cause may be transient; 0 = not at all

	words func(failed) string
	facts Facts
	from  Vendor
}

// failed is everything that the text of an advice depends on.
type failed struct {
	Facts
	Situation
	Vendor Vendor
}

// For finds the advice for an error. v is the identity provider of the run. It
// returns false if the cause is not known.
func For(err error, v Vendor) (Advice, bool) {
	f := Read(err)
	cause := reader{f, v}.cause()
	a, known := table()[cause]
	a.Cause, a.facts, a.from = cause, f, v
	return a, known
}

// Next is the text of the advice. One action comes first.
func (a Advice) Next(s Situation) string { return a.words(failed{a.facts, s, a.from}) }

// thenResume precedes the command that resumes, at the end of an advice.
const thenResume = "Then resume: "

// WithoutResume returns an advice without the command that resumes, for a command
// that waits meanwhile.
func WithoutResume(next string) string {
	action, _, _ := strings.Cut(next, thenResume)
	return strings.TrimSpace(action)
}

// Situation describes the command that failed.
type Situation struct {
	Step      string // the step that failed; "" outside the walkthrough
	Consented bool   // a consent was given moments ago
	Retry     string // the complete command that resumes what failed
	Program   string // how this program was started
	Flags     string // the flags that name the environment, with a leading space; "" = none
	Profile   string // the AWS profile in use; "" = the default one
	Caller    string // ARN of the caller; "" = unknown
	Role      string // name of the gateway's role
	// Run writes a complete command of this program for this run.
	Run     func(words ...string) string
	Another string // the complete command that begins another run in the same environment
}

// Remedy is an error with its own advice, which replaces the table's.
type Remedy interface {
	error
	Remedy(Situation) string
}
