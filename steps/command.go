package steps

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"agentcore-3lo/internal/record"
)

// CommandLine writes a command of this program for a person to type. Every
// printed command is put together here, from its arguments.
func CommandLine(program string, args ...string) string {
	parts := []string{program} // the form that started the program, quoted already
	for _, a := range args {
		parts = append(parts, quoted(a))
	}
	return strings.Join(parts, " ")
}

var plainArgument = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./\[\]-]+$`)

// quoted is an argument as a shell takes it.
func quoted(arg string) string {
	if plainArgument.MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// EnvironmentFlags select the environment of a run on the command line.
func EnvironmentFlags(w record.World) []string {
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
	r := k.Record()
	args := slices.Clone(words)
	again := !r.Begun() && words[0] == "walk"
	if again || k.Names.Run == "" {
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
	w, o := k.Record().World, k.Settings.World
	w.Sandbox = w.Sandbox || o.Sandbox != nil
	w.Profile, w.Region = cmp.Or(o.Profile, w.Profile), cmp.Or(o.Region, w.Region)
	flags := EnvironmentFlags(w)
	if o.IMDS && !w.Sandbox {
		flags = append(flags, "--imds")
	}
	return flags
}
