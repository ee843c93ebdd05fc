package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
	"agentcore-3lo/ui/terminal"
)

func newRunsCommand(a *program) *cobra.Command {
	forget := ""
	c := command(a, runRuns, "runs", "List the runs on this computer",
		"runs", "runs --forget NAME")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("forget") {
			return forgetRun(cmd.Context(), a, forget)
		}
		return runRuns(cmd.Context(), a)
	}
	c.Flags().StringVar(&forget, "forget", "", "delete the record, journal and log of this run; it must be cleaned up, or have created nothing")
	return c
}

// runRuns lists what is remembered here.
func runRuns(ctx context.Context, a *program) error {
	if err := a.check(); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	all := []steps.Summary{}
	records, unusable := records(store)
	for _, r := range records {
		if a.Run == "" || a.Run == r.Run {
			all = append(all, steps.Summarize(shell.Program(), r))
		}
	}
	var failed error
	for _, x := range allUnusable(errors.Join(unusable...)) {
		if a.Run == "" || x.Run == "" || a.Run == x.Run {
			failed = errors.Join(failed, x)
			if x.Run != "" {
				all = append(all, steps.Summary{Run: x.Run, State: steps.RunDamaged, Made: []string{}})
			}
		}
	}
	if a.Run != "" && len(all) == 0 && failed == nil {
		if _, err := a.load(ctx, store); err != nil { // why there is none of that name
			return err
		}
	}
	if a.JSON {
		return errors.Join(ndjson.Value(a.Terminal.Out, "runs", "", map[string]any{"runs": all}), failed)
	}
	if len(all) == 0 && failed == nil {
		fmt.Fprintln(a.Terminal.Out, "No run yet. In the sandbox: "+a.command("walk", "--sandbox")+"\nIn AWS: "+a.command("walk", "--aws"))
	}
	listRuns(a.Terminal, all)
	return failed
}

// listRuns writes a line for each run, or two where one is too narrow.
func listRuns(t *terminal.Terminal, all []steps.Summary) {
	var rows [][]string
	for _, x := range all {
		row := []string{x.Run, string(x.State)}
		if x.State != steps.RunDamaged {
			created, _ := time.Parse(time.RFC3339, x.Created)
			place := x.World
			if x.SandboxURL != "" {
				place += " at " + x.SandboxURL
			}
			row = append(row, place, created.Local().Format("2 Jan 15:04"))
		}
		rows = append(rows, row)
	}
	var widths [4]int
	total := 0
	for i := range widths {
		for _, row := range rows {
			if i < len(row) {
				widths[i] = max(widths[i], len(row[i]))
			}
		}
		total += widths[i] + 2
	}
	for _, row := range rows {
		if total-2 > t.Width {
			fmt.Fprintf(t.Out, "%s\n  %s\n", row[0], strings.Join(row[1:], ", "))
			continue
		}
		line := ""
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		fmt.Fprintln(t.Out, strings.TrimRight(line, " "))
	}
}
