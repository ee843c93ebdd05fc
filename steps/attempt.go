package steps

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
)

// work is what a step does in one attempt. again says that the person asked for
// the step expressly.
type work func(ctx context.Context, p engine.Person, again bool) error

// attempts carries out attempts at steps, with everything that happens on the
// wire told and logged.
type attempts struct {
	account   *account.Account
	redactor  *text.Redactor
	redact    func(string) string // secrets, and authorization sessions, which become labels
	log       *slog.Logger
	tellAfter time.Duration
	forget    func()             // what this process has read of the resources
	steps     map[engine.ID]Step // of the tutorial
	work      map[engine.ID]work
	secret    *credentials // whose arrival marks a deferred step done
}

// do makes one attempt and returns the steps whose inputs it changed. A step
// whose credentials have expired begins again once they are renewed: it finds
// what it has created already.
func (x attempts) do(ctx context.Context, a *engine.Attempt, attended bool) (stale map[engine.ID]string, err error) {
	person := x.person(a)
	ctx = awsenv.WithObserver(ctx, x.observer(a))
	ctx = awsenv.WithWaiting(ctx, x.tellAfter, func(service, operation string) {
		person.Tell(event.Progress{What: service + " " + operation, State: "waiting for the answer"})
	})
	if a.Again {
		x.forget()
	}
	for {
		began := time.Now()
		err := x.guarded(a.Step, func() error { return x.work[a.Step](ctx, person, a.Again) })
		if err == nil {
			break
		}
		x.forget()
		if !account.Expired(err) || !attended {
			return nil, err
		}
		if unasked := x.account.Renew(ctx, person, a.Step, began, err); unasked != nil {
			if errors.As(unasked, &engine.NeedsPerson{}) {
				err = unasked
			}
			return nil, err
		}
	}
	return x.finish(a.Step)
}

// finish marks the step done, and says which others are stale by now.
func (x attempts) finish(id engine.ID) (stale map[engine.ID]string, err error) {
	step, part := x.steps[id]
	if !part { // cleanup
		return nil, nil
	}
	if !step.Deferred {
		err = x.markDone(id)
	}
	if step.Completes != "" {
		err = errors.Join(err, x.markDone(step.Completes))
	}
	rec := x.account.Run.Record()
	stale = StaleSteps(&rec)
	if step.Deferred && x.secret.waiting() {
		stale[Provider] = "a new secret waits to be handed over"
	}
	return stale, err
}

// markDone records a step as done, and on what that rests.
func (x attempts) markDone(id engine.ID) error {
	return x.account.Run.Update(func(r *run.Record) {
		m := run.Mark{Done: time.Now().UTC()}
		if inputs := x.steps[id].Inputs; inputs != nil {
			m.Inputs = inputs(r).String()
		}
		r.Steps[string(id)] = m
	})
}

// observer tells and logs each exchange.
func (x attempts) observer(a *engine.Attempt) func(wire.Exchange) {
	return func(e wire.Exchange) {
		x.log.Debug("call", "step", a.Step, "service", e.Service, "operation", e.Operation,
			"status", e.Status, "request_id", e.RequestID, "took", e.Took, "error", e.Err)
		a.Tell(e.Redacted(x.redact))
	}
}

// guarded makes a panic an error: the record and the terminal must survive it.
func (x attempts) guarded(step engine.ID, work func() error) error {
	err := provision.Guarded(work)
	var fault *provision.PanicError
	if errors.As(err, &fault) {
		x.log.Error("panic", "step", step, "value", fault.Value, "stack", fault.Stack)
		return advice.Problem{Doing: "running the step " + string(step), Err: fault}
	}
	return err
}

// person is whoever sits in front of an attempt, and sees no secret in what is
// quoted from a service.
func (x attempts) person(a *engine.Attempt) engine.Person { return redacting{x, a} }

type redacting struct {
	attempts attempts
	attempt  *engine.Attempt
}

func (p redacting) Tell(body any) {
	hide := p.attempts.redactor.Redact
	switch b := body.(type) {
	case event.Progress:
		b.What, b.State = hide(b.What), hide(b.State)
		body = b
	case event.Fact:
		b.Value, b.Note = hide(b.Value), hide(b.Note)
		body = b
	case event.Change:
		b.Reason = hide(b.Reason)
		body = b
	case event.Warning:
		b.Text = hide(b.Text)
		body = b
	case wire.Arrival:
		b.Session = p.attempts.redact(b.Session)
		body = b
	case event.Note:
		b.Text = hide(b.Text)
		p.attempts.log.Info("note", "step", p.attempt.Step, "text", b.Text)
		body = b
	}
	p.attempt.Tell(body)
}

func (p redacting) Ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	a, err := p.attempt.Ask(ctx, q)
	var refused engine.RefusedAnswer
	if errors.As(err, &refused) {
		return "", advice.Problem{Doing: "reading " + q.Name, Err: refused.Err, Next: "Correct " + q.Answers + " and start again.", Exit: ExitUsage}
	}
	return a, err
}

// discard drops log lines, where there is no log.
var discard = slog.New(slog.DiscardHandler)
