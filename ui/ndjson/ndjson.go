// Package ndjson is the front end for programs: one JSON object a line, as
// docs/ndjson.md describes.
package ndjson

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
	"agentcore-3lo/ui/words"
)

// FrontEnd writes one JSON object a line and nothing else on its output. Where a
// person sits at standard input, prompts go to the error stream.
type FrontEnd struct {
	out   io.Writer
	run   ui.Run
	asker plain.Asker
}

// New returns the front end.
func New(t *terminal.Terminal) *FrontEnd {
	n := &FrontEnd{out: t.Out}
	if t.Attended {
		aside := *t
		aside.Out = t.Err
		n.asker.Put = plain.New(&aside, false).Put
	}
	return n
}

// Line writes one event with the fields that every line has.
func Line(out io.Writer, event, run string, fields map[string]any) {
	line := maps.Clone(fields)
	line["event"], line["time"], line["run"] = event, time.Now().UTC().Format(time.RFC3339Nano), run
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line)
	_, _ = io.WriteString(out, text.EscapeJSON(b.String())) // a reader that went away ends the command by SIGPIPE
}

func (n *FrontEnd) line(event string, fields map[string]any) {
	Line(n.out, event, n.run.Name, fields)
}

// Open takes the run whose name the lines have from now on.
func (n *FrontEnd) Open(r ui.Run) { n.run = r }

// Begin tells the first states.
func (n *FrontEnd) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	for _, s := range m.Steps() {
		n.step(s, time.Now())
	}
	n.asker.Begin(ctx, m, l)
}

func (n *FrontEnd) step(s engine.Status, now time.Time) {
	n.line("step", map[string]any{"step": s.ID, "state": s.State, "reason": s.Reason, "elapsed_ms": s.Elapsed(now).Milliseconds()})
}

// Show writes the event itself, then every step whose state it changed.
func (n *FrontEnd) Show(before, after engine.Machine, e engine.Event) {
	n.Tell(e.Step, e.Body)
	old := before.Steps()
	for i, s := range after.Steps() {
		if s.State != old[i].State || s.Reason != old[i].Reason || s.Attempt != old[i].Attempt {
			n.step(s, e.Time)
		}
	}
	n.asker.Follow(after, e)
}

func (n *FrontEnd) call(id engine.ID, x wire.Exchange) {
	fields := map[string]any{"step": id, "service": x.Service, "operation": x.Operation,
		"status": x.Status, "request_id": x.RequestID, "ms": x.Took.Milliseconds()}
	if x.Err != nil {
		fields["error"] = n.run.Redact(x.Err.Error())
	}
	n.line("call", fields)
}

// Tell writes the line of what happened, where it has one.
func (n *FrontEnd) Tell(id engine.ID, body any) {
	note := func(text string) { n.line("note", map[string]any{"step": id, "text": text}) }
	switch b := body.(type) {
	case wire.Exchange:
		n.call(id, b)
	case engine.Asked:
		n.line("question", map[string]any{"step": id, "name": b.Question.Name, "secret": b.Question.Secret, "prompt": b.Question.Prompt})
	case event.Fact, event.Progress, event.Change, event.List, event.Confirmed, event.Diagnosis, event.Warning, event.Note:
		note(words.Line(b))
	case event.Verbatim:
		note(b.Text)
	case event.Link:
		n.url(id, b)
	case steps.Plan:
		n.line("plan", map[string]any{"step": id, "plan": b})
	case event.Result:
		n.result(id, b)
	}
}

func (n *FrontEnd) url(id engine.ID, u event.Link) {
	expires := ""
	if !u.Expires.IsZero() {
		expires = u.Expires.UTC().Format(time.RFC3339)
	}
	n.line("url", map[string]any{"step": id, "purpose": u.Purpose, "url": u.URL, "host": text.CleanLine(u.Host), "expires": expires})
	for _, warning := range u.Warnings {
		n.line("note", map[string]any{"step": id, "text": "Check this link: " + warning})
	}
}

func (n *FrontEnd) result(id engine.ID, r event.Result) {
	fields := map[string]any{"step": id, "tool": r.Tool}
	if r.JSON != nil {
		fields["profile"] = r.JSON
		if r.Beside != "" {
			fields["text"] = r.Beside
		}
	} else {
		fields["text"] = r.Text
	}
	n.line("result", fields)
}

// Put asks on the error stream, if somebody is there.
func (n *FrontEnd) Put(ctx context.Context, q engine.Question) (engine.Answer, error) {
	if n.asker.Put == nil {
		return "", engine.NeedsPerson{Questions: []engine.Question{q}}
	}
	return n.asker.Put(ctx, q)
}

// End writes the failure, what became stale, and the last line.
func (n *FrontEnd) End(o ui.Outcome) {
	if o.Failure != nil {
		Failed(n.out, n.run.Name, o.Step, *o.Failure)
	}
	Finished(n.out, n.run.Name, o)
}

// Failed writes the line of a failure.
func Failed(out io.Writer, run string, step engine.ID, f engine.Failure) {
	Line(out, "failed", run, map[string]any{"step": step, "doing": f.Doing, "why": f.Why, "next": f.Next, "log": f.Log})
}

// Finished writes the last line.
func Finished(out io.Writer, run string, o ui.Outcome) {
	if o.Left == nil {
		o.Left = []provision.Left{}
	}
	if o.Made == nil {
		o.Made = []provision.Made{}
	}
	Line(out, "finished", run, map[string]any{"ok": o.ExitCode == 0, "exit_code": o.ExitCode, "made": o.Made, "left": o.Left})
}

// Value writes the one line of a command that only reports.
func Value(out io.Writer, event, run string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", event, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		fields = map[string]any{event: json.RawMessage(raw)}
	}
	Line(out, event, run, fields)
	return nil
}
