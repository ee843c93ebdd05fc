package steps

import (
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// Trace returns what happened in the run before this process, from its journal.
func (w *Walk) Trace() (*trace.Trace, error) {
	entries, err := w.store.Entries(w.Run.Name())
	t := trace.Read(entries)
	if len(entries) > 0 {
		t.Add(time.Now(), "", 0, trace.Opened{})
	}
	return t, err
}

// AddTo adds an event to a trace, as the journal would: with the attempts that begin
// between the two states of the machine. Every front end that shows a live trace
// calls it for each event, in order.
func AddTo(t *trace.Trace, before, after engine.Machine, e engine.Event) {
	var body any
	switch b := e.Body.(type) {
	case wire.Exchange, wire.Arrival:
		body = b
	case engine.Finished:
		body = trace.Finished{}
	case engine.Broke:
		body = trace.Broke{Reason: b.Failure.Why.Message}
	case engine.Asked:
		body = trace.Asked{Name: b.Question.Name, Final: b.Question.Final}
	case engine.Answered:
		body = trace.Answered{}
	case event.Link:
		if b.Purpose == event.Consent {
			body = trace.Linked{Expires: b.Expires}
		}
	}
	if body != nil {
		t.Add(e.Time, string(e.Step), e.Attempt, body)
	}
	for _, s := range after.Steps() {
		if s.Attempt != before.Of(s.ID).Attempt {
			t.Add(e.Time, string(s.ID), s.Attempt, trace.Started{})
		}
	}
}
