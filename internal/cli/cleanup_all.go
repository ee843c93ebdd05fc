package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// cleanupByTags deletes the runs of this owner in one environment, which their
// resources' tags show, also those that have no record here. What the same
// principal created elsewhere is listed, and deleted only where that is asked
// for.
func cleanupByTags(ctx context.Context, a *program) error {
	store, err := a.store()
	if err != nil {
		return a.failEarly(err)
	}
	like, err := recordToSearch(ctx, a, store)
	if err != nil {
		_, unusable := store.List()
		return a.failEarly(err, unusableRecords(unusable...)...)
	}
	scout, err := a.open(ctx, store, like, []steps.Step{cleanupStep()}, false)
	if err != nil {
		return a.failEarly(err, unchecked(a.failureOf(err), recordsWithin(store, like.Environment, a.Run, a.Terminal.Err)...)...)
	}
	defer scout.close()
	front := scout.program.front()
	front.Open(ui.RunOf(scout.walk))
	sum := scout.cleanTagged(ctx, front)
	if sum.Made == nil {
		sum.Made = []provision.Made{}
	}
	front.End(sum)
	if sum.ExitCode != 0 {
		return exitError{Code: sum.ExitCode}
	}
	return nil
}

// cleanTagged finds the runs, asks, and cleans them one after another.
func (s *opened) cleanTagged(ctx context.Context, front lineWriter) (sum ui.Outcome) {
	broken := func(err error) ui.Outcome {
		f := s.walk.Explain(steps.Cleanup, err)
		return ui.Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f, Left: unchecked(f, recordsWithin(s.store, s.walk.Run.Record().Environment, s.program.Run, s.program.Terminal.Err)...)}
	}
	if missing := s.walk.Missing(ctx); len(missing) > 0 {
		return broken(engine.NeedsPerson{Questions: missing})
	}
	found, err := s.search(ctx, front)
	if err != nil {
		return broken(err)
	}
	chosen, err := s.chooseTagged(ctx, front, found)
	if err != nil {
		return broken(err)
	}
	for _, run := range chosen {
		o, err := s.cleanOne(ctx, run, front)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx) // the others are not begun
		}
		if err != nil {
			f := s.walk.Explain(steps.Cleanup, err)
			left := o.Left
			if r, err := s.store.Load(run.Run); err == nil && len(left) == 0 {
				left = unchecked(f, r)
			}
			o = ui.Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f, Left: left}
		}
		sum.Left = append(sum.Left, o.Left...)
		sum.Made = append(sum.Made, o.Made...)
		if o.ExitCode != 0 {
			sum.ExitCode, sum.Step, sum.Failure = o.ExitCode, o.Step, o.Failure
		} else {
			offerRemoval(ctx, s.program, run.Run)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if found.err != nil {
		unverified(&sum, s.walk, found.err, found.unverified...)
	}
	if len(found.unusable) > 0 {
		unverified(&sum, s.walk, unverifiable(found.unusable), unusableRecords(found.unusable...)...)
	}
	return sum
}

// chooseTagged asks for a yes: one for what is this owner's, and one for each
// run from elsewhere.
func (s *opened) chooseTagged(ctx context.Context, front lineWriter, found search) ([]provision.TaggedRun, error) {
	chosen := found.mine
	if s.program.Yes {
		if s.program.Elsewhere {
			chosen = append(chosen, found.elsewhere...)
		}
		return chosen, nil
	}
	if len(found.mine) > 0 {
		yes, err := s.asksYes(ctx, front, "Clean all of them up?", "")
		if err != nil {
			return nil, err
		}
		if !yes {
			return nil, advice.Problem{Doing: "asking for your yes", Err: errors.New("you did not agree; nothing was deleted"),
				Next: "Clean up one run with: " + s.walk.Commands.Line("cleanup", "--run", "NAME")}
		}
	}
	for _, run := range found.elsewhere {
		yes, err := s.asksYes(ctx, front, fmt.Sprintf("Delete run %s, created %s by %s?", run.Run, age(time.Since(run.Created)), run.Owner.Origin()), engine.No)
		if err != nil {
			return nil, err
		}
		if yes {
			chosen = append(chosen, run)
		}
	}
	return chosen, nil
}

func (s *opened) asksYes(ctx context.Context, front lineWriter, prompt string, byDefault engine.Answer) (bool, error) {
	a, err := front.Put(ctx, engine.Question{Name: "cleanup", Kind: engine.Confirm, Prompt: prompt, Default: byDefault, Answers: "--yes"})
	return a == engine.Yes, err
}

// teller shows notes outside any attempt.
type teller struct{ front lineWriter }

func (t teller) Tell(body any) {
	t.front.Tell(steps.Cleanup, body)
}

func (t teller) Ask(_ context.Context, q engine.Question) (engine.Answer, error) {
	return "", engine.NeedsPerson{Questions: []engine.Question{q}}
}

// cleanOne cleans one of several runs, which have been agreed to together.
// Without a usable record the tags alone say what the run created.
func (s *opened) cleanOne(ctx context.Context, found provision.TaggedRun, front lineWriter) (ui.Outcome, error) {
	agreed := *s.program
	agreed.Yes, agreed.Run = true, ""
	todo := []steps.Step{cleanupStep()}
	r, err := s.store.Load(found.Run)
	var unusable *run.UnusableError
	var newer *run.NewerError // it may know of more than this version can find
	byTags := found.Relation == ownership.Elsewhere || errors.Is(err, run.ErrNotFound) || errors.As(err, &unusable) && !errors.As(err, &newer)
	if byTags {
		lock, err := s.store.Lock(found.Run)
		if err != nil {
			return ui.Outcome{}, err
		}
		defer lock.Release()
		r = run.NewRecord(found.Run, run.Environment{Sandbox: s.walk.Environment().Sandbox})
		r.Environment, r.Callers = s.searched(), found.Callers
	} else if err != nil {
		return ui.Outcome{Left: unusableRecords(err)}, err
	}
	one, err := agreed.open(ctx, s.store, r, todo, !byTags)
	if err != nil {
		return ui.Outcome{}, err
	}
	defer one.close()
	if found.Relation == ownership.Elsewhere {
		one.walk.Settings.Computer = cmp.Or(found.Owner.Computer, "unknown")
	}
	return one.writeLines(ctx, cleanupMachine(), front), nil
}
