// Package advice turns an error into what a person does next. It is one table
// of causes: each recognises one kind of error by its type, its code or a
// wording whose source is named, and says the next action.
//
// Every row keeps one promise: following its advice does not end in the same
// failure. Rows whose cause passes by itself belong to the waits, not here.
package advice

import (
	"errors"
	"slices"
	"time"
)

// Situation is what the advice needs to know of the command that failed.
type Situation struct {
	Step string // the step that failed; "" outside the walkthrough
	// Consented says that a consent was given less than a minute ago.
	Consented bool
	Retry     string // the complete command that goes on with what failed
	Program   string // how this program was started
	Flags     string // the flags that name the environment, with a leading space; "" = none
	Profile   string // the AWS profile in use; "" = the default one
	Caller    string // ARN of the caller; "" = unknown
	Role      string // name of the gateway's role
	Vendor    string // display name of the identity provider
	Product   string // the product that the vendor's app needs
	Health    string // URL of the vendor's status page
	// Run writes a complete command of this program for this run.
	Run func(words ...string) string
}

// Cause is one row of the table.
type Cause struct {
	// Name identifies the cause in tests, such as "credentials expired".
	Name string
	// Source is where the recognised wording or code comes from: an AWS page, a
	// specification, an SDK's source, or a reported incident.
	Source string
	// Matches recognises the cause.
	Matches func(Facts) bool
	// For is how long a call that ends with it is repeated first, because the
	// cause may pass by itself; 0 = not at all.
	For time.Duration
	// Action is what the walkthrough then does about it itself; "" = nothing.
	Action Action
	// Next says what to do, one action first.
	Next func(Facts, Situation) string
	Exit int // exit code of a command that ends with it
	// Step is where the cause can be fixed; "" = no step of the walkthrough.
	Step string
}

// Action is what the walkthrough can do about a cause without a person, or with
// a question to them, before it gives the advice.
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

// The exit codes of the program.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNeedsPerson = 3
	ExitDenied      = 4 // not signed in, or not allowed
	ExitInterrupted = 130
)

// Causes returns the table. The first row that matches counts, so the specific
// ones come first.
func Causes() []Cause {
	return slices.Concat(localCauses(), accessCauses(), proxyCauses(), denialCauses(), signInCauses(), vendorCauses(), gatewayCauses(), permissionCauses(), serviceCauses(), networkCauses(), lateCauses())
}

// For finds the cause of an error; ok is false where none is known.
func For(err error) (c Cause, ok bool) {
	facts := Read(err)
	for _, c := range Causes() {
		if c.Matches(facts) {
			return c, true
		}
	}
	return Cause{}, false
}

// text is the Next of a cause whose advice depends on nothing but the situation.
func text(next func(Situation) string) func(Facts, Situation) string {
	return func(_ Facts, s Situation) string { return next(s) }
}

// as is a Matches for a type of error.
func as[E error](f Facts) bool {
	var e E
	return errors.As(f.Err, &e)
}
