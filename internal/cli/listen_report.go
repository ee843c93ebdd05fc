package cli

import (
	"fmt"
	"io"
	"time"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

// listenPause is the least time between two lines about the same kind of thing:
// somebody who makes sessions up must not fill the screen with them.
const listenPause = time.Second

// listenReport writes what the listener meets, for a person or as NDJSON.
type listenReport struct {
	json     bool
	out      io.Writer
	run      string // that --run names
	slot     *tokenSlot
	redactor text.Redactor
	last     map[string]time.Time
	skipped  map[string]int
}

func newListenReport(a *program, slot *tokenSlot) *listenReport {
	return &listenReport{json: a.JSON, out: a.Terminal.Out, run: a.Run, slot: slot, last: map[string]time.Time{}, skipped: map[string]int{}}
}

// listening says where, and which sessions are completed.
func (r *listenReport) listening(l *callback.Listener, w *awsenv.Environment, note string, anySession bool) {
	if r.json {
		ndjson.Line(r.out, "listening", r.run, map[string]any{"return_url": l.ReturnURL(), "port": l.Port(), "sandbox": w.Sandbox, "region": w.Region, "any_session": anySession})
		return
	}
	r.print(fmt.Sprintf("Listening. Return URL: %s\nRegion: %s", l.ReturnURL(), w.Region))
	if note != "" {
		r.print(note)
	}
	if token, _ := r.slot.read(); token == "" {
		r.print(fmt.Sprintf("No token yet. Set %s before the start, or send it: POST http://localhost:%d/userIdentifier/token", steps.BearerVariable, l.Port()))
	}
	if anySession {
		r.print("This listener starts no session itself, so it completes any well-formed one with the token it has.")
	} else {
		r.print("Only the session you named is completed.")
	}
	r.print("Press Ctrl-C to stop.")
}

// arrival reports what completes nothing.
func (r *listenReport) arrival(a callback.Arrival) {
	what := map[callback.ArrivalKind]string{
		callback.ArrivalMalformed: "A browser came without a session. Nothing was completed.",
		callback.ArrivalUnknown:   "A browser came with a session that is not the one you named. Nothing was completed.",
		callback.ArrivalExpired:   "A browser came with a session that has expired. Nothing was completed.",
		callback.ArrivalBlocked:   "A request was refused: it is not a browser's plain visit to the return URL.",
		callback.ArrivalRetryable: "A session could not be bound yet. Reload the browser's page to try again.",
	}[a.Kind]
	if what == "" {
		return
	}
	fields := map[string]any{"kind": a.Kind}
	if a.Code != "" {
		what = fmt.Sprintf("A browser came with the error %q and without a session. Nothing was completed.", a.Code)
		fields["error"] = a.Code
	}
	if a.Err != nil {
		r.hide(a.Session)
		what += " (" + advice.Read(a.Err).Message + ")"
	}
	r.say("arrival", what, fields)
}

// outcome reports how a session ended.
func (r *listenReport) outcome(o callback.Outcome) {
	r.hide(o.Session)
	if o.Err == nil {
		r.say("session", "✓ The session is bound to the token's user.", map[string]any{"ok": true})
		return
	}
	f := advice.Read(o.Err)
	said := "A session could not be bound: " + f.Message
	if o.Refused {
		said = "No consent: " + f.Message
	}
	if f.Code != "" || f.RequestID != "" {
		said += fmt.Sprintf(" (%s, request %s)", f.Code, f.RequestID)
	}
	if a, _ := advice.For(o.Err, advice.Vendor{}); a.Cause == advice.SessionOver {
		said += "\nUse the very token that made the tool call, and a link that is not older than ten minutes."
	}
	r.say("session", said, map[string]any{"ok": false, "service": f.Service, "code": f.Code, "request_id": f.RequestID})
}

// stopped is the last line.
func (r *listenReport) stopped() {
	if r.json {
		ndjson.Line(r.out, "finished", r.run, map[string]any{"ok": true, "exit_code": steps.ExitDone})
		return
	}
	r.print("Stopped.")
}

// hide keeps session and token out of every later line.
func (r *listenReport) hide(session string) {
	token, _ := r.slot.read()
	r.redactor.Add(session, token)
}

// say writes one line about an event, unless there was one like it just now.
func (r *listenReport) say(event, said string, fields map[string]any) {
	kind := fmt.Sprint(event, fields["kind"], fields["ok"])
	if now := time.Now(); now.Sub(r.last[kind]) < listenPause {
		r.skipped[kind]++
		return
	} else {
		r.last[kind] = now
	}
	if n := r.skipped[kind]; n > 0 {
		said += fmt.Sprintf("\nThe same happened %d more times meanwhile.", n)
		delete(r.skipped, kind)
	}
	if !r.json {
		r.print(said)
		return
	}
	line := map[string]any{"text": r.safe(said)}
	for name, value := range fields {
		if s, ok := value.(string); ok {
			value = r.safe(s)
		}
		line[name] = value
	}
	ndjson.Line(r.out, event, r.run, line)
}

func (r *listenReport) print(s string) { fmt.Fprintln(r.out, r.safe(s)) }

func (r *listenReport) safe(s string) string { return text.Clean(r.redactor.Redact(s)) }
