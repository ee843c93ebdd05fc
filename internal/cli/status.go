package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

func newStatusCommand(a *program) *cobra.Command {
	return command(a, runStatus, "status", "Show what exists, and the next command",
		"status", "status --json --run NAME")
}

// runStatus tells what exists, looked up just now, and what is next.
func runStatus(ctx context.Context, a *program) error {
	s, err := a.openToRead(ctx, true, "status")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	report, failed := steps.Look(ctx, s.walk.Commands, func(ctx context.Context) (provision.Scope, error) { return s.walk.Scope(ctx, nobody{}) })
	if a.JSON {
		if err := ndjson.Value(a.Terminal.Out, "status", report.Run, report); err != nil {
			return err
		}
		return s.failed(failed)
	}
	out := a.Terminal.Out
	fmt.Fprintln(out, ui.Heading(ui.RunOf(s.walk)))
	fmt.Fprintln(out, "\nSteps")
	for _, x := range report.Steps {
		line := fmt.Sprintf("  %2d  %-14s %-8s ", steps.Number(x.Step), x.Step, x.State)
		reason := ui.Wrap(x.Reason, a.Terminal.Width, strings.Repeat(" ", len(line)))
		fmt.Fprintln(out, strings.TrimRight(line+strings.TrimSpace(reason), " "))
	}
	if len(report.Resources) > 0 {
		fmt.Fprintln(out, "\nResources")
		for _, x := range report.Resources {
			state := "exists"
			if !x.Exists {
				state = "GONE"
			}
			fmt.Fprintf(out, "  %-7s %s\n          %s\n", state, strings.ReplaceAll(x.Kind, "_", " "), x.Name)
			if x.ID != "" && x.ID != x.Name {
				fmt.Fprintf(out, "          %s\n", x.ID)
			}
		}
	}
	if failed == nil {
		fmt.Fprintf(out, "\nState: %s\nNext: %s\n", report.State, report.Next)
	}
	return s.failed(failed)
}
