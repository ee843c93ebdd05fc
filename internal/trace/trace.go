// Package trace reads what happened in a run: the exchanges in their order, how far
// the sequence of a user-delegated call has come, and where the time went. A trace
// grows from the entries of the run's journal, or from events as they happen; both
// give the same.
package trace

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wire"
)

// The steps that make the sequence, and the one whose look-ups expect nothing.
const (
	consentStep       = "consent"
	invokeStep        = "invoke"
	prerequisitesStep = "prerequisites"
	cleanupStep       = "cleanup"
)

// The bodies that Add takes, beside wire.Exchange and wire.Arrival.
type (
	// Opened says that a process has opened the run: whatever was under way in the
	// process before is over.
	Opened struct{}
	// Started begins an attempt at a step.
	Started struct{}
	// Finished ends an attempt.
	Finished struct{}
	// Broke ends an attempt with a failure, for a reason.
	Broke struct{ Reason string }
	// Asked puts a question to the user.
	Asked struct {
		Name  string `json:"name"`
		Final bool   `json:"final,omitempty"` // nothing waits for the answer
	}
	// Answered says that the question is answered or withdrawn.
	Answered struct{}
	// Linked shows the user the link to consent with.
	Linked struct{ Expires time.Time }
)

// OpenedKind is the kind of the journal entry for Opened.
const OpenedKind = "opened"

// Trace is what happened in a run so far. The zero value is an empty trace. It is
// not safe for concurrent use.
type Trace struct {
	exchanges []*Exchange
	attempts  map[string]int // the newest attempt of each step
	round     round
	spans     spans
	full      bool
}

// Read returns the trace of a journal.
func Read(entries []run.Entry) *Trace {
	t := &Trace{}
	for _, e := range entries {
		t.AddEntry(e)
	}
	return t
}

// AddEntry adds one more entry of the journal. What it cannot use it ignores.
func (t *Trace) AddEntry(e run.Entry) {
	if e.Kind == run.Full {
		t.full = true
		return
	}
	if body, ok := decode(e); ok {
		t.Add(e.Time, e.Step, e.Attempt, body)
	}
}

// Add adds something that happened at an attempt at a step: a wire.Exchange, a
// wire.Arrival, or one of the types of this package. It ignores anything else.
func (t *Trace) Add(at time.Time, step string, attempt int, body any) {
	if t.superseded(step, attempt, body) {
		return
	}
	at = at.Round(0)
	t.spans.add(at, step, body)
	switch b := body.(type) {
	case wire.Exchange:
		b = b.WithoutProfile()
		b.Started, b.Took = b.Started.Round(0).UTC(), b.Took.Truncate(time.Millisecond)
		t.round.exchange(t.insert(&Exchange{Step: step, Attempt: attempt, Exchange: b}))
	case wire.Arrival:
		t.arrive(at, step, attempt, b)
	default:
		t.round.event(step, body)
	}
}

// superseded reports whether an attempt tells how it goes on although another has
// taken its place. Its exchanges still count.
func (t *Trace) superseded(step string, attempt int, body any) bool {
	switch body.(type) {
	case Started:
		if t.attempts == nil {
			t.attempts = map[string]int{}
		}
		t.attempts[step] = attempt
	case Finished, Broke, Asked, Answered, Linked:
		newest, begun := t.attempts[step]
		return begun && newest != attempt
	}
	return false
}

// Exchanges returns every exchange, in the order in which they began. Exchange n is at
// index n-1. What ran side by side can change the numbers of the newest ones. The
// slice is the trace's own, to be read only.
func (t *Trace) Exchanges() []*Exchange { return t.exchanges }

// Full reports whether the journal was full, so that later exchanges are missing.
func (t *Trace) Full() bool { return t.full }

// insert puts an exchange where it belongs by its time.
func (t *Trace) insert(e *Exchange) *Exchange {
	e.read()
	at := len(t.exchanges)
	for at > 0 && t.exchanges[at-1].Started.After(e.Started) {
		at--
	}
	t.exchanges = slices.Insert(t.exchanges, at, e)
	for i := at; i < len(t.exchanges); i++ {
		t.exchanges[i].Number = i + 1
	}
	return e
}

// Kinds of arrivals.
const (
	known   = "known"
	refused = "refused"
	expired = "expired"
	// These two say how an earlier one was answered.
	answered  = "answered"
	retryable = "retryable"
)

// arrive adds a visit of the browser as an exchange, or the answer to the last one.
func (t *Trace) arrive(at time.Time, step string, attempt int, a wire.Arrival) {
	if a.Kind == answered || a.Kind == retryable {
		for i := len(t.exchanges) - 1; i >= 0; i-- {
			if x := t.exchanges[i]; x.From == wire.Browser && x.Status == 0 && x.Arrival.Session == a.Session {
				x.Status, x.Took = a.Status, time.Duration(a.MS)*time.Millisecond
				t.round.answeredBy(x)
				return
			}
		}
		return
	}
	if !a.Time.IsZero() {
		at = a.Time
	}
	x := wire.Exchange{From: wire.Browser, To: wire.Program, Service: listener, Operation: "GET " + callbackPath(a.URL), Status: a.Status,
		Started: at.Round(0).UTC(), Took: time.Duration(a.MS) * time.Millisecond, Request: wire.Message{Method: "GET", URL: a.URL}}
	if a.Session != "" { // the journal has it apart
		mark := "?"
		if strings.Contains(a.URL, "?") {
			mark = "&"
		}
		x.Request.URL += mark + "session_id=" + a.Session
	}
	t.round.arrival(t.insert(&Exchange{Step: step, Attempt: attempt, Exchange: x, Arrival: a}))
}

// decode returns the body of a journal entry that a trace is made of.
func decode(e run.Entry) (body any, ok bool) {
	switch e.Kind {
	case OpenedKind:
		return Opened{}, true
	case "started":
		return Started{}, true
	case "finished":
		return Finished{}, true
	case "answered":
		return Answered{}, true
	case "exchange":
		return as[wire.Exchange](e.Body)
	case "arrival":
		return as[wire.Arrival](e.Body)
	case "question":
		return as[Asked](e.Body)
	case "failed":
		var f struct {
			Why struct{ Code, Message string }
		}
		err := json.Unmarshal(e.Body, &f)
		return Broke{f.Why.Message}, err == nil
	case "link":
		var l struct {
			Purpose string
			Expires time.Time
		}
		err := json.Unmarshal(e.Body, &l)
		return Linked{l.Expires}, err == nil && l.Purpose == "consent"
	}
	return nil, false
}

func as[T any](raw json.RawMessage) (any, bool) {
	var body T
	err := json.Unmarshal(raw, &body)
	return body, err == nil
}
