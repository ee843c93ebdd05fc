package cli

import (
	"context"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// lineWriter is a front end that writes lines, for one run or several.
type lineWriter interface {
	engine.FrontEnd
	// Open comes first, for each run.
	Open(ui.Run)
	// Tell writes what happened outside any walkthrough.
	Tell(engine.ID, any)
	// Put puts a question outside any step, and waits for the answer.
	Put(context.Context, engine.Question) (engine.Answer, error)
	// End comes last.
	End(ui.Outcome)
}

// writeLines shows a walkthrough in lines until nothing is left to do.
func (s *opened) writeLines(ctx context.Context, m engine.Machine, front lineWriter) ui.Outcome {
	front.Open(ui.RunOf(s.walk))
	if missing := s.walk.Missing(ctx); len(missing) > 0 {
		f := s.walk.Explain("", engine.NeedsPerson{Questions: missing})
		f.Doing = "looking for the answers that will be needed"
		return ui.Outcome{ExitCode: f.Exit, Failure: &f, Made: outcomeOf(s.walk, m).Made}
	}
	m, err := engine.Drive(ctx, s.runner(), m, front)
	o := outcomeOf(s.walk, m)
	if err != nil && ctx.Err() == nil { // nobody is there to say when
		f := s.walk.Explain("", err)
		o.Failure, o.ExitCode = &f, f.Exit
	}
	return o
}

// outcomeOf is how the steps ended.
func outcomeOf(walk *steps.Walk, m engine.Machine) ui.Outcome {
	rec := walk.Run.Record()
	o := ui.Outcome{Made: provision.Recorded(&rec), Left: walk.Left(), Stale: steps.StaleSteps(&rec)}
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
