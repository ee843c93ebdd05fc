package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
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
func (a *App) cleanupByTags(ctx context.Context) error {
	store, err := a.store()
	if err != nil {
		return a.brokenBefore(err)
	}
	like, err := a.like(ctx, store)
	if err != nil {
		_, unusable := store.List()
		return a.brokenBefore(err, unusableRecords(unusable...)...)
	}
	scout, err := a.begin(ctx, store, like, []steps.Step{cleanupStep()}, false)
	if err != nil {
		return a.brokenBefore(err, unchecked(a.failureOf(err), a.within(store, like.Environment)...)...)
	}
	defer scout.close()
	front := scout.front()
	front.Open(ui.RunOf(scout.kit))
	sum := scout.cleanTagged(ctx, front)
	if sum.Made == nil {
		sum.Made = []provision.Made{}
	}
	front.End(sum)
	if sum.ExitCode != 0 {
		return Exit{Code: sum.ExitCode}
	}
	return nil
}

// cleanTagged finds the runs, asks, and cleans them one after another.
func (s *session) cleanTagged(ctx context.Context, front lineWriter) (sum ui.Outcome) {
	broken := func(err error) ui.Outcome {
		f := s.kit.Explain(steps.Cleanup, err)
		return ui.Outcome{ExitCode: f.Exit, Step: steps.Cleanup, Failure: &f, Left: unchecked(f, s.within(s.store, s.kit.Run.Record().Environment)...)}
	}
	if missing := s.kit.Missing(ctx); len(missing) > 0 {
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
			f := s.kit.Explain(steps.Cleanup, err)
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
		}
		if ctx.Err() != nil {
			break
		}
	}
	if found.err != nil {
		unverified(&sum, s.kit, found.err, found.unverified...)
	}
	if len(found.unusable) > 0 {
		unverified(&sum, s.kit, unverifiable(found.unusable), unusableRecords(found.unusable...)...)
	}
	return sum
}

// search is what the tags and the records show.
type search struct {
	mine       []provision.TaggedRun
	elsewhere  []provision.TaggedRun
	unverified []provision.Left
	err        error
	unusable   []error // records that cannot be used
}

// search looks for runs by tags and by record, and lists them.
func (s *session) search(ctx context.Context, front lineWriter) (search, error) {
	scope, err := s.kit.Scope(s.tellingWaits(ctx), teller{front})
	if err != nil {
		return search{}, err
	}
	tagged, err := provision.FindTagged(s.tellingWaits(ctx), scope)
	if err != nil {
		return search{}, err
	}
	found := search{unverified: tagged.Unverified, err: tagged.Err}
	var others []provision.TaggedRun
	for _, run := range tagged.Runs {
		switch {
		case s.Run != "" && s.Run != run.Run:
		case s.mine(run):
			if !hasRun(found.mine, run.Run) {
				found.mine = append(found.mine, provision.TaggedRun{Run: run.Run})
			}
		case run.Relation == provision.Elsewhere:
			found.elsewhere = append(found.elsewhere, run)
		default:
			others = append(others, run)
		}
	}
	if s.Run != "" {
		found.mine = nil // it is cleaned up without --elsewhere
	} else {
		_, found.unusable = s.store.List()
		for _, r := range s.within(s.store, s.here()) {
			// The tags say whose a run is, not the record.
			if !hasRun(slices.Concat(found.mine, found.elsewhere, others), r.Run) {
				found.mine = append(found.mine, provision.TaggedRun{Run: r.Run})
			}
		}
	}
	slices.SortFunc(found.mine, func(a, b provision.TaggedRun) int { return strings.Compare(a.Run, b.Run) })
	s.listRuns(teller{front}, found, others)
	return found, nil
}

// mine says whether the run was created by this owner. An earlier version did
// not tag the computer, and put its tag into the record.
func (s *session) mine(run provision.TaggedRun) bool {
	if run.Relation != provision.Elsewhere || len(run.Callers) == 0 {
		return run.Relation == provision.Mine
	}
	r, err := s.store.Load(run.Run)
	return err == nil && !slices.ContainsFunc(run.Callers, func(c string) bool { return !slices.Contains(r.Callers, c) })
}

// here is the environment that is searched.
func (s *session) here() run.Environment {
	here, w := s.kit.Run.Record().Environment, s.kit.Environment()
	here.Account, here.Region = w.Account, w.Region
	return here
}

// within are the runs on record in an environment that are not cleaned up, the
// named one alone where there is a name.
func (a *App) within(store run.Store, here run.Environment) []*run.Record {
	here.Endpoints = nil
	recorded, _ := run.Select(a.list(store), func(r *run.Record) bool {
		return r.Environment.Within(here) && (a.Run == "" || a.Run == r.Run)
	})
	return recorded
}

func hasRun(all []provision.TaggedRun, name string) bool {
	return slices.ContainsFunc(all, func(r provision.TaggedRun) bool { return r.Run == name })
}

