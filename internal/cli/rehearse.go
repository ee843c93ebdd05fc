package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// rehearsalFlags are about showing the walkthrough to somebody.
func rehearsalFlags(a *program, c *cobra.Command) {
	c.Flags().StringArrayVar(&a.Faults, "fault", nil, "in the sandbox: KIND@OPERATION fails until a step has failed, then a retry works; with #N, its N-th call fails (may be repeated)")
	completeFaults(c)
	c.Flags().Float64Var(&a.Speed, "speed", 1, fmt.Sprintf("with --yes in a terminal, how fast pages turn, from %v to %v", slowest, fastest))
	c.Flags().StringVar(&a.Record, "record", "", "record the full screen in this new file (asciicast v2); what you type is not recorded")
}

// record makes the recording of --record until stop is called.
func (a *program) record() (stop func() error, err error) {
	if a.Record == "" {
		return func() error { return nil }, nil
	}
	end, err := a.Terminal.Record(a.Record)
	if err != nil {
		return nil, usage("--record: %w", err)
	}
	return func() error {
		if err := end(); err != nil {
			return fmt.Errorf("the recording %s is not complete: %w", a.Record, err)
		}
		return nil
	}, nil
}

// The limits of --speed.
const slowest, fastest = 0.5, 10.0

// hideRehearsalFlags leaves the flags of rehearsalFlags out of a command's help.
func hideRehearsalFlags(c *cobra.Command) {
	for _, name := range []string{"fault", "speed", "record", "stage", "ascii"} {
		_ = c.Flags().MarkHidden(name) // fails only if there is no such flag
	}
}

// parseFaults reads the values of --fault. What is wrong with one is a usage error.
func parseFaults(texts []string) (faults []sandbox.Fault, err error) {
	for _, text := range texts {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return nil, exitError{Code: steps.ExitUsage, Err: err}
		}
		faults = append(faults, f)
	}
	return faults, nil
}

// checkRehearsal refuses a speed that is wrong, a speed or a recording that has no
// effect, and faults that are wrong or that the flags inject elsewhere than in a sandbox of this process.
func (a *program) checkRehearsal() error {
	switch given := a.Speed != 1; {
	case given && !(a.Speed >= slowest && a.Speed <= fastest): // not a number is neither
		return usage("--speed is a number from %v to %v, not %v", slowest, fastest, a.Speed)
	case given && (!a.Yes || !a.onScreen()):
		return usage("--speed is for the full screen that --yes plays by itself; add --yes, and leave out --plain and --json")
	}
	if a.Record != "" && !a.onScreen() {
		return usage("--record records the full screen, which needs a terminal; leave out --plain and --json")
	}
	if len(a.Faults) == 0 {
		return nil
	}
	if _, err := parseFaults(a.Faults); err != nil {
		return err
	}
	if _, aws := a.environmentFlags(); len(aws) > 0 {
		return a.faultElsewhere(run.Environment{})
	}
	if a.SandboxURL != "" {
		return a.faultElsewhere(run.Environment{Sandbox: true, SandboxURL: a.SandboxURL})
	}
	return nil
}

// faultElsewhere says that this process does not serve the environment, and so
// cannot inject a fault there.
func (o flags) faultElsewhere(e run.Environment) error {
	faults := []string{"--fault", o.Faults[0]}
	if !e.Sandbox {
		return refused("--fault injects a fault into the sandbox, and never into AWS", "Rehearse it: "+o.command(slices.Concat([]string{"walk", "--new", "--sandbox"}, faults)...))
	}
	return refused("--fault needs a sandbox that this process serves, and another process serves this one",
		"Stop that process, and start it again: "+commandline.Line(shell.Program(), slices.Concat([]string{"sandbox"}, faults)...))
}

// rehearse announces the faults of the sandbox that the run uses, and lifts them
// when a step has failed because of them.
func (s *opened) rehearse(box *servedSandbox) error {
	if len(s.program.Faults) == 0 {
		return nil
	}
	if !box.Own {
		return s.program.faultElsewhere(run.Environment{Sandbox: true})
	}
	s.onFailure = func(f engine.Failure) {
		if f.Exit != steps.ExitInterrupted {
			box.LiftFaults()
		}
	}
	fmt.Fprintln(s.program.Terminal.Err, "Injecting faults:", strings.Join(s.program.Faults, " "))
	return nil
}

// completeFaults lets a shell complete --fault: the kind first, then the operation.
func completeFaults(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("fault", func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) { // fails only if there is no such flag
		kind, _, chosen := strings.Cut(typed, "@")
		var all []string
		if chosen {
			for _, operation := range sandbox.FaultOperations(sandbox.FaultKind(kind)) {
				all = append(all, kind+"@"+operation)
			}
			return all, cobra.ShellCompDirectiveNoFileComp
		}
		for _, kind := range sandbox.FaultKinds() {
			all = append(all, string(kind)+"@")
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
}
