// Package engine orders the steps of a walkthrough and carries them out: a pure
// state machine, the runner that does what it decides, the questions that steps
// put and the events that tell a front end what happens. It knows no service, no
// terminal and no step of the tutorial.
package engine

// ID names a step on the command line, in the record and in events.
type ID string

// Step is what the machine has to know of a step.
type Step struct {
	ID    ID
	Needs []ID // the steps that must be done before
	// Foreground steps wait for their page: they begin only when the person is
	// there. The others work ahead.
	Foreground bool
}
