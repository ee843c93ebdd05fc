package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

func newCleanupCommand(a *program) *cobra.Command {
	all := false
	c := command(a, func(ctx context.Context, a *program) error { return runCleanup(ctx, a, all) },
		"cleanup", "Delete everything a run created, and verify the deletion",
		"cleanup", "cleanup --yes --run NAME", "cleanup --all")
	c.Flags().BoolVar(&all, "all", false, "all runs that you created from this computer, including runs without a local record")
	c.Flags().BoolVar(&a.Elsewhere, "elsewhere", false, "with --all or --run: also delete what you created from another computer")
	agreeFlags(a, c)
	return c
}

// runCleanup deletes what one run created, or all runs of this owner.
func runCleanup(ctx context.Context, a *program, all bool) error {
	if err := a.check(); err != nil {
		return a.failEarly(err)
	}
	switch {
	case all && a.Run != "":
		return a.failEarly(usage("--all cleans up every run, and --run NAME only one; leave one of them out"))
	case a.Elsewhere && !all && a.Run == "":
		return a.failEarly(usage("--elsewhere goes with --all, or with --run NAME"))
	case all || a.Elsewhere:
		return cleanupByTags(ctx, a)
	}
	store, r, err := a.existing(ctx, "cleanup")
	if err != nil {
		return a.failEarly(err, unusableRecords(err)...)
	}
	if r == nil {
		return nothingToClean(a)
	}
	var unusable []error
	if a.Run == "" {
		_, unusable = store.List() // one of these may be meant
	}
	s, err := a.open(ctx, store, r, []steps.Step{cleanupStep()}, true)
	if err != nil {
		named := *a
		named.Run = r.Run
		return named.failEarly(err, append(unusableRecords(err), unchecked(a.failureOf(err), r)...)...)
	}
	defer s.close()
	front := s.program.front()
	o := s.writeLines(ctx, cleanupMachine(), front)
	nothingChecked(&o, s.walk)
	if len(unusable) > 0 {
		unverified(&o, s.walk, unverifiable(unusable), unusableRecords(unusable...)...)
	}
	return s.conclude(ctx, o, front)
}

// unusableRecords are the records that cannot be used, as something left: what
// they remember may exist.
func unusableRecords(errs ...error) []provision.Left {
	var all []provision.Left
	for _, err := range errs {
		for _, unusable := range allUnusable(err) {
			all = append(all, provision.Left{Kind: "record", Name: cmp.Or(unusable.Run, "(all runs)"), ID: unusable.Path, Reason: text.CleanLine(unusable.Error())})
		}
	}
	return all
}

// allUnusable finds the records that an error is about, also in joined errors.
func allUnusable(err error) []*run.UnusableError {
	switch e := err.(type) {
	case nil:
		return nil
	case *run.UnusableError:
		return []*run.UnusableError{e}
	case interface{ Unwrap() []error }:
		var all []*run.UnusableError
		for _, one := range e.Unwrap() {
			all = append(all, allUnusable(one)...)
		}
		return all
	}
	return allUnusable(errors.Unwrap(err))
}

// unchecked is what the records say that their runs have created, as left by a
// failure before anything was looked up.
func unchecked(f engine.Failure, records ...*run.Record) []provision.Left {
	var all []provision.Left
	for _, r := range records {
		all = append(all, provision.LeftOf(r, "it was not checked: "+f.Why.Message)...)
	}
	return all
}

// nothingChecked lists what the run has created, where a cleanup ended before it
// looked that up.
func nothingChecked(o *ui.Outcome, walk *steps.Walk) {
	if o.ExitCode == 0 || len(o.Left) > 0 {
		return
	}
	f := engine.Failure{Why: engine.Why{Message: "the cleanup was interrupted"}}
	if o.Failure != nil {
		f = *o.Failure
	}
	r := walk.Run.Record()
	o.Left = unchecked(f, &r)
}

// unverified adds what could not be verified: the command has not done all it
// was asked for.
func unverified(o *ui.Outcome, walk *steps.Walk, err error, left ...provision.Left) {
	for _, l := range left {
		if !slices.ContainsFunc(o.Left, func(x provision.Left) bool { return x.Kind == l.Kind && x.Name == l.Name && x.ID == l.ID }) {
			o.Left = append(o.Left, l)
		}
	}
	if o.ExitCode == 0 {
		f := walk.Explain(steps.Cleanup, err)
		o.ExitCode, o.Step, o.Failure = f.Exit, steps.Cleanup, &f
	}
}

// unverifiable says that records which cannot be used keep the program from
// verifying that nothing is left.
func unverifiable(unusable []error) error {
	return advice.Problem{Doing: "verifying that nothing is left", Err: errors.Join(unusable...)}
}

func cleanupMachine() engine.Machine {
	return steps.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil)
}

func cleanupStep() steps.Step {
	step, _ := steps.Find(steps.Cleanup)
	return step
}

func nothingToClean(a *program) error {
	if a.JSON {
		ndjson.Finished(a.Terminal.Out, a.Run, ui.Outcome{})
		return nil
	}
	fmt.Fprintln(a.Terminal.Out, "There is no run to clean up here. To find runs whose record is lost:\n"+a.cleanupAllIn())
	return nil
}

// recordToSearch is a record that names the environment to look in.
func recordToSearch(ctx context.Context, a *program, store run.Store) (*run.Record, error) {
	r := run.NewRecord("", run.Environment{Sandbox: a.Sandbox})
	if a.selects() {
		r.Environment = a.chosen(ctx)
		return r, nil
	}
	if named, err := store.Load(a.Run); a.Run != "" && err == nil {
		r.Environment = named.Environment
		return r, nil
	}
	// Without a flag the runs here decide, if they are all in one environment.
	var flags []string
	for _, x := range usableRecords(store, a.Terminal.Err) {
		if flags != nil && !slices.Equal(flags, commandline.EnvironmentFlags(x.Environment)) {
			return nil, refused("there are runs in several environments", a.cleanupAllIn())
		}
		flags, r.Environment = commandline.EnvironmentFlags(x.Environment), x.Environment
	}
	if flags == nil {
		return nil, refused("there is no run here, and no flag says where to look", a.cleanupAllIn())
	}
	return r, nil
}

// cleanupAllIn are the commands that clean up all runs of an environment.
func (o flags) cleanupAllIn() string {
	if sandbox, aws := o.environmentFlags(); o.selects() {
		return o.command(slices.Concat([]string{"cleanup", "--all"}, sandbox, aws)...)
	}
	return "In the sandbox: " + o.command("cleanup", "--all", "--sandbox") + "\nIn AWS: " + o.command("cleanup", "--all", "--aws")
}
