package plain

import (
	"bytes"
	"testing"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/foreign"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// FuzzPlain writes foreign text in plain lines, wherever it may stand.
func FuzzPlain(f *testing.F) {
	for _, s := range foreign.Texts {
		f.Add(s, 80)
		f.Add(s, 50)
	}
	var out bytes.Buffer
	p := New(&terminal.Terminal{Out: &out, Err: &out}, false) // one for all: its prompter never ends
	p.run = aRun()
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 20 + max(width, -width)&127
		out.Reset()
		p.terminal.Width = width
		for _, n := range foreign.Bodies(s) {
			p.Tell(steps.Invoke, n)
		}
		for _, failed := range foreign.Failures(s) {
			p.End(ui.Outcome{Step: steps.Invoke, ExitCode: steps.ExitFailed, Failure: &failed})
		}
		p.print(planText(steps.Plan{Account: "1", Caller: s, Endpoints: map[string]string{"AWS_ENDPOINT_URL": s}}, width))
		foreign.Neutral(t, out.String())
	})
}

// aRun is a run in the sandbox.
func aRun() ui.Run {
	return ui.RunOf(testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true)))
}
