package cli

import (
	"context"
	"slices"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// Walk goes through the tutorial: a new run, or one that is resumed.
func (a *App) Walk(ctx context.Context) error {
	for {
		anew, err := a.walk(ctx)
		if !anew {
			return err
		}
		next := *a
		next.Run = ""
		next.New = next.selects() // the start page offers the other runs, too
		a = &next
	}
}

// walk goes through one run. anew says that the person wants another.
func (a *App) walk(ctx context.Context) (anew bool, err error) {
	if err := a.check(); err != nil {
		return false, a.brokenBefore(err)
	}
	if a.Terminal.Fancy && !a.Plain && !a.JSON && a.attended() {
		return a.walkOnScreen(ctx)
	}
	s, err := a.enter(ctx, lines{a.Terminal}, false)
	if err != nil {
		return false, a.brokenBefore(err)
	}
	defer s.close()
	err = s.drive(ctx, s.tutorial())
	return s.kit.Choice() == steps.Anew, err
}

// tutorial is the machine of a whole walk, or of the cleanup that an earlier
// process began.
func (s *session) tutorial() engine.Machine {
	return steps.NewMachine(engine.Mode{Manual: s.manual(), Follow: s.Yes || !s.screen}, s.todo, nil)
}

// manual says that each step waits for Enter. With nobody there to press it, a
// run that is usually walked so goes ahead.
func (s *session) manual() bool {
	return s.kit.Run.Record().Settings.Pace == "manual" && s.attended()
}

// RunSteps carries out the named steps alone, again.
func (a *App) RunSteps(ctx context.Context, words []string) error {
	if err := a.check(); err != nil {
		return a.brokenBefore(err)
	}
	if len(words) == 0 {
		return a.brokenBefore(usage("name the steps to run; %s steps lists them", shell.Program()))
	}
	command := append([]string{"run"}, words...)
	if slices.Contains(words, string(steps.App)) {
		words = append(words, string(steps.Provider)) // a new secret is of use only once AgentCore has it
	}
	ids, err := steps.Parse(words)
	if err != nil {
		return a.brokenBefore(Exit{steps.ExitUsage, err})
	}
	if a.Recreate && !slices.Contains(ids, steps.Provider) && !slices.Contains(ids, steps.Inbound) {
		return a.brokenBefore(usage("--recreate goes with provider or inbound"))
	}
	store, r, err := a.existing(ctx, command...)
	if err != nil {
		return a.brokenBefore(err)
	}
	if r == nil {
		return a.brokenBefore(a.noRun())
	}
	if err := a.over(r); err != nil {
		return a.brokenBefore(err)
	}
	var todo []steps.Step
	for _, id := range ids {
		step, _ := steps.Find(id)
		todo = append(todo, step)
	}
	s, err := a.begin(ctx, store, r, todo, true)
	if err != nil {
		return a.brokenBefore(err)
	}
	defer s.close()
	rec := s.kit.Run.Record()
	done := steps.DoneSteps(&rec)
	for _, step := range todo {
		for _, need := range step.Needs {
			if !slices.Contains(done, need) && !slices.Contains(ids, need) {
				return a.brokenBefore(usage("%s needs %s, which is not done in run %s; resume the run first: %s", step.ID, need, r.Run, s.kit.Commands.Line("walk")))
			}
		}
	}
	done = slices.DeleteFunc(done, func(id engine.ID) bool { return slices.Contains(ids, id) })
	return s.drive(ctx, steps.NewMachine(engine.Mode{Manual: s.manual(), Follow: true, Again: true}, todo, done))
}

// drive runs the machine in the front end that was chosen, and then does what
// the person left it for.
func (s *session) drive(ctx context.Context, m engine.Machine) error {
	front := s.front()
	return s.conclude(ctx, s.driveIn(ctx, m, front), front)
}

// conclude cleans up where the person asked for it, and says how it ended.
func (s *session) conclude(ctx context.Context, o ui.Outcome, front lineWriter) (err error) {
	if s.kit.Choice() == steps.CleanUp {
		m := steps.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil)
		if s.screen {
			o, err = s.show(ctx, m)
		} else {
			o = s.driveIn(ctx, m, front)
		}
		if err != nil {
			return err
		}
	}
	if r := s.kit.Run.Record(); o.Failure != nil && (o.Failure.Declined || o.ExitCode == steps.ExitInterrupted) && !r.Begun() {
		o.Failure.Log = "" // it is forgotten with the run
	}
	s.logNamed = o.Failure != nil && o.Failure.Log != ""
	front.End(o)
	if o.ExitCode != 0 {
		return Exit{Code: o.ExitCode}
	}
	return nil
}

func (s *session) runner() *engine.Runner {
	return s.kit.Runner(s.attended(), s.answers.Answer)
}
