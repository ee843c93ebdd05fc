package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"agentcore-3lo/internal/record"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Cleanup deletes what one run created, or all runs of this owner.
func (a *App) Cleanup(ctx context.Context, all bool) error {
	if err := a.check(); err != nil {
		return a.brokenBefore(err)
	}
	switch {
	case all && a.Run != "":
		return a.brokenBefore(usage("--all cleans every run up, --run NAME one; leave one of them out"))
	case a.Elsewhere && !all && a.Run == "":
		return a.brokenBefore(usage("--elsewhere goes with --all, or with --run NAME"))
	case all || a.Elsewhere:
		return a.cleanupByTags(ctx)
	}
	store, r, err := a.existing(ctx, "cleanup")
	if err != nil {
		return a.brokenBefore(err, damagedRecords([]error{err})...)
	}
	var damaged []error
	if a.Run == "" {
		_, damaged = store.List() // one of these may be meant
	}
	if r == nil && len(damaged) > 0 {
		return a.brokenBefore(damaged[0], damagedRecords(damaged)...)
	}
	if r == nil {
		return a.nothingToClean()
	}
	s, err := a.begin(ctx, store, r, []steps.Step{cleanupStep()}, true)
	if err != nil {
		return a.brokenBefore(err, damagedRecords([]error{err})...)
	}
	defer s.close()
	front := s.front()
	o := Drive(ctx, s.kit, s.runner(), cleanupMachine(), front)
	if len(damaged) > 0 {
		o.unverified(s.kit, unverifiable(damaged), damagedRecords(damaged)...)
	}
	return s.conclude(ctx, o, front)
}

// damagedRecords are the records that cannot be used, as something left: what
// they remember may exist.
func damagedRecords(errs []error) []steps.Left {
	var all []steps.Left
	for _, err := range errs {
		var damaged *record.CorruptError
		var newer *record.NewerError
		path := ""
		switch {
		case errors.As(err, &damaged):
			path = damaged.Path
		case errors.As(err, &newer):
			path = newer.Path
		default:
			continue
		}
		all = append(all, steps.Left{Kind: "record", Name: strings.TrimSuffix(filepath.Base(path), ".json"), ID: path, Reason: err.Error()})
	}
	return all
}

// unverified adds what could not be verified: the command has not done all it
// was asked for.
func (o *Outcome) unverified(kit *steps.Kit, err error, left ...steps.Left) {
	for _, l := range left {
		if !slices.ContainsFunc(o.Left, func(x steps.Left) bool { return x.Kind == l.Kind && x.Name == l.Name && x.ID == l.ID }) {
			o.Left = append(o.Left, l)
		}
	}
	if o.ExitCode == 0 {
		f := kit.Explain(steps.Cleanup, err)
		o.ExitCode, o.Step, o.Failure = f.Exit, steps.Cleanup, &f
	}
}

// unverifiable says that damaged records keep the program from verifying that
// nothing is left.
func unverifiable(damaged []error) error {
	return steps.Problem{Doing: "verifying that nothing is left", Err: errors.Join(damaged...)}
}

func cleanupMachine() engine.Machine {
	return steps.NewMachine(engine.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil)
}

func cleanupStep() steps.Step {
	step, _ := steps.Find(steps.Cleanup)
	return step
}

func (a *App) nothingToClean() error {
	if a.JSON {
		finishedLine(a.Terminal.Out, a.Run, Outcome{})
		return nil
	}
	fmt.Fprintln(a.Terminal.Out, "There is no run to clean up here. To find runs whose record is lost:\n"+a.cleanupAllIn())
	return nil
}

// like is a record that names the environment to look in.
func (a *App) like(ctx context.Context, store record.Store) (*record.Record, error) {
	r := steps.NewRecord("", a.Sandbox)
	if a.selects() {
		r.World = a.chosen(ctx)
		return r, nil
	}
	if named, err := store.Load(a.Run); a.Run != "" && err == nil {
		r.World = named.World
		return r, nil
	}
	// Without a flag the runs here decide, if they are all in one environment.
	var flags []string
	for _, x := range a.list(store) {
		if flags != nil && !slices.Equal(flags, steps.EnvironmentFlags(x.World)) {
			return nil, Refused("there are runs in several environments", a.cleanupAllIn())
		}
		flags, r.World = steps.EnvironmentFlags(x.World), x.World
	}
	if flags == nil {
		return nil, Refused("there is no run here, and nothing says where to look", a.cleanupAllIn())
	}
	return r, nil
}

// cleanupAllIn are the commands that clean up all runs of an environment.
func (a *App) cleanupAllIn() string {
	if sandbox, aws := a.environmentFlags(); a.selects() {
		return a.command(slices.Concat([]string{"cleanup", "--all"}, sandbox, aws)...)
	}
	return "In the sandbox: " + a.command("cleanup", "--all", "--sandbox") + "\nIn AWS: " + a.command("cleanup", "--all", "--aws")
}
