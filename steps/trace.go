package steps

import (
	"encoding/json"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
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

// Page is what the person sees, for a second terminal.
type Page struct {
	Step  engine.ID `json:"step"`
	Enter string    `json:"enter,omitempty"` // what the key does now, such as "open the link in your browser"; "" = nothing
	Stage bool      `json:"stage,omitempty"` // the screen is shown to an audience
}

// PageKind is the kind of the journal entry for a Page.
const PageKind = "page"

// ShowPage records the page that the person sees in the run's journal, so that another
// terminal can follow. It writes a file: call it outside of the loop that draws.
func (w *Walk) ShowPage(p Page) {
	if w.Run.Name() == "" || w.Settings.LookOnly {
		return
	}
	body, err := json.Marshal(p)
	if err == nil {
		err = w.history.Append(run.Entry{Time: time.Now().UTC(), Step: string(p.Step), Kind: PageKind, Body: body})
	}
	if err != nil {
		w.log.Warn("journal", "error", err)
	}
}
