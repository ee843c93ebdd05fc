package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/record"
	"agentcore-3lo/steps"
)

// Cleanup undoes one run.
func (a *App) Cleanup(ctx context.Context, all bool) error {
	if err := a.check(); err != nil {
		return a.brokenBefore(err)
	}
	if all && a.Run != "" {
		return a.brokenBefore(usage("--all cleans every run up, --run NAME one; leave one of them out"))
	}
	if all {
		return a.cleanupAll(ctx)
	}
	store, r, err := a.existing(ctx, "cleanup")
	if err != nil {
		return a.brokenBefore(err)
	}
	if r == nil {
		return a.nothingToClean()
	}
	s, err := a.begin(ctx, store, r, []steps.Step{cleanupStep()}, true)
	if err != nil {
		return a.brokenBefore(err)
	}
	defer s.close()
	return s.drive(ctx, steps.NewMachine(steps.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil))
}

func cleanupStep() steps.Step {
	step, _ := steps.Find(steps.Cleanup)
	return step
}

func (a *App) nothingToClean() error {
	if a.JSON {
		writeLine(a.Terminal.Out, "finished", a.Run, map[string]any{"ok": true, "exit_code": 0, "made": []string{}, "left": []string{}})
		return nil
	}
	fmt.Fprintln(a.Terminal.Out, "There is no run to clean up here. Runs whose record is lost are found with: "+Program()+" cleanup --all")
	return nil
}

// cleanupAll undoes every run of this caller in this world, also those that
// have no record here.
func (a *App) cleanupAll(ctx context.Context) error {
	store, err := a.store()
	if err != nil {
		return a.brokenBefore(err)
	}
	like, err := a.like(ctx, store)
	if err != nil {
		return a.brokenBefore(err)
	}
	scout, err := a.begin(ctx, store, like, []steps.Step{cleanupStep()}, false)
	if err != nil {
		return a.brokenBefore(err)
	}
	defer scout.close()
	front := scout.front()
	front.Begin(scout.kit, steps.NewMachine(steps.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil))
	if missing := scout.kit.Missing(ctx); len(missing) > 0 {
		f := scout.kit.Explain(steps.Cleanup, steps.NeedsPerson{Questions: missing})
		front.End(Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f})
		return Exit{Code: f.Exit}
	}
	runs, err := scout.runsToClean(ctx, front)
	if err != nil {
		f := scout.kit.Explain(steps.Cleanup, err)
		front.End(Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f})
		return Exit{Code: f.Exit}
	}
	var sum Outcome
	for _, run := range runs {
		o, err := a.cleanOne(ctx, scout, run, front)
		if err != nil {
			f := scout.kit.Explain(steps.Cleanup, err)
			o = Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f}
		}
		sum.Left = append(sum.Left, o.Left...)
		sum.Made = append(sum.Made, o.Made...)
		if o.Failure != nil {
			sum.ExitCode, sum.Step, sum.Failure = o.ExitCode, o.Step, o.Failure
		}
	}
	if sum.Made == nil {
		sum.Made = []steps.Made{}
	}
	front.End(sum)
	if sum.ExitCode != 0 {
		return Exit{Code: sum.ExitCode}
	}
	return nil
}

// like is a record that names the environment to look in.
func (a *App) like(ctx context.Context, store record.Store) (*record.Record, error) {
	r := steps.NewRecord("", a.Sandbox)
	if a.selects() {
		r.World = a.chosen(ctx)
		return r, nil
	}
	// Without a flag the runs here decide, if they are all in one environment.
	var flags []string
	for _, x := range a.list(store) {
		if flags != nil && !slices.Equal(flags, steps.EnvironmentFlags(x.World)) {
			return nil, refused("there are runs in several environments", a.cleanupAllIn())
		}
		flags, r.World = steps.EnvironmentFlags(x.World), x.World
	}
	if flags == nil {
		return nil, refused("there is no run here, and nothing says where to look", a.cleanupAllIn())
	}
	return r, nil
}

func (a *App) cleanupAllIn() string {
	return "In the sandbox: " + a.command("cleanup", "--all", "--sandbox") + "\nIn AWS: " + a.command("cleanup", "--all", "--aws")
}

// runsToClean lists what belongs to this caller, and asks.
func (s *session) runsToClean(ctx context.Context, front FrontEnd) ([]string, error) {
	tell := teller{front}
	task := s.kit.Task(tell)
	mine, others, err := task.TaggedRuns(ctx)
	if err != nil {
		return nil, err
	}
	w := s.kit.World()
	here := s.kit.Record().World
	here.Account, here.Region, here.Endpoints = w.Account, w.Region, nil
	recorded, _ := record.Select(s.list(s.store), func(r *record.Record) bool { return r.World.Within(here) })
	for _, r := range recorded {
		if !slices.Contains(mine, r.Run) {
			mine = append(mine, r.Run)
		}
	}
	slices.Sort(mine)
	if len(others) > 0 {
		task.Tell(steps.Note{Text: "Left alone, made by other callers:\n- " + strings.Join(others, "\n- ")})
	}
	if len(mine) == 0 {
		task.Tell(steps.Note{Text: "No run of yours is left in " + place(s.kit) + "."})
		return nil, nil
	}
	task.Tell(steps.Note{Text: "Runs to clean up:\n- " + strings.Join(mine, "\n- ")})
	if s.Yes {
		return mine, nil
	}
	answers := make(chan steps.Answer, 1)
	nobody := make(chan error, 1)
	front.Ask(ctx, steps.Cleanup, steps.Question{Name: "cleanup", Kind: steps.Confirm, Prompt: "Clean all of them up?", Answers: "--yes"},
		func(a steps.Answer, err error) {
			if err != nil {
				nobody <- err
				return
			}
			answers <- a
		})
	select {
	case err := <-nobody:
		return nil, err
	case a := <-answers:
		if a != "y" {
			return nil, steps.Problem{Doing: "asking for your yes", Err: fmt.Errorf("you did not agree; nothing was deleted"), Next: "Clean up one run with: " + Program() + " cleanup --run NAME"}
		}
		return mine, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// teller shows notes outside any attempt.
type teller struct{ front FrontEnd }

func (t teller) Tell(n steps.Note) {
	m := steps.NewMachine(steps.Mode{}, []steps.Step{cleanupStep()}, nil)
	t.front.Show(m, m, steps.Event{Kind: steps.Said, Step: steps.Cleanup, Note: &n})
}

func (t teller) Ask(_ context.Context, q steps.Question) (steps.Answer, error) {
	return "", steps.NeedsPerson{Questions: []steps.Question{q}}
}

// cleanOne cleans one of several runs, which have been agreed to together.
func (a *App) cleanOne(ctx context.Context, scout *session, run string, front FrontEnd) (Outcome, error) {
	r, err := scout.store.Load(run)
	if err != nil && !errors.Is(err, record.ErrNotFound) {
		return Outcome{}, err
	}
	if err != nil {
		w := scout.kit.World()
		r = steps.NewRecord(run, w.Sandbox)
		r.World = scout.kit.Record().World
		r.World.Account, r.World.Region = w.Account, w.Region
	}
	agreed := *a
	agreed.Yes = true
	s, err := agreed.begin(ctx, scout.store, r, []steps.Step{cleanupStep()}, true)
	if err != nil {
		return Outcome{}, err
	}
	defer s.close()
	return Drive(ctx, s.kit, s.runner(), steps.NewMachine(steps.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil), front), nil
}
