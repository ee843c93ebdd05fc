package cli

import (
	"context"
	"errors"
	"fmt"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

// forgetRun deletes what is remembered here of a run that is cleaned up or
// created nothing.
func forgetRun(ctx context.Context, a *program, name string) error {
	if a.Run != "" && a.Run != name {
		return refused("--forget names the run, and so does --run", "Give one of them.")
	}
	a.Run = name
	if err := a.check(); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	if _, err := a.load(ctx, store); err != nil {
		return err
	}
	err = store.Forget(name)
	var left *run.LeftError
	if errors.As(err, &left) {
		return advice.Problem{Doing: "forgetting run " + name, Err: err, Exit: steps.ExitFailed,
			Next: "Clean it up first: " + commandline.Line(shell.Program(), "cleanup", "--run", name)}
	}
	if err != nil {
		return err
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "forgotten", name, map[string]any{})
	}
	_, err = fmt.Fprintf(a.Terminal.Out, "Deleted the record, journal and log of run %s.\n", name)
	return err
}
