package testkit

import (
	"fmt"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/words"
)

// Outcome is the result of a walk, with all its events.
type Outcome struct {
	Of      *steps.Walk
	Machine engine.Machine
	Events  []engine.Event
	Asked   []string // the names of the questions
}

// Failure returns the failure at which the walk stopped, or nil.
func (o Outcome) Failure() *engine.Failure { return o.Machine.Failure() }

// Made returns the resources in the run's record.
func (o Outcome) Made() []provision.Made { rec := o.Of.Run.Record(); return provision.Recorded(&rec) }

// Left returns the resources that a cleanup could not delete or verify.
func (o Outcome) Left() []provision.Left { return o.Of.Left() }

// Stale returns the steps that have to run again, with the reasons.
func (o Outcome) Stale() map[engine.ID]string {
	rec := o.Of.Run.Record()
	return steps.StaleSteps(&rec)
}

// Said returns every line that was shown.
func (o Outcome) Said() string {
	var b strings.Builder
	for _, e := range o.Events {
		if line := Line(e); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// Result returns the last result of the tool, or nil.
func (o Outcome) Result() *event.Result {
	for i := len(o.Events) - 1; i >= 0; i-- {
		if r, ok := o.Events[i].Body.(event.Result); ok {
			return &r
		}
	}
	return nil
}

// Links returns the URLs that were shown for a purpose.
func (o Outcome) Links(p event.Purpose) []string {
	var all []string
	for _, e := range o.Events {
		if u := Link(e); u.Purpose == p {
			all = append(all, u.URL)
		}
	}
	return all
}

// Line returns the line that an event shows, or "".
func Line(e engine.Event) string { return words.Line(e.Body) }

// Link returns the link that an event shows, or the zero Link.
func Link(e engine.Event) event.Link {
	u, _ := e.Body.(event.Link)
	return u
}

// MustComplete fails the test unless all steps are done.
func (r *Run) MustComplete(o Outcome) Outcome {
	r.T.Helper()
	if f := o.Failure(); f != nil {
		r.T.Fatalf("failed while %s: %s %s: %s", f.Doing, f.Why.Service, f.Why.Code, f.Why.Message)
	}
	if !o.Machine.Complete() {
		r.T.Fatalf("not every step is done: %+v\nit said:\n%s", o.Machine.Steps(), o.Said())
	}
	return o
}

// MustFail fails the test unless the walk failed with this exit code, and its
// explanation is complete and contains all words.
func (r *Run) MustFail(o Outcome, exit int, words ...string) *engine.Failure {
	r.T.Helper()
	f := o.Failure()
	if f == nil {
		r.T.Fatalf("it did not fail; it said:\n%s", o.Said())
	}
	r.MustExplain(f, exit)
	all := fmt.Sprintf("%s\n%s %s %s %s\n%s", f.Doing, f.Why.Service, f.Why.Code, f.Why.RequestID, f.Why.Message, f.Next)
	for _, w := range words {
		if !strings.Contains(all, w) {
			r.T.Errorf("the failure does not say %q:\n%s", w, all)
		}
	}
	return f
}

// MustExplain fails the test unless a failure has all four parts and this exit
// code.
func (r *Run) MustExplain(f *engine.Failure, exit int) {
	r.T.Helper()
	if f.Doing == "" || f.Why.Message == "" || f.Next == "" || f.Log == "" {
		r.T.Errorf("a part of the failure is missing: %+v", f)
	}
	if f.Exit != exit {
		r.T.Errorf("exit %d, want %d: failed while %s: %s %s", f.Exit, exit, f.Doing, f.Why.Code, f.Why.Message)
	}
	if strings.Contains(f.Why.Message, "fault in this program") {
		r.T.Errorf("it panicked while %s", f.Doing)
	}
}

// MustSay fails the test unless the walk showed all words.
func (r *Run) MustSay(o Outcome, words ...string) {
	r.T.Helper()
	for _, w := range words {
		if !strings.Contains(o.Said(), w) {
			r.T.Errorf("it does not say %q; it said:\n%s", w, o.Said())
		}
	}
}
