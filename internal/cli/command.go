package cli

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

func rootCommand(app *App) *cobra.Command {
	me := shell.Program()
	example := func(lines ...string) string { return "  " + me + " " + strings.Join(lines, "\n  "+me+" ") }
	walk := func(cmd *cobra.Command, _ []string) error { return app.Walk(cmd.Context()) }

	root := &cobra.Command{
		Use:   "agentcore-3lo",
		Short: "Set up a user-delegated tool call on an AgentCore Gateway",
		Long: "Guides you through the whole setup, explains each step, survives interruption, and cleans up.\n" +
			"Without a command it is the walkthrough. A new run needs --sandbox or --aws, or your choice on the start page.",
		Example: example("--sandbox", "--sandbox --yes", "--aws", "--profile NAME --region us-east-1", "status", "cleanup"),
		Args:    noArgs, RunE: walk, SilenceUsage: true, SilenceErrors: true,
	}
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("run") && app.Run == "" { // a script's variable that is not set
			return Refused("--run has no name behind it", seeHelp(cmd))
		}
		return nil
	}
	everywhere(app, root)

	walkCommand := &cobra.Command{Use: "walk", Short: "Start the walkthrough: a new run, or one to resume", Args: noArgs,
		Example: example("walk --sandbox", "walk --sandbox --yes --json", "walk --new --region eu-west-1"), RunE: walk}
	runCommand := &cobra.Command{Use: "run STEP...", Short: "Re-run specific steps", Args: cobra.ArbitraryArgs,
		Example: example("run invoke", "run consent invoke", "run linkedin", "run provider --recreate"),
		RunE:    func(cmd *cobra.Command, args []string) error { return app.RunSteps(cmd.Context(), args) }}
	for _, c := range []*cobra.Command{root, walkCommand, runCommand} {
		walking(app, c)
	}
	runCommand.Flags().BoolVar(&app.Recreate, "recreate", false, "recreate the provider or the inbound side; lists what depends on it and asks first")
	for _, c := range []*cobra.Command{root, walkCommand} {
		c.Flags().BoolVar(&app.New, "new", false, "start a new run")
		roles(app, c)
	}
	runCommand.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var ids []string
		for _, s := range steps.Tutorial() {
			ids = append(ids, string(s.ID)+"\t"+s.Title)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}

	simple := func(use, short, example string, do func(context.Context) error) *cobra.Command {
		return &cobra.Command{Use: use, Short: short, Example: example, Args: noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return do(cmd.Context()) }}
	}
	all := false
	cleanup := simple("cleanup", "Delete everything a run created, and verify the deletion", example("cleanup", "cleanup --yes --run NAME", "cleanup --all"),
		func(ctx context.Context) error { return app.Cleanup(ctx, all) })
	cleanup.Flags().BoolVar(&all, "all", false, "all runs that you created from this computer, including runs without a local record")
	cleanup.Flags().BoolVar(&app.Elsewhere, "elsewhere", false, "with --all or --run: also delete what you created from another computer")
	yes(app, cleanup)
	forget := ""
	runs := simple("runs", "List the runs on this computer", example("runs", "runs --forget NAME"), nil)
	runs.RunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("forget") {
			return app.ForgetRun(cmd.Context(), forget)
		}
		return app.Runs(cmd.Context())
	}
	runs.Flags().StringVar(&forget, "forget", "", "delete the record, journal and log of this run; it must be cleaned up, or have created nothing")
	named := ""
	listen := simple("listen", "Run only the callback listener (advanced)", example("listen --run NAME", "listen --region us-east-1"),
		func(ctx context.Context) error { return app.Listen(ctx, named) })
	listen.Long = "Finishes session binding for a tool call that another program made, in place of the tutorial's\n" +
		"oauth2_callback_server.py. The token that made the call comes from AGENTCORE_3LO_BEARER, or by\n" +
		"POST /userIdentifier/token. With --run it uses the environment, port and return URL of that run."
	listen.Flags().StringVar(&named, "session", "", "complete this session (URN) and no other")
	listening(app, listen)

	policy := simple("policy", "Print the IAM policy that the caller needs", example("policy > policy.json", "policy --run NAME", "policy --role-arn ARN"), app.Policy)
	roles(app, policy)

	root.AddCommand(walkCommand, runCommand, cleanup, listen,
		simple("steps", "List the steps and what each one needs", example("steps", "steps --json"), app.Steps),
		simple("status", "Show what exists, and the next command", example("status", "status --json --run NAME"), app.Status),
		runs,
		simple("plan", "Show what a run would create; changes nothing", example("plan", "plan --json"), app.Plan),
		simple("connect", "Show how to use the gateway from another client", example("connect"), app.Connect),
		simple("token", "Print an access token for the gateway, and nothing else", example("token"), app.Token),
		simple("whoami", "Show which AWS identity is used; changes nothing", example("whoami", "whoami --profile NAME --json"), app.WhoAmI),
		policy,
		sandboxCommand(app, example("sandbox", "sandbox --port 9600 --json")),
		simple("version", "Print the version", example("version"), func(context.Context) error { return printVersion(app) }))
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.RunE = func(c *cobra.Command, args []string) error { // a shell that cobra does not know
			if len(args) > 0 {
				return Exit{Code: steps.ExitUsage, Err: fmt.Errorf("there is no completion for %q\nSee: %s completion --help", args[0], me)}
			}
			return c.Help()
		}
		completion.Args = cobra.ArbitraryArgs
	}
	return root
}

// noArgs refuses stray words with the exit code of a usage error.
var noArgs = usageArgs(cobra.NoArgs)

func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return Refused(err.Error(), seeHelp(cmd))
		}
		return nil
	}
}

func printVersion(app *App) error {
	if app.JSON {
		return ndjson.Value(app.Terminal.Out, "version", "", map[string]string{"version": app.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	_, err := fmt.Fprintf(app.Terminal.Out, "agentcore-3lo %s (%s, %s/%s)\n", app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
