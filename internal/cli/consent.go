package cli

import (
	"context"

	"github.com/spf13/cobra"

	"agentcore-3lo/steps"
)

func newConsentCommand(a *program) *cobra.Command {
	c := command(a, func(ctx context.Context, a *program) error { return runSteps(ctx, a, []string{string(steps.Consent)}) }, "consent", "Consent to the tool call: ahead of time, or again",
		"consent", "consent --run NAME")
	c.Long = "Runs the step consent of a run alone: you get a link, and consent in your browser. An agent that uses the\n" +
		"run through the mcp command then calls its tools without asking you."
	agreeFlags(a, c)
	listenerFlags(a, c)
	c.Flags().BoolVar(&a.NoBrowser, "no-browser", false, "never open a browser")
	return c
}
