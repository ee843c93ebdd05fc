package ndjson

import (
	"io"
	"time"

	"agentcore-3lo/internal/trace"
)

// Trace writes a line for each exchange, and then one with the sequence and the times
// of the whole run. token is the command that prints an access token.
func Trace(out io.Writer, run string, t *trace.Trace, exchanges []*trace.Exchange, token string) error {
	for _, x := range exchanges {
		Line(out, "exchange", run, exchangeFields(x, token))
	}
	s := t.Sequence()
	arrows := make([]map[string]any, len(s.Arrows))
	for i, a := range s.Arrows {
		arrows[i] = map[string]any{"number": a.Number, "from": a.From, "to": a.To, "label": a.Label, "seen": a.Seen, "state": a.State.String(), "note": a.Note}
		if a.Exchange != nil {
			arrows[i]["exchange"] = a.Exchange.Number
		}
	}
	times := t.Times(time.Time{})
	byStep := make([]map[string]any, len(times.Steps))
	for i, step := range times.Steps {
		spans := []map[string]any{}
		for _, span := range times.Spans[step] {
			spans = append(spans, map[string]any{"from_ms": span.From.Milliseconds(), "to_ms": span.To.Milliseconds(), "wait": span.Wait})
		}
		byStep[i] = map[string]any{"step": step, "work_ms": times.Work(step).Milliseconds(), "wait_ms": times.Wait(step).Milliseconds(), "spans": spans}
	}
	return Value(out, "trace", run, map[string]any{"exchanges": len(t.Exchanges()), "full": t.Full(),
		"sequence": map[string]any{"headline": s.Headline, "arrows": arrows},
		"times":    map[string]any{"total_ms": times.Total.Milliseconds(), "paused_ms": times.Paused.Milliseconds(), "steps": byStep}})
}

func exchangeFields(x *trace.Exchange, token string) map[string]any {
	fields := map[string]any{"number": x.Number, "step": x.Step, "attempt": x.Attempt, "from": x.From, "to": x.To, "service": x.Service, "operation": x.Operation,
		"started": x.Started.UTC().Format(time.RFC3339Nano), "ms": x.Took.Milliseconds(), "status": x.Status, "result": x.Result(), "failed": x.Failed(),
		"request_id": x.RequestID, "request": x.Request, "response": x.Response, "command": trace.Repeat(x, token).Text}
	if x.Err != nil {
		fields["error"] = x.Err.Error()
	}
	if x.Arrival.Kind != "" {
		fields["arrival"] = map[string]any{"kind": x.Arrival.Kind, "code": x.Arrival.Code, "session": x.Arrival.Session}
	}
	return fields
}
