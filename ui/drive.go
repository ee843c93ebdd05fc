package ui

import (
	"context"
	"time"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// FrontEnd shows a walkthrough. Its methods are called by one goroutine.
type FrontEnd interface {
	// Begin comes first.
	Begin(Run, engine.Machine)
	// Show tells what an event has changed.
	Show(before, after engine.Machine, e engine.Event)
	// Ask puts the question without waiting; the answer goes to the function, or
	// why there is none. The context ends when the question is withdrawn.
	Ask(ctx context.Context, id engine.ID, q engine.Question, answer func(engine.Answer, error))
	// Ready waits for the person's Go (--pace manual).
	Ready(context.Context, engine.ID) error
	// End comes last.
	End(Outcome)
}

// Outcome is how a command ended.
type Outcome struct {
	ExitCode int
	Step     engine.ID // where it failed
	Failure  *engine.Failure
	Made     []provision.Made
	Left     []provision.Left
	Stale    map[engine.ID]string
}

// Drive runs the machine until nothing is left to do, and returns the outcome.
func Drive(ctx context.Context, kit *steps.Walk, runner *engine.Runner, m engine.Machine, front FrontEnd) Outcome {
	defer runner.Close()
	front.Begin(RunOf(kit), m)
	if missing := kit.Missing(ctx); len(missing) > 0 {
		f := kit.Explain("", engine.NeedsPerson{Questions: missing})
		f.Doing = "looking for the answers that will be needed"
		return Outcome{ExitCode: f.Exit, Failure: &f, Made: made(kit)}
	}
	asking := map[engine.ID]context.CancelFunc{}
	take := func(e engine.Event) {
		before := m
		var fx []engine.Effect
		m, fx = m.Next(e)
		front.Show(before, m, e)
		question, asked := e.Body.(engine.Asked)
		switch withdraw := asking[e.Step]; {
		case asked && m.Of(e.Step).State == engine.Asking:
			open, cancel := context.WithCancel(ctx)
			asking[e.Step] = cancel
			front.Ask(open, e.Step, question.Question, func(a engine.Answer, err error) {
				switch {
				case err == nil:
					runner.Answer(e.Step, a)
				case open.Err() == nil:
					runner.Unanswered(e.Step)
				}
			})
		case withdraw != nil && m.Of(e.Step).State != engine.Asking:
			withdraw()
			delete(asking, e.Step)
		}
		runner.Do(ctx, fx...)
	}
	// proceed begins what may begin. With manual pace the person says when.
	var nobody error
	proceed := func() bool {
		for _, s := range m.Steps() {
			if s.State != engine.Ready || m.Failure() != nil || ctx.Err() != nil {
				continue
			}
			if nobody = front.Ready(ctx, s.ID); nobody != nil {
				return false
			}
			take(engine.Event{Step: s.ID, Time: time.Now(), Body: engine.Go{}})
			return true
		}
		return false
	}
	take(engine.Event{Step: m.Page, Time: time.Now(), Body: engine.Visit{}})
	if m.Busy() || proceed() {
		for e := range runner.Events() {
			take(e)
			if !m.Busy() && !proceed() {
				break
			}
		}
	}
	o := OutcomeOf(kit, m)
	if nobody != nil && ctx.Err() == nil {
		f := kit.Explain("", nobody)
		o.Failure, o.ExitCode = &f, f.Exit
	}
	return o
}

// OutcomeOf is how a machine ended.
func OutcomeOf(kit *steps.Walk, m engine.Machine) Outcome {
	rec := kit.Run.Record()
	o := Outcome{Made: provision.Recorded(&rec), Left: kit.Left(), Stale: steps.StaleSteps(&rec)}
	for _, s := range m.Steps() {
		if s.State == engine.Failed && (o.Failure == nil || o.ExitCode == steps.ExitInterrupted) {
			o.Failure, o.Step, o.ExitCode = s.Failure, s.ID, s.Failure.Exit
		}
	}
	if o.Failure == nil && !m.Complete() {
		o.ExitCode = steps.ExitInterrupted
	}
	return o
}

func made(w *steps.Walk) []provision.Made {
	rec := w.Run.Record()
	return provision.Recorded(&rec)
}
