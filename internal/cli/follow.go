package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/follow"
	"agentcore-3lo/ui/terminal"
)

func newFollowCommand(a *program) *cobra.Command {
	notes := ""
	c := command(a, func(ctx context.Context, a *program) error { return runFollow(ctx, a, notes) },
		"follow", "Follow a run in a second terminal, with speaker notes",
		"follow", "follow --run NAME --notes DIR")
	asciiFlag(a, c)
	c.Flags().StringVar(&notes, "notes", "", "folder with your own speaker notes: STEP.md takes the place of the step's")
	return c
}

// runFollow shows what another process does with a run.
func runFollow(ctx context.Context, a *program, dir string) error {
	if err := a.check(); err != nil {
		return err
	}
	if a.JSON || !a.Terminal.Fancy {
		return usage("follow needs a terminal\nFor lines: %s", a.flags.command("trace"))
	}
	notes, err := steps.Notes(ctx, dir)
	if err != nil {
		return exitError{steps.ExitUsage, err}
	}
	store, r, err := newestRun(ctx, a)
	if err != nil {
		return err
	}
	if r == nil {
		return a.noRun()
	}
	return follow.Run(ctx, follow.Options{Store: store, Run: r.Run, Place: ui.Place(r.Environment), Notes: notes, In: a.Terminal.In, NoColor: !terminal.Colored(a.Env), ASCII: a.onlyASCII()})
}

// newestRun is the run that --run names, or else the one in which something happened last;
// nil = there is none.
func newestRun(ctx context.Context, a *program) (run.Store, *run.Record, error) {
	store, err := a.store()
	if err != nil {
		return store, nil, err
	}
	if a.Run != "" {
		r, err := a.load(ctx, store)
		return store, r, err
	}
	var newest *run.Record
	var last time.Time
	for _, r := range usableRecords(store, a.Terminal.Err) {
		if a.selects() && !r.Environment.Within(a.chosen(ctx)) {
			continue
		}
		at := r.Created
		if info, err := os.Lstat(store.JournalPath(r.Run)); err == nil {
			at = info.ModTime()
		}
		if newest == nil || at.After(last) {
			newest, last = r, at
		}
	}
	return store, newest, nil
}
