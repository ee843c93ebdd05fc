package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
)

// store opens the folder of records.
func (a *program) store() (run.Store, error) {
	home, err := run.Home(a.Env)
	return run.Store{Dir: home}, err
}

// removeLog deletes the log of a run that is forgotten.
func removeLog(store run.Store, run string) {
	if dir, err := private.Open(store.Dir, "logs"); err == nil {
		defer dir.Close()
		_ = dir.Remove(run + ".log")
	}
}

// usableRecords reads the records and tells of those that cannot be read.
func usableRecords(store run.Store, w io.Writer) []*run.Record {
	all, unusable := records(store)
	warn(w, unusable)
	return all
}

// warn tells of records that cannot be used.
func warn(w io.Writer, unusable []error) {
	for _, err := range unusable {
		fmt.Fprintf(w, "agentcore-3lo: %s\n", text.CleanLine(err.Error()))
	}
}

// records reads the records; unusable are the errors of the others. A run that a
// crash left before the plan was agreed to created nothing: it is forgotten.
func records(store run.Store) (all []*run.Record, unusable []error) {
	all, unusable = store.List()
	all = slices.DeleteFunc(all, func(r *run.Record) bool {
		if r.Begun() || !r.Unfinished() {
			return false
		}
		lock, err := store.Lock(r.Run)
		if err != nil { // a process works on it
			return false
		}
		defer lock.Release()
		if store.Remove(r.Run) != nil {
			return false
		}
		removeLog(store, r.Run)
		return true
	})
	return all, unusable
}

// load reads a run named on the command line.
func (a *program) load(ctx context.Context, store run.Store) (*run.Record, error) {
	r, err := store.Load(a.Run)
	if errors.Is(err, run.ErrNotFound) {
		err = refused(fmt.Sprintf("there is no run %q here", a.Run), "List the runs: "+commandline.Line(shell.Program(), "runs"))
	}
	if err == nil && a.selects() && !r.Environment.Within(a.chosen(ctx)) {
		err = a.elsewhere(r)
	}
	return r, err
}

// existing chooses the run for a command that needs one: --run, or the only one
// in the selected environment, else in any, that is not cleaned up; failing that
// the newest that was. command is what to print for each where there are several.
func (a *program) existing(ctx context.Context, command ...string) (run.Store, *run.Record, error) {
	store, err := a.store()
	if err != nil {
		return store, nil, err
	}
	if a.Run != "" {
		r, err := a.load(ctx, store)
		return store, r, err
	}
	chosen := a.chosen(ctx)
	all, unusable := records(store)
	left, cleaned := run.Select(all, func(r *run.Record) bool {
		return r.Begun() && (!a.selects() || r.Environment.Within(chosen))
	})
	if len(left) == 0 && len(unusable) > 0 {
		return store, nil, errors.Join(unusable...) // one of these may be meant
	}
	warn(a.Terminal.Err, unusable)
	r, err := (&chooser{program: a, store: store, page: plainLines{a.Terminal}}).oneOf(ctx, left, command...)
	if r == nil && err == nil {
		r = cleaned
	}
	return store, r, err
}

// noRun says that there is none for a command that needs one.
func (o flags) noRun() error {
	if !o.selects() {
		return o.noEnvironment("there is no run yet")
	}
	sandbox, aws := o.environmentFlags()
	return refused("there is no run in this environment yet", "Begin one: "+o.command(slices.Concat([]string{"walk"}, sandbox, aws)...))
}
