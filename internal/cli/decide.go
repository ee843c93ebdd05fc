package cli

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
)

// decision is what a walk does. Exactly one field is set.
type decision struct {
	resume    *run.Record      // go on with this run
	begin     *run.Environment // begin a run there
	startPage bool             // ask the person
}

// decide is the only place that decides in which environment a walk works, and
// on which run. named is the record of --run, or nil. runs are the others, newest
// first. chosen is the environment that the command line selects; it counts only
// where there are such flags. ask says that a person can be asked.
func (o flags) decide(named *run.Record, runs []*run.Record, chosen run.Environment, ask bool) (decision, error) {
	switch {
	case o.Run != "":
		return o.decideNamed(named, chosen)
	case o.selects() && o.New:
		return decision{begin: &chosen}, nil
	case o.selects():
		for _, r := range runs {
			if r.Environment.Within(chosen) && resumable(r) {
				return decision{resume: r}, nil
			}
		}
		return decision{begin: &chosen}, nil
	case ask:
		return decision{startPage: true}, nil
	case o.New:
		return decision{}, o.noEnvironment("--new needs an environment for the new run", "--new")
	}
	unfinished := inState(runs, steps.RunUnfinished)
	switch len(unfinished) {
	case 0:
		none := "there is no unfinished run, and no flag says where to start a new one"
		return decision{}, refused(none, o.toFinish(runs)+o.newRun("walk"))
	case 1:
		return decision{resume: unfinished[0]}, nil
	}
	return decision{}, o.several("unfinished runs", unfinished, "walk")
}

func (o flags) decideNamed(r *run.Record, chosen run.Environment) (decision, error) {
	switch {
	case r == nil && o.selects():
		return decision{begin: &chosen}, nil
	case r == nil:
		return decision{}, o.noEnvironment(fmt.Sprintf("there is no run %q here, and no flag says where to start a new one", o.Run), "--run", o.Run)
	case o.selects() && !r.Environment.Within(chosen):
		return decision{}, o.elsewhere(r)
	}
	if steps.StateOf(r) == steps.RunCleanedUp && o.selects() {
		return decision{begin: &chosen}, nil
	}
	if err := o.checkUsable(r); err != nil {
		return decision{}, err
	}
	return decision{resume: r}, nil
}

// checkUsable says that the run is cleaned up, or that only cleanup goes on with it; nil
// means that it can be used.
func (o flags) checkUsable(r *run.Record) error {
	switch steps.StateOf(r) {
	case steps.RunCleanedUp:
		return refused("run "+r.Run+" is cleaned up", "Begin it again: "+o.command(slices.Concat([]string{"walk", "--run", r.Run}, commandline.EnvironmentFlags(r.Environment))...))
	case steps.RunCleaningUp:
		return refused("the cleanup of run "+r.Run+" is not finished", "Finish it: "+o.command("cleanup", "--run", r.Run))
	}
	return nil
}

// environmentFlags are the flags that select the sandbox, and those that select
// AWS. Environment variables and configuration files select nothing.
func (o flags) environmentFlags() (sandbox, aws []string) {
	if o.Sandbox {
		sandbox = append(sandbox, "--sandbox")
	}
	if o.SandboxURL != "" {
		sandbox = append(sandbox, "--sandbox-url", o.SandboxURL)
	}
	if o.AWS {
		aws = append(aws, "--aws")
	}
	if o.Region != "" {
		aws = append(aws, "--region", o.Region)
	}
	if o.Profile != "" {
		aws = append(aws, "--profile", o.Profile)
	}
	return sandbox, aws
}

// selects says whether the command line selects an environment.
func (o flags) selects() bool {
	sandbox, aws := o.environmentFlags()
	return len(sandbox)+len(aws) > 0
}

// contradiction refuses flags that select two environments.
func (o flags) contradiction() error {
	sandbox, aws := o.environmentFlags()
	switch {
	case len(sandbox) > 0 && len(aws) > 0:
		return usage("%s selects the sandbox and %s selects AWS; leave one of them out", sandbox[0], aws[0])
	case o.Sandbox && o.SandboxURL != "":
		return usage("--sandbox selects the built-in sandbox and --sandbox-url one that another process serves; leave one of them out")
	}
	return nil
}

// elsewhere says that the flags select another environment than the run's.
func (o flags) elsewhere(r *run.Record) error {
	sandbox, aws := o.environmentFlags()
	flags := slices.Concat(sandbox, aws)
	return refused(fmt.Sprintf("run %s is in %s, and %s selects another environment", r.Run, environment(r), flags[0]),
		"Leave "+flags[0]+" out, or start another run with --new: "+o.command(append([]string{"walk", "--new"}, flags...)...))
}

// noEnvironment asks for a flag that selects one.
func (o flags) noEnvironment(why string, with ...string) error {
	return refused(why, o.newRun(append([]string{"walk"}, with...)...))
}

// newRun writes the command in the environment that the flags select, or in each.
func (o flags) newRun(words ...string) string {
	if sandbox, aws := o.environmentFlags(); o.selects() {
		return "Here: " + o.command(slices.Concat(words, sandbox, aws)...)
	}
	return "In the sandbox: " + o.command(slices.Concat(words, []string{"--sandbox"})...) + "\nIn AWS: " + o.command(slices.Concat(words, []string{"--aws"})...)
}

// toFinish are the commands that finish cleanups which were begun, a line each.
func (o flags) toFinish(runs []*run.Record) string {
	var lines strings.Builder
	for _, r := range inState(runs, steps.RunCleaningUp) {
		fmt.Fprintf(&lines, "The cleanup of run %s is not finished: %s\n", r.Run, o.command("cleanup", "--run", r.Run))
	}
	return lines.String()
}

// several gives one complete command for each run.
func (o flags) several(which string, runs []*run.Record, command ...string) error {
	var lines []string
	for _, r := range runs {
		lines = append(lines, fmt.Sprintf("In %s: %s", environment(r), o.command(append(slices.Clone(command), "--run", r.Run)...)))
	}
	return refused(fmt.Sprintf("there are %d %s", len(runs), which), "Name one. "+strings.Join(lines, "\n"))
}

// command writes a command with the flags that say how it is carried out.
func (o flags) command(args ...string) string {
	if o.Yes {
		args = append(args, "--yes")
	}
	if o.JSON {
		args = append(args, "--json")
	}
	if o.Plain {
		args = append(args, "--plain")
	}
	if o.Brief {
		args = append(args, "--brief")
	}
	return commandline.Line(shell.Program(), args...)
}

// environment names where a run is.
func environment(r *run.Record) string {
	w := r.Environment
	switch {
	case w.SandboxURL != "":
		return "the sandbox at " + w.SandboxURL
	case w.Sandbox:
		return "the sandbox"
	case w.Account == "":
		return "AWS"
	}
	return "AWS account " + w.Account + ", " + w.Region
}

func inState(runs []*run.Record, state steps.RunState) []*run.Record {
	return slices.DeleteFunc(slices.Clone(runs), func(r *run.Record) bool { return steps.StateOf(r) != state })
}

func resumable(r *run.Record) bool {
	state := steps.StateOf(r)
	return state == steps.RunUnfinished || state == steps.RunComplete
}

// usageError is a usage error that knows the commands to use instead.
type usageError struct{ what, next string }

func (e usageError) Error() string { return e.what + ".\n" + e.next }

// refused is a usage error that says what to do instead.
func refused(what, next string) error { return exitError{steps.ExitUsage, usageError{what, next}} }
