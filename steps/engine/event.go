package engine

import "time"

// Event is one thing that happened at a step. Events of the runner carry the
// attempt that they belong to; what a superseded attempt reports is dropped.
type Event struct {
	Step    ID
	Attempt int
	Time    time.Time
	// Body says what happened: one of the types below, or any other value that
	// the step tells the front ends. The machine knows only these types.
	Body any
}

// The events of the person.
type (
	// Visit turns to the step's page.
	Visit struct{}
	// Go wants the step to begin, or to be tried again after a failure.
	Go struct{}
	// Again wants a step that is done once more.
	Again struct{}
)

// The events of an attempt.
type (
	// Started begins the attempt. Only Work.Record is told: whoever sees the
	// machine knows.
	Started struct{}
	// Asked puts a question. The attempt waits for the answer.
	Asked struct{ Question Question }
	// Answered says that the question is answered or withdrawn.
	Answered struct{}
	// Delivered says that what other steps need exists. They may begin; the attempt
	// goes on.
	Delivered struct{}
	// Finished ends the attempt. Stale are the steps that no longer hold by it,
	// and why.
	Finished struct{ Stale map[ID]string }
	// Broke ends the attempt with a failure.
	Broke struct{ Failure Failure }
)

// Failure is what a person sees: what was being done, why it failed, what to
// do next, where the log is.
type Failure struct {
	Doing string `json:"doing"`
	Why   Why    `json:"why"`
	Next  string `json:"next"`
	Log   string `json:"log"`
	Exit  int    `json:"-"` // the exit code of a command that ends with it
	// Mender is another step, at which it can be mended; "" = none is known.
	Fix ID `json:"-"`
	// SaidNo says that the person did not want it: nothing went wrong.
	Declined bool `json:"-"`
}

// Why is the cause, as the service put it.
type Why struct {
	Service   string `json:"service"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
	Message   string `json:"message"`
}

// Error makes a failure an error again, for the front ends.
func (f Failure) Error() string { return f.Doing + ": " + f.Why.Message }

// personal says that the event comes from the person and not from an attempt.
func (e Event) personal() bool {
	switch e.Body.(type) {
	case Visit, Go, Again:
		return true
	}
	return false
}
