package steps

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/engine"
)

// NewRunner returns a runner for the kit's run. The answerers are tried in
// order before a question goes to the front end; attended says whether there
// is anybody in front of it.
func NewRunner(kit *Kit, attended bool, answerers ...engine.Answerer) *engine.Runner {
	sessions := wire.NewSessions(0)
	redact := func(s string) string { return kit.Redactor.Redact(sessions.Label(s)) }
	var record func(engine.Event)
	if kit.Names.Run != "" && !kit.Settings.LookOnly { // the run is this process's to change
		before, err := kit.store.Entries(kit.Names.Run)
		if err != nil {
			kit.Log.Warn("journal", "error", err)
		}
		sessions = wire.NewSessions(lastSession(before))
		record = recorder(kit.store.Journal(kit.Names.Run), kit.Log, redact)
	}
	return engine.NewRunner(engine.Work{
		Do: func(ctx context.Context, a *engine.Attempt) (map[engine.ID]string, error) {
			return kit.attempt(ctx, a, attended, redact)
		},
		Explain: func(step engine.ID, err error) engine.Failure {
			f := kit.Explain(step, err)
			kit.Log.Error("step failed", "step", step, "doing", f.Doing, "code", f.Why.Code, "message", f.Why.Message)
			return f
		},
		Attended: attended, Yes: kit.Settings.Yes, Answerers: answerers,
		Record: record})
}

// attempt makes one attempt at a step, with everything that happens on the wire
// told and logged, and returns the steps that lost their basis by it.
func (k *Kit) attempt(ctx context.Context, a *engine.Attempt, attended bool, redact func(string) string) (stale map[engine.ID]string, err error) {
	step, _ := Find(a.Step)
	t := &Task{Kit: k, Person: redacting{k, a, redact}, Step: a.Step, Again: a.Again}
	t.Observer = func(x wire.Exchange) {
		k.Log.Debug("call", "step", a.Step, "service", x.Service, "operation", x.Operation,
			"status", x.Status, "request_id", x.RequestID, "took", x.Took, "error", x.Err)
		a.Tell(x.Redacted(redact))
	}
	ctx = awsenv.WithObserver(ctx, t.Observer)
	ctx = awsenv.WithWaiting(ctx, k.Settings.TellAfter, func(service, operation string) {
		t.Tell(Progress{service + " " + operation + ": waiting for the answer"})
	})
	for {
		began := time.Now()
		err := t.guarded(func() error { return step.Run(ctx, t) })
		if err == nil {
			break
		}
		// A step finds what it has made already, so it can begin again.
		if !expired(err) || !attended {
			return nil, err
		}
		if unasked := t.renewed(ctx, began, err); unasked != nil {
			if errors.As(unasked, &engine.NeedsPerson{}) {
				err = unasked
			}
			return nil, err
		}
	}
	if step.Deferred {
		stale = k.StaleSteps()
		if t.hasNewSecret() {
			stale[Provider] = "a new secret waits to be handed over"
		}
		return stale, nil
	}
	return k.markDone(step)
}

// guarded makes a panic an error: the record and the terminal must survive it.
// What a step does on a goroutine of its own needs it too.
func (t *Task) guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.Log.Error("panic", "step", t.Step, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = Problem{Doing: "running the step " + string(t.Step), Err: errors.New("a fault in this program; the log has the details")}
		}
	}()
	return work()
}

// redacting is the person of one attempt, who sees no secret in what is quoted
// from a service.
type redacting struct {
	kit     *Kit
	attempt *engine.Attempt
	redact  func(string) string // secrets and sessions
}

func (p redacting) Tell(body any) {
	switch b := body.(type) {
	case Progress:
		b.Text = p.kit.Redactor.Redact(b.Text)
		body = b
	case Note:
		b.Text = p.kit.Redactor.Redact(b.Text)
		p.kit.Log.Info("note", "step", p.attempt.Step, "text", b.Text)
		body = b
	case wire.Arrival:
		b.Session = p.redact(b.Session)
		body = b
	}
	p.attempt.Tell(body)
}

func (p redacting) Ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	a, err := p.attempt.Ask(ctx, q)
	var refused engine.RefusedAnswer
	if errors.As(err, &refused) {
		return "", Problem{Doing: "reading " + q.Name, Err: refused.Err, Next: "Correct " + q.Answers + " and start again.", Exit: ExitUsage}
	}
	return a, err
}

// discard drops log lines; a kit without a log file uses it.
var discard = slog.New(slog.DiscardHandler)
