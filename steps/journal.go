package steps

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// linkEntry is the entry of a link: all but its address, which whoever opens it
// consents with.
type linkEntry struct {
	Purpose event.Purpose `json:"purpose"`
	Host    string        `json:"host"`
	Expires time.Time     `json:"expires,omitzero"`
}

// recorder returns a function that appends events to a journal. What cannot be
// written is logged, and fails no step.
func recorder(journal *run.Journal, log *slog.Logger, redact func(string) string) func(engine.Event) {
	return func(e engine.Event) {
		entry, ok := entryOf(e, redact)
		if !ok {
			return
		}
		if err := journal.Append(entry); err != nil {
			log.Warn("journal", "error", err)
		}
	}
}

// entryOf is an event as the journal keeps it: no answer to a question, no
// address of a link, no value of a profile. It reports false for what is not
// kept.
func entryOf(e engine.Event, redact func(string) string) (run.Entry, bool) {
	entry := run.Entry{Time: e.Time.UTC(), Step: string(e.Step), Attempt: e.Attempt}
	var body any
	switch b := e.Body.(type) {
	case engine.Started:
		entry.Kind = "started"
	case engine.Finished:
		entry.Kind, body = "finished", map[string]any{"stale": b.Stale}
	case engine.Broke:
		entry.Kind, body = "failed", b.Failure
	case engine.Asked:
		entry.Kind, body = "question", map[string]string{"name": b.Question.Name}
	case engine.Answered:
		entry.Kind = "answered"
	case wire.Exchange:
		entry.Kind, body = "exchange", b.WithoutProfile()
	case wire.Arrival:
		entry.Kind, body = "arrival", b
	case event.Fact:
		entry.Kind, body = "fact", b
	case event.Progress:
		entry.Kind, body = "progress", b
	case event.Change:
		entry.Kind, body = "change", b
	case event.List:
		entry.Kind, body = "list", b
	case event.Confirmed:
		entry.Kind, body = "confirmed", b
	case event.Diagnosis:
		entry.Kind, body = "diagnosis", b
	case event.Warning:
		entry.Kind, body = "warning", b
	case event.Note:
		entry.Kind, body = "note", b
	case event.Link:
		entry.Kind, body = "link", linkEntry{b.Purpose, b.Host, b.Expires}
	case event.Result:
		entry.Kind, body = "result", map[string]any{"tool": b.Tool, "request_id": b.RequestID, "profile": slices.Sorted(maps.Keys(b.Profile))}
	default:
		return entry, false
	}
	if body != nil {
		raw, err := json.Marshal(body)
		if clean := []byte(redact(string(raw))); err == nil && json.Valid(clean) {
			entry.Body = clean
		}
	}
	return entry, true
}

var sessionLabel = regexp.MustCompile(`\bsession (\d{1,6})\b`)

// lastSession is the highest number that a session has in the journal, so that a
// session of this process gets no label of an earlier one's.
func lastSession(entries []run.Entry) int {
	last := 0
	for _, e := range entries {
		if !bytes.Contains(e.Body, []byte("session ")) { // spares most entries the search
			continue
		}
		for _, m := range sessionLabel.FindAllSubmatch(e.Body, -1) {
			n, _ := strconv.Atoi(string(m[1])) // six digits at most
			last = max(last, n)
		}
	}
	return last
}
