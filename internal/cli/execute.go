// Package cli is the command line: the commands, and what each does before and
// after a front end shows it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/terminal"
)

// Execute carries out a command line and returns the exit code. This is the one
// place where an error becomes a message.
func Execute(ctx context.Context, t *terminal.Terminal, version string, args []string) int {
	cobra.MousetrapHelpText = "" // a double click in Explorer opens the start page
	app := &program{Terminal: t, Env: os.Getenv, Version: version}
	defer terminal.KeepWindow(app.Terminal)
	out := &terminal.Checked{Writer: app.Terminal.Out}
	app.Terminal.Out = out
	app.Person = sandbox.Person{}
	app.OpenSandbox = func(dir string) (*servedSandbox, error) { return openSandbox(app, dir) }
	root := rootCommand(app)
	root.SetArgs(args)
	root.SetErr(app.Terminal.Err)
	command, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil && out.Err() == nil:
		return steps.ExitDone
	case err == nil:
		fmt.Fprintf(app.Terminal.Err, "agentcore-3lo: %v\n", out.Err())
		return steps.ExitFailed
	}
	var exit exitError
	if ctx.Err() != nil && !errors.As(err, &exit) {
		err = ctx.Err() // whatever the interrupt has broken
	}
	app.JSON = app.JSON || wantsJSON(args)
	return app.fail(err, slices.Contains([]string{root.Name(), "walk", "run", "consent", "cleanup", "listen"}, command.Name()))
}
