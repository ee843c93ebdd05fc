// Package shell writes commands that run when they are pasted into the shell
// that started this program.
package shell

import (
	"regexp"
	"strings"
)

// Shell is a family of shells that quote alike.
type Shell string

const (
	POSIX      Shell = "posix" // sh, bash, zsh, fish; Git Bash on Windows
	PowerShell Shell = "powershell"
	Cmd        Shell = "cmd"
)

// plain arguments mean themselves in every shell of the family.
var plain = map[Shell]*regexp.Regexp{
	POSIX:      regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`),
	PowerShell: regexp.MustCompile(`^([A-Za-z0-9_+=:./\\][A-Za-z0-9_+=:./\\-]*|-[A-Za-z0-9_=-]*)$`), // it splits "-a.b" in two
	Cmd:        regexp.MustCompile(`^[A-Za-z0-9_@+:./\\-]+$`),
}

// Quote writes one argument so that the shell hands it on as it is.
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

// quotePowerShell doubles what ends a string: PowerShell takes typographic
// quotes for straight ones (about_Quoting_Rules). Windows PowerShell 5.1 hands
// double quotes to a program without escaping them, so that is done here.
func quotePowerShell(argument string) string {
	doubled := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛", `"`, `\"`)
	return "'" + doubled.Replace(argument) + "'"
}

// Join writes a list of arguments.
func (s Shell) Join(arguments ...string) string {
	quoted := make([]string, len(arguments))
	for i, a := range arguments {
		quoted[i] = s.Quote(a)
	}
	return strings.Join(quoted, " ")
}

// Run writes the path of a program as the first word of a command. PowerShell
// runs a quoted path only behind its call operator.
func (s Shell) Run(path string) string {
	quoted := s.Quote(path)
	if s == PowerShell && quoted != path {
		return "& " + quoted
	}
	return quoted
}

// SetVariable writes the command that sets an environment variable for the
// programs that the shell starts from then on.
func (s Shell) SetVariable(name, value string) string {
	switch s {
	case PowerShell:
		return "$env:" + name + " = " + quotePowerShell(value)
	case Cmd:
		return `set "` + name + "=" + value + `"`
	}
	return "export " + name + "=" + s.Quote(value)
}

// SetFrom writes the command that sets an environment variable to the one line
// that another command prints.
func (s Shell) SetFrom(name, command string) string {
	switch s {
	case PowerShell:
		return "$env:" + name + " = " + command
	case Cmd:
		return `for /f "usebackq delims=" %i in (` + "`" + command + "`" + `) do @set "` + name + `=%i"`
	}
	return "export " + name + "=$(" + command + ")"
}
