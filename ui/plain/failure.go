package plain

import (
	"strings"

	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// unbroken is the width of lines that nobody reads at a terminal: in a log they are
// searched for, so they stay whole.
const unbroken = 1 << 20

// Failure is what was being done, why it failed, what to do next, and where the
// log is. Commands are on lines of their own, to be copied.
func Failure(f engine.Failure, t *terminal.Terminal) string {
	width := t.Width
	if !t.Attended {
		width = unbroken
	}
	title := "Failed while "
	if f.Declined {
		title = "Stopped while "
	}
	out := "\n" + paragraph(title+text.CleanLine(f.Doing)+".", width) + note("Why: "+text.Clean(f.Why.Message), width)
	var origin []string
	for _, part := range []string{f.Why.Service, f.Why.Code} {
		if part != "" {
			origin = append(origin, part)
		}
	}
	if f.Why.RequestID != "" {
		origin = append(origin, "request "+f.Why.RequestID)
	}
	if len(origin) > 0 {
		out += paragraph("From: "+text.CleanLine(strings.Join(origin, ", ")), width)
	}
	out += note("Next: "+commandsApart(text.Clean(f.Next)), width)
	if f.Log != "" {
		out += command("Log", f.Log, width)
	}
	return out
}

// command is a command, or a path, behind what it is for. It is never broken: where
// there is no room, it has a line of its own.
func command(label, line string, width int) string {
	if len(label)+2+len(line) > width {
		return label + ":\n" + line + "\n"
	}
	return label + ": " + line + "\n"
}

// commandsApart puts the commands of this program that end a line on lines of their
// own.
func commandsApart(s string) string {
	program := shell.Program() + " "
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if before, command, found := strings.Cut(line, ": "+program); found {
			lines = append(lines, before+":", program+command)
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// whole reports whether a line is to be copied: a command, or part of a policy.
func whole(line string) bool {
	return strings.HasPrefix(line, "ssh ") || strings.HasPrefix(line, shell.Program()+" ") || strings.HasPrefix(line, " ") || line == "{" || line == "}"
}
