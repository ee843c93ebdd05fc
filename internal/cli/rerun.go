package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func newRunCommand(a *program) *cobra.Command {
	c := command(a, nil, "run STEP...", "Re-run specific steps",
		"run invoke", "run consent invoke", "run linkedin", "run provider --recreate")
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(cmd *cobra.Command, args []string) error { return runSteps(cmd.Context(), a, args) }
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var ids []string
		for _, s := range steps.Tutorial() {
			ids = append(ids, string(s.ID)+"\t"+s.Title)
		}
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
	walkFlags(a, c)
	c.Flags().BoolVar(&a.Recreate, "recreate", false, "recreate the provider or the inbound side; lists what depends on it and asks first")
	return c
}

// runSteps carries out the named steps alone, again.
func runSteps(ctx context.Context, a *program, words []string) error {
	if err := a.check(); err != nil {
		return a.failEarly(err)
	}
	if len(words) == 0 {
		return a.failEarly(usage("name the steps to run; %s steps lists them", shell.Program()))
	}
	command := append([]string{"run"}, words...)
	if slices.Contains(words, string(steps.App)) {
		words = append(words, string(steps.Provider)) // a new secret is of use only once AgentCore has it
	}
	ids, err := steps.Parse(words)
	if err != nil {
		return a.failEarly(exitError{steps.ExitUsage, err})
	}
	if a.Recreate && !slices.Contains(ids, steps.Provider) && !slices.Contains(ids, steps.Inbound) {
		return a.failEarly(usage("--recreate goes with provider or inbound"))
	}
	store, r, err := a.existing(ctx, command...)
	if err != nil {
		return a.failEarly(err)
	}
	if r == nil {
		return a.failEarly(a.noRun())
	}
	if err := a.checkUsable(r); err != nil {
		return a.failEarly(err)
	}
	var todo []steps.Step
	for _, id := range ids {
		step, _ := steps.Find(id)
		todo = append(todo, step)
	}
	s, err := a.open(ctx, store, r, todo, true)
	if err != nil {
		return a.failEarly(err)
	}
	defer s.close()
	rec := s.walk.Run.Record()
	done := steps.DoneSteps(&rec)
	for _, step := range todo {
		for _, need := range step.Needs {
			if !slices.Contains(done, need) && !slices.Contains(ids, need) {
				return a.failEarly(usage("%s needs %s, which is not done in run %s; resume the run first: %s", step.ID, need, r.Run, s.walk.Commands.Line("walk")))
			}
		}
	}
	done = slices.DeleteFunc(done, func(id engine.ID) bool { return slices.Contains(ids, id) })
	return s.drive(ctx, steps.NewMachine(engine.Mode{Manual: s.manual(), Follow: true, Again: true}, todo, done))
}
