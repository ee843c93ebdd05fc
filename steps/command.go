package steps

import (
	"cmp"
	"slices"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
)

// CommandLine writes a command of this program, ready to be pasted into the
// shell that started it. Every printed command is put together here, from its
// arguments; the program's own form is quoted already.
func CommandLine(program string, args ...string) string {
	if len(args) == 0 {
		return program
	}
	return program + " " + shell.Current().Join(args...)
}

// EnvironmentFlags select the environment of a run on the command line.
func EnvironmentFlags(w run.Environment) []string {
	switch {
	case w.SandboxURL != "":
		return []string{"--sandbox-url", w.SandboxURL}
	case w.Sandbox:
		return []string{"--sandbox"}
	}
	flags := []string{"--aws"}
	if w.Profile != "" {
		flags = append(flags, "--profile", w.Profile)
	}
	if w.Region != "" {
		flags = append(flags, "--region", w.Region)
	}
	return flags
}

// Command writes a command of this program that works on this run, in its
// environment. Until the plan is agreed to there is nothing to resume, so a walk
// repeats what selects the environment instead of naming the run.
func (k *Kit) Command(words ...string) string {
	args := slices.Clone(words)
	again := !k.begun() && words[0] == "walk"
	if again {
		args = append(args, slices.Concat(k.environmentFlags(), k.optionFlags(words))...)
	} else if k.Names.Run == "" {
		args = append(args, k.environmentFlags()...)
	} else if k.Settings.World.IMDS {
		args = append(args, "--imds")
	}
	if k.Names.Run != "" && !(again && generatedName.MatchString(k.Names.Run)) {
		args = append(args, "--run", k.Names.Run)
	}
	return CommandLine(k.Settings.Program, args...)
}

// Another writes the command that begins another run in the same environment.
func (k *Kit) Another() string {
	return CommandLine(k.Settings.Program, append([]string{"walk", "--new"}, k.environmentFlags()...)...)
}

// environmentFlags are what the record knows, and this command's own flags.
func (k *Kit) environmentFlags() []string {
	if k.Settings.Undecided {
		return nil
	}
	w, o := k.Record().Environment, k.Settings.World
	w.Sandbox = w.Sandbox || o.Sandbox != nil
	w.Profile, w.Region = cmp.Or(o.Profile, w.Profile), cmp.Or(o.Region, w.Region)
	flags := EnvironmentFlags(w)
	if o.IMDS && !w.Sandbox {
		flags = append(flags, "--imds")
	}
	return flags
}
