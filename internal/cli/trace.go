package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

func newTraceCommand(a *program) *cobra.Command {
	step := ""
	c := command(a, func(ctx context.Context, a *program) error { return runTrace(ctx, a, step) },
		"trace", "Show the HTTP exchanges of a run, and where the time went",
		"trace", "trace --step consent", "trace --run NAME --json")
	asciiFlag(a, c)
	c.Flags().StringVar(&step, "step", "", "only the exchanges of this step")
	return c
}

// runTrace shows what the run's journal holds. It calls nothing, and the run may be in
// use.
func runTrace(ctx context.Context, a *program, step string) error {
	if err := a.check(); err != nil {
		return err
	}
	if _, known := steps.Find(engine.ID(step)); step != "" && !known {
		return usage("there is no step %q", step)
	}
	store, r, err := a.existing(ctx, "trace")
	if err != nil {
		return err
	}
	if r == nil {
		return a.noRun()
	}
	entries, err := store.Entries(r.Run)
	if err != nil {
		return err
	}
	t := trace.Read(entries)
	exchanges := slices.DeleteFunc(slices.Clone(t.Exchanges()), func(x *trace.Exchange) bool { return step != "" && x.Step != step })
	if a.JSON {
		return ndjson.Trace(a.Terminal.Out, r.Run, t, exchanges, commandline.Line(shell.Program(), "token", "--run", r.Run))
	}
	printTrace(a.Terminal.Out, ui.Canvas{Width: a.Terminal.Width, ASCII: a.onlyASCII()}, r, t, exchanges)
	return nil
}

func printTrace(out io.Writer, on ui.Canvas, r *run.Record, t *trace.Trace, exchanges []*trace.Exchange) {
	fmt.Fprintf(out, "agentcore-3lo, %s, run %s\n\n", ui.Place(r.Environment), r.Run)
	if len(exchanges) == 0 {
		fmt.Fprintln(out, "No exchanges.")
	} else {
		fmt.Fprint(out, ui.Text(ui.DrawWire(exchanges, 0, on)))
	}
	if t.Full() {
		fmt.Fprintln(out, "The journal is full: later exchanges are not recorded.")
	}
	fmt.Fprintf(out, "\nSequence: %s\n", t.Sequence().Headline)
	if times := ui.DrawTimes(t.Times(time.Time{}), 9, on); len(times) > 0 {
		fmt.Fprint(out, "\n"+ui.Text(times))
	}
}
