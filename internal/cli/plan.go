package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

func newPlanCommand(a *program) *cobra.Command {
	return command(a, runPlan, "plan", "Show what a run would create; changes nothing",
		"plan", "plan --json")
}

// runPlan tells what a new run would create, or what a remembered one does. It calls
// nothing.
func runPlan(ctx context.Context, a *program) error {
	if err := a.check(); err != nil {
		return err
	}
	name, place := a.Run, a.chosen(ctx)
	if name == "" {
		name = run.NewName(time.Now())
	} else if store, err := a.store(); err == nil {
		r, err := store.Load(name)
		switch {
		case errors.Is(err, run.ErrNotFound):
		case err != nil:
			return err
		case a.selects() && !r.Environment.Within(place):
			return a.elsewhere(r)
		default:
			place = r.Environment
		}
	}
	plan := steps.NewPlan(name, place.Sandbox)
	plan.Account, plan.Region, plan.ReturnURL = place.Account, place.Region, a.ReturnURL
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "plan", name, plan)
	}
	fmt.Fprint(a.Terminal.Out, ui.RenderPlan(plan, a.Terminal.Width))
	return nil
}
