package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/bridge"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/desktop"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/ui/terminal"
)

func newMCPCommand(a *program) *cobra.Command {
	wait := bridge.DefaultWait
	c := command(a, func(ctx context.Context, a *program) error { return runMCP(ctx, a, wait) }, "mcp", "Serve the run's tools to an MCP client, on standard input and output",
		"mcp --run NAME")
	c.Long = "A local MCP server for a coding agent or any other MCP client, which starts this command itself; connect\n" +
		"prints its configuration. It lists and calls the tools of the run's gateway, gets and renews the access\n" +
		"token, and asks you for consent: through the client if that can show a link, otherwise on a page in your\n" +
		"browser. Without a display it asks you to run the consent command."
	c.Flags().DurationVar(&wait, "wait", wait, "how long a call waits for your consent; clients give up after a while, too")
	c.Flags().BoolVar(&a.NoBrowser, "no-browser", false, "never open a browser; consent in a terminal instead")
	return c
}

// runMCP is an MCP server until its client closes standard input. Nothing else is
// written to standard output.
func runMCP(ctx context.Context, a *program, wait time.Duration) error {
	if wait <= 0 || wait > time.Hour {
		return usage("--wait is a duration such as 50s, not %v", wait)
	}
	if a.Terminal.Attended {
		fmt.Fprintf(a.Terminal.Err, "This command is for an MCP client, which starts it and speaks JSON with it. Set one up: %s\nPress Ctrl-C to leave.\n", commandline.Line(shell.Program(), "connect"))
	}
	silent := *a.Terminal
	silent.Attended, silent.Out = false, a.Terminal.Err
	quiet := *a
	quiet.Terminal = &silent
	if err := quiet.check(); err != nil {
		return err
	}
	store, r, err := quiet.existing(ctx, "mcp")
	if err != nil {
		return err
	}
	if r == nil {
		return quiet.noRun()
	}
	if err := quiet.checkUsable(r); err != nil {
		return err
	}
	s := &opened{program: &quiet, store: store}
	defer s.close()
	log, _, err := s.openLog(r.Run)
	if err != nil {
		return err
	}
	behind := &bridgedRun{program: &quiet, store: store, record: r, ctx: ctx}
	defer behind.close()
	server := bridge.Server{Run: behind, Name: r.Run, Version: a.Version, Wait: wait, Log: slog.New((&text.Redactor{}).Handler(log.Handler())), Sandbox: r.Environment.Sandbox,
		Command: consentCommand(a, r)}
	if !a.NoBrowser && desktop.Elsewhere(a.Env) == "" {
		server.Browser = terminal.NewBrowser(a.Env).Open
	}
	return server.Serve(ctx, a.Terminal.In.Stream(), os.Stdout)
}

// consentCommand is what the user enters in a terminal to consent, where the client's
// environment is not set.
func consentCommand(a *program, r *run.Record) string {
	command := commandline.Line(shell.Program(), "consent", "--run", r.Run)
	if home := a.Env("AGENTCORE_3LO_HOME"); home != "" {
		command = shell.Current().SetVariable("AGENTCORE_3LO_HOME", home) + "\n" + command
	}
	return command
}
