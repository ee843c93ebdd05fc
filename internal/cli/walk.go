package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

func newWalkCommand(a *program) *cobra.Command {
	c := command(a, runWalk, "walk", "Start the walkthrough: a new run, or one to resume",
		"walk --sandbox", "walk --sandbox --yes --json", "walk --new --region eu-west-1")
	walkFlags(a, c)
	newRunFlags(a, c)
	rehearsalFlags(a, c)
	return c
}

// runWalk goes through the tutorial: a new run, or one that is resumed.
func runWalk(ctx context.Context, a *program) (err error) {
	if err := a.check(); err != nil {
		return a.failEarly(err)
	}
	stop, err := a.record()
	if err != nil {
		return a.failEarly(err)
	}
	defer func() { err = cmp.Or(err, stop()) }()
	for {
		another, err := a.walkOnce(ctx)
		if !another {
			return err
		}
		next := *a
		next.Run = ""
		next.New = next.selects() // the start page offers the other runs, too
		a = &next
	}
}

// walkOnce goes through one run. another says that the person wants another.
func (a *program) walkOnce(ctx context.Context) (another bool, err error) {
	if a.onScreen() {
		return a.walkOnScreen(ctx)
	}
	s, err := a.chooseAndOpen(ctx, plainLines{a.Terminal}, false)
	if err != nil {
		return false, a.failEarly(err)
	}
	defer s.close()
	err = s.drive(ctx, s.tutorial())
	return s.walk.Choice() == steps.Anew, err
}

// onScreen says that the walkthrough has the full screen.
func (a *program) onScreen() bool {
	return a.Terminal.Fancy && !a.Plain && !a.Brief && !a.JSON && a.attended()
}

// tutorial is the machine of a whole walk, or of the cleanup that an earlier
// process began.
func (s *opened) tutorial() engine.Machine {
	return steps.NewMachine(engine.Mode{Manual: s.manual(), Follow: !s.screen}, s.todo, nil)
}

// manual says that each step waits for Enter. With nobody there to press it, a
// run that is usually walked so goes ahead.
func (s *opened) manual() bool {
	return (s.program.Stage && s.program.Pace != "auto" || s.walk.Run.Record().Settings.Pace == "manual") && s.program.attended()
}

// drive runs the machine in the front end that was chosen, and then does what
// the person left it for.
func (s *opened) drive(ctx context.Context, m engine.Machine) error {
	front := s.program.front()
	return s.conclude(ctx, s.writeLines(ctx, m, front), front)
}

// conclude cleans up where the person asked for it, and says how it ended.
func (s *opened) conclude(ctx context.Context, o ui.Outcome, front lineWriter) (err error) {
	if s.walk.Choice() == steps.CleanUp {
		m := steps.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil)
		if s.screen {
			o, err = s.showOnScreen(ctx, m)
		} else {
			o = s.writeLines(ctx, m, front)
		}
		if err != nil {
			return err
		}
	}
	if r := s.walk.Run.Record(); o.Failure != nil && (o.Failure.Declined || o.ExitCode == steps.ExitInterrupted) && !r.Begun() {
		o.Failure.Log = "" // it is forgotten with the run
	}
	s.logNamed = o.Failure != nil && o.Failure.Log != ""
	front.End(o)
	if o.ExitCode != 0 {
		return exitError{Code: o.ExitCode}
	}
	if r := s.walk.Run.Record(); !r.Cleaned.IsZero() {
		offerRemoval(ctx, s.program, r.Run)
	}
	return nil
}

func (s *opened) runner() *engine.Runner {
	return s.walk.Runner(s.program.attended(), s.answers.Answer)
}
