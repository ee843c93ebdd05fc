// Package advice turns an error into what a person does next. An error is read
// into facts, the facts into a typed cause, and one table has the advice for
// each cause.
//
// Every entry keeps one promise: following its advice does not end in the same
// failure.
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

// Action is what a caller of the gateway can do about a cause without a person,
// or with a question to them, before it gives the advice.
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
	Fix    string        // the step at which it can be fixed; "" = no step of the walkthrough
	Action Action        // "" = nothing
	Wait   time.Duration // how long a call is repeated first, because the cause may pass by itself; 0 = not at all

	words func(failed) string
	facts Facts
	from  Vendor
}

// failed is all that the words of an advice depend on.
type failed struct {
	Facts
	Situation
	Vendor Vendor
}

// For finds the advice for an error. v is the identity provider of the run. It
// is false where the cause is not known.
func For(err error, v Vendor) (Advice, bool) {
	f := Read(err)
	cause := reader{f, v}.cause()
	a, known := table[cause]
	a.Cause, a.facts, a.from = cause, f, v
	return a, known
}

// Next says what to do, one action first.
func (a Advice) Next(s Situation) string { return a.words(failed{a.facts, s, a.from}) }

// thenResume comes before the command that resumes, at the end of an advice.
const thenResume = "Then resume: "

// WithoutResume returns an advice without the command that resumes, for a
// command that waits until the advice is followed.
func WithoutResume(next string) string {
	action, _, _ := strings.Cut(next, thenResume)
	return strings.TrimSpace(action)
}

// Situation is what the words need to know of the command that failed.
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

// Remedy is an error that knows what to do about it, given the command that
// failed. What it knows takes the place of the table's advice.
type Remedy interface {
	error
	Remedy(Situation) string
}