func (s *session) listRuns(task teller, found search, others []provision.TaggedRun) {
	list := func(heading string, runs []provision.TaggedRun) {
		if len(runs) > 0 {
			task.Tell(event.Note{Text: heading + "\n- " + strings.Join(described(runs, time.Now()), "\n- ")})
		}
	}
	list("Left alone, created by other callers:", others)
	list("Created by you from elsewhere (another computer, or a state folder that is lost):", found.elsewhere)
	if len(found.elsewhere) > 0 && s.Yes && !s.Elsewhere {
		task.Tell(event.Note{Text: "They are kept. To delete them as well: " + s.kit.Commands.Line("cleanup", "--all", "--elsewhere")})
	}
	list("Runs to clean up:", found.mine)
	switch {
	case len(found.mine) > 0 || s.Run != "":
	case len(found.elsewhere) > 0:
		task.Tell(event.Note{Text: "No run that you created from this computer is left in " + ui.Place(s.kit.Run.Record().Environment) + "."})
	default:
		task.Tell(event.Note{Text: "No run of yours is left in " + ui.Place(s.kit.Run.Record().Environment) + "."})
	}
	if len(found.elsewhere) == 0 && s.Run != "" {
		task.Tell(event.Note{Text: "No run " + s.Run + " that you created from elsewhere is left in " + ui.Place(s.kit.Run.Record().Environment) + "."})
	}
}

// described is each run with its age, its resources and its origin, as far as
// the tags show them.
func described(runs []provision.TaggedRun, now time.Time) []string {
	var all []string
	for _, r := range runs {
		line := r.Run
		if len(r.Resources) > 0 {
			var kinds []string
			for _, x := range r.Resources {
				kinds = append(kinds, strings.ReplaceAll(x.Kind, "_", " "))
			}
			line += fmt.Sprintf(": created %s by %s; %s", age(now.Sub(r.Created)), r.Owner.Origin(), strings.Join(kinds, ", "))
		}
		all = append(all, line)
	}
	return all
}

// age is a duration in the largest unit of which there are two.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "just now"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours ago", d/time.Hour)
	}
	return fmt.Sprintf("%d days ago", d/(24*time.Hour))
}

// chooseTagged asks for a yes: one for what is this owner's, and one for each
// run from elsewhere.
func (s *session) chooseTagged(ctx context.Context, front lineWriter, found search) ([]provision.TaggedRun, error) {
	chosen := found.mine
	if s.Yes {
		if s.Elsewhere {
			chosen = append(chosen, found.elsewhere...)
		}
		return chosen, nil
	}
	if len(found.mine) > 0 {
		yes, err := s.agrees(ctx, front, "Clean all of them up?", "")
		if err != nil {
			return nil, err
		}
		if !yes {
			return nil, advice.Problem{Doing: "asking for your yes", Err: errors.New("you did not agree; nothing was deleted"),
				Next: "Clean up one run with: " + s.kit.Commands.Line("cleanup", "--run", "NAME")}
		}
	}
	for _, run := range found.elsewhere {
		yes, err := s.agrees(ctx, front, fmt.Sprintf("Delete run %s, created %s by %s?", run.Run, age(time.Since(run.Created)), run.Owner.Origin()), engine.No)
		if err != nil {
			return nil, err
		}
		if yes {
			chosen = append(chosen, run)
		}
	}
	return chosen, nil
}

func (s *session) agrees(ctx context.Context, front lineWriter, prompt string, byDefault engine.Answer) (bool, error) {
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
func (s *session) cleanOne(ctx context.Context, found provision.TaggedRun, front lineWriter) (ui.Outcome, error) {
	agreed := *s.App
	agreed.Yes, agreed.Run = true, ""
	todo := []steps.Step{cleanupStep()}
	r, err := s.store.Load(found.Run)
	var unusable *run.UnusableError
	var newer *run.NewerError // it may know of more than this version can find
	byTags := found.Relation == provision.Elsewhere || errors.Is(err, run.ErrNotFound) || errors.As(err, &unusable) && !errors.As(err, &newer)
	if byTags {
		lock, err := s.store.Lock(found.Run)
		if err != nil {
			return ui.Outcome{}, err
		}
		defer lock.Release()
		r = run.NewRecord(found.Run, run.Environment{Sandbox: s.kit.Environment().Sandbox})
		r.Environment, r.Callers = s.here(), found.Callers
	} else if err != nil {
		return ui.Outcome{Left: unusableRecords(err)}, err
	}
	one, err := agreed.begin(ctx, s.store, r, todo, !byTags)
	if err != nil {
		return ui.Outcome{}, err
	}
	defer one.close()
	if found.Relation == provision.Elsewhere {
		one.kit.Settings.Computer = cmp.Or(found.Owner.Computer, "unknown")
	}
	return one.driveIn(ctx, cleanupMachine(), front), nil
}
