// Package shell formats commands for the shell that started this program.
package shell

import (
	"strings"

	"agentcore-3lo/internal/pattern"
)

// Shell is a family of shells with the same quoting rules.
type Shell string

// The families.
const (
	POSIX      Shell = "posix" // sh, bash, zsh, fish; Git Bash on Windows
	PowerShell Shell = "powershell"
	Cmd        Shell = "cmd"
)

// plain matches arguments that need no quotes.
var plain = map[Shell]*pattern.Pattern{
	POSIX:      pattern.New(`^[A-Za-z0-9_@%+=:,./-]+$`),
	PowerShell: pattern.New(`^([A-Za-z0-9_+=:./\\][A-Za-z0-9_+=:./\\-]*|-[A-Za-z0-9_=-]*)$`), // it splits "-a.b" in two
	Cmd:        pattern.New(`^[A-Za-z0-9_@+:./\\-]+$`),
}

// Quote quotes an argument so that the shell passes it on unchanged.
func (s Shell) Quote(argument string) string {
	switch {
	case plain[s].MatchString(argument):
		return argument
	case s == PowerShell:
		return quotePowerShell(argument)
	case s == Cmd:
		return `"` + strings.ReplaceAll(argument, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
}

// quotePowerShell doubles quotes, including typographic ones, which PowerShell
// treats like straight ones (about_Quoting_Rules). Windows PowerShell 5.1 does not
// escape double quotes when it starts a program, so they are escaped here.
func quotePowerShell(argument string) string {
	doubled := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛", `"`, `\"`)
	return "'" + doubled.Replace(argument) + "'"
}

// Join quotes and joins arguments.
func (s Shell) Join(arguments ...string) string {
	quoted := make([]string, len(arguments))
	for i, a := range arguments {
		quoted[i] = s.Quote(a)
	}
	return strings.Join(quoted, " ")
}

// Run formats the path of a program as the first word of a command. PowerShell
// requires its call operator before a quoted path.
func (s Shell) Run(path string) string {
	quoted := s.Quote(path)
	if s == PowerShell && quoted != path {
		return "& " + quoted
	}
	return quoted
}

// SetVariable returns the command that sets an environment variable in the shell.
func (s Shell) SetVariable(name, value string) string {
	switch s {
	case PowerShell:
		return "$env:" + name + " = " + quotePowerShell(value)
	case Cmd:
		return `set "` + name + "=" + value + `"`
	}
	return "export " + name + "=" + s.Quote(value)
}

// SetFrom returns the command that sets an environment variable to the output of
// another command.
func (s Shell) SetFrom(name, command string) string {
	switch s {
	case PowerShell:
		return "$env:" + name + " = " + command
	case Cmd:
		return `for /f "usebackq delims=" %i in (` + "`" + command + "`" + `) do @set "` + name + `=%i"`
	}
	return "export " + name + "=$(" + command + ")"
}
