package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

func newStepsCommand(a *program) *cobra.Command {
	return command(a, runStepList, "steps", "List the steps and what each one needs",
		"steps", "steps --json")
}

// runStepList lists the steps and their needs.
func runStepList(_ context.Context, a *program) error {
	type row struct {
		Number int         `json:"number"`
		Step   engine.ID   `json:"step"`
		Title  string      `json:"title"`
		Does   string      `json:"does"`
		Needs  []engine.ID `json:"needs"`
	}
	var rows []row
	for _, s := range append(steps.Tutorial(), cleanupStep()) {
		needs := s.Needs
		if needs == nil {
			needs = []engine.ID{}
		}
		rows = append(rows, row{steps.Number(s.ID), s.ID, s.Title, s.Does, needs})
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "steps", "", map[string]any{"steps": rows})
	}
	for _, r := range rows {
		number, needs := fmt.Sprint(r.Number), make([]string, len(r.Needs))
		if r.Number == 0 {
			number = ""
		}
		for i, n := range r.Needs {
			needs[i] = string(n)
		}
		fmt.Fprintf(a.Terminal.Out, "%2s  %-14s %s\n", number, r.Step, r.Title)
		fmt.Fprintf(a.Terminal.Out, "%s", ui.Wrap(r.Does, a.Terminal.Width, strings.Repeat(" ", 19)))
		if len(needs) > 0 {
			fmt.Fprintf(a.Terminal.Out, "%19sneeds %s\n", "", strings.Join(needs, ", "))
		}
	}
	return nil
}
