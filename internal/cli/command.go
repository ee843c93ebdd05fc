package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/shell"
)

func rootCommand(a *program) *cobra.Command {
	root := command(a, runWalk, "agentcore-3lo", "Set up a user-delegated tool call on an AgentCore Gateway",
		"--sandbox", "--sandbox --yes", "--aws", "--profile NAME --region us-east-1", "status", "cleanup")
	root.Long = "Guides you through the whole setup, explains each step, survives interruption, and cleans up.\n" +
		"Without a command it is the walkthrough; walk --help has all its flags. A new run needs --sandbox or --aws, or your choice on the start page."
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("run") && a.Run == "" { // a script's variable that is not set
			return refused("--run needs a name", seeHelp(cmd))
		}
		return nil
	}
	commonFlags(a, root)
	walkFlags(a, root)
	newRunFlags(a, root)
	rehearsalFlags(a, root)
	hideRehearsalFlags(root) // walk --help has them; this help fits a screen
	root.AddCommand(newWalkCommand(a), newRunCommand(a), newCleanupCommand(a), newListenCommand(a), newStepsCommand(a), newStatusCommand(a),
		newRunsCommand(a), newPlanCommand(a), newConnectCommand(a), newTokenCommand(a), newWhoAmICommand(a), newPolicyCommand(a),
		newSandboxCommand(a), newVersionCommand(a), newTraceCommand(a), newFollowCommand(a))
	refuseUnknownShells(root)
	return root
}

// command returns a command that takes no arguments. The examples are written with
// the program's name.
func command(a *program, run func(context.Context, *program) error, use, short string, examples ...string) *cobra.Command {
	me := shell.Program()
	return &cobra.Command{Use: use, Short: short, Example: "  " + me + " " + strings.Join(examples, "\n  "+me+" "), Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), a) }}
}

// refuseUnknownShells adds the completion command, which refuses a shell that
// cobra does not know.
func refuseUnknownShells(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		return
	}
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("there is no completion for %q\nSee: %s completion --help", args[0], shell.Program())
		}
		return c.Help()
	}
}

// noArgs refuses stray words with the exit code of a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return refused(err.Error(), seeHelp(cmd))
	}
	return nil
}
