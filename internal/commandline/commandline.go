// Package commandline writes commands of this program, ready to be pasted into the
// shell that started it.
package commandline

import (
	"cmp"
	"slices"
	"strconv"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
)

// Line writes a command of this program, ready to be pasted into the
// shell that started it. Every printed command is put together here, from its
// arguments; the program's own form is quoted already.
func Line(program string, args ...string) string {
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

// Writer writes commands that work on one run, in its
// environment.
type Writer struct {
	Program   string
	Run       *run.Run
	World     *awsenv.Options // what this command's own flags say
	Undecided bool            // no environment is chosen yet, so none is selected
}

// Line writes a command. Until the plan is agreed to there is nothing to resume,
// so a walk repeats what selects the environment instead of naming the run.
func (c Writer) Line(words ...string) string {
	args, name := slices.Clone(words), c.Run.Name()
	again := !c.Run.Begun() && words[0] == "walk"
	switch {
	case again:
		args = append(args, slices.Concat(c.environment(), c.options(words))...)
	case name == "":
		args = append(args, c.environment()...)
	case c.World.IMDS:
		args = append(args, "--imds")
	}
	if name != "" && !(again && run.IsGenerated(name)) {
		args = append(args, "--run", name)
	}
	return Line(c.Program, args...)
}

// Another writes the command that begins another run in the same environment.
func (c Writer) Another() string {
	return Line(c.Program, append([]string{"walk", "--new"}, c.environment()...)...)
}

// Flags are those that select the environment, with a leading space.
func (c Writer) Flags() string { return Line("", c.environment()...) }

// environment is what the record knows, and this command's own flags.
func (c Writer) environment() []string {
	if c.Undecided {
		return nil
	}
	w, o := c.Run.Record().Environment, c.World
	w.Sandbox = w.Sandbox || o.Sandbox != nil
	w.Profile, w.Region = cmp.Or(o.Profile, w.Profile), cmp.Or(o.Region, w.Region)
	flags := EnvironmentFlags(w)
	if o.IMDS && !w.Sandbox {
		flags = append(flags, "--imds")
	}
	return flags
}

// options repeat what is the run's own, for a command that cannot name the run
// yet. What words say of the return URL and its port takes their place.
func (c Writer) options(words []string) []string {
	var flags []string
	s := c.Run.Record().Settings
	here := slices.Contains(words, "--return-url") || slices.Contains(words, "--port")
	add := func(wanted bool, flag string, value ...string) {
		if wanted && !slices.Contains(words, flag) {
			flags = append(append(flags, flag), value...)
		}
	}
	add(s.ReturnURLGiven, "--return-url", s.ReturnURL)
	add(s.PortGiven && !here, "--port", strconv.Itoa(s.Port))
	add(s.RoleARN != "", "--role-arn", s.RoleARN)
	add(s.PermissionsBoundary != "", "--permissions-boundary", s.PermissionsBoundary)
	add(s.RegisterReturnURL, "--register-return-url")
	add(s.Pace != "", "--pace", s.Pace)
	return flags
}
