package plain

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/words"
)

const maxText = 4 << 10 // bytes of a foreign text; the exchange has it whole

// stepName names a step within a sentence, and its heading.
func stepName(id engine.ID) (name, heading string) {
	s, _ := steps.Find(id)
	n := steps.Number(id)
	if n == 0 {
		return s.Title, s.Title
	}
	return fmt.Sprintf("Step %d of %d, %s,", n, len(steps.Tutorial()), s.Title), fmt.Sprintf("Step %d of %d: %s", n, len(steps.Tutorial()), s.Title)
}

// shortName is a step in the sentence that ends it.
func shortName(id engine.ID) string {
	if n := steps.Number(id); n > 0 {
		return fmt.Sprintf("Step %d", n)
	}
	s, _ := steps.Find(id)
	return s.Title
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	first, size := utf8.DecodeRuneInString(s)
	word, _, _ := strings.Cut(s, " ")
	if size > 0 && word == strings.ToLower(word) { // not a name such as gateway-authcode-1
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".:?!") {
		s += "."
	}
	return s
}

// took is how long a step has worked, behind what became of it; "" below a second.
func took(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return " in " + spoken(d)
}

// spoken is a duration in words.
func spoken(d time.Duration) string {
	minutes, seconds := int(d.Minutes()), int(d.Seconds())%60
	if minutes == 0 {
		return fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf("%d min %d s", minutes, seconds)
}

// call is an exchange in one line.
func call(x wire.Exchange) string {
	return fmt.Sprintf("Called %s %s: %s.", x.Service, x.Operation, ui.CallResult(x))
}

// said is what a line says about the body of an event, in words.
func said(body any) string {
	line := words.Line(body)
	switch body.(type) {
	case event.Warning:
		return "Warning: " + strings.TrimPrefix(line, "! ")
	case event.Confirmed:
		return strings.TrimPrefix(line, "✓ ")
	}
	return line
}

// linkText puts an address on a line of its own, behind what it is for.
func linkText(l event.Link, sandbox bool, width int) string {
	title := map[event.Purpose]string{
		event.Portal:    "The developer portal",
		event.Register:  "The callback URL. Register exactly this one, not the one on localhost",
		event.Consent:   "The link to consent",
		event.RoundTrip: "A link to this machine's listener",
	}[l.Purpose]
	if !l.Expires.IsZero() {
		title += ". It works once, and expires at " + l.Expires.Local().Format("15:04:05")
	}
	out := paragraph(title+":", width) + text.CleanLine(l.URL) + "\n"
	if l.Host != "" {
		host := "Host: " + text.CleanLine(l.Host)
		switch {
		case len(l.Warnings) > 0:
		case sandbox:
			host += ", the sandbox on this machine"
		default:
			host += ", as expected"
		}
		out += paragraph(host+".", width)
	}
	for _, w := range l.Warnings {
		out += paragraph("Warning. Check this link: "+sentence(text.CleanLine(w)), width)
	}
	return out
}

// resultText is the tool's answer, a line for each field of the profile.
func resultText(r event.Result, width int) string {
	out := paragraph(fmt.Sprintf("%s answered. Request id: %s", r.Tool, text.CleanLine(r.RequestID)), width)
	if r.Profile == nil {
		return out + note(text.Clean(ui.Shortened(r.Text, maxText)), width)
	}
	for _, row := range ui.ProfileRows(r.Profile) {
		if u, err := url.Parse(row[1]); err == nil && u.Host != "" {
			out += row[0] + ": " + row[1] + "\n" // whole, to be copied
			continue
		}
		out += paragraph(row[0]+": "+row[1], width)
	}
	if r.Beside != "" {
		out += note(text.Clean(ui.Shortened(r.Beside, maxText)), width)
	}
	return out
}

// planText is what would be created, and where.
func planText(p steps.Plan, width int) string {
	var b strings.Builder
	row := func(label, value string) {
		if value != "" {
			b.WriteString(paragraph(label+": "+text.CleanLine(value), width))
		}
	}
	b.WriteString("The plan\n")
	if p.Sandbox {
		row("Where", "the sandbox on this machine.")
	} else {
		row("Account", p.Account)
		row("Caller", p.Caller)
		row("Region", p.Region)
	}
	for _, line := range ui.EndpointLines(p.Endpoints) {
		row("Endpoint", line)
	}
	row("Time", p.Time)
	row("Cost", p.Cost)
	row("Needs", p.Needs)
	fmt.Fprintf(&b, "Creates %d resources:\n", len(p.Resources))
	for _, r := range p.Resources {
		b.WriteString(hanging("- ", fmt.Sprintf("%s %s %s: %s; takes %s", r.Service, strings.ReplaceAll(r.Kind, "_", " "), r.Name, r.For, r.Takes), width))
	}
	return b.String()
}

// note wraps each line by itself; an item of a list hangs below its dash. A line
// that is a command or an address stays whole.
func note(s string, width int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case isItem:
			b.WriteString(hanging("- ", item, width))
		case whole(line):
			b.WriteString(line + "\n")
		default:
			b.WriteString(paragraph(line, width))
		}
	}
	return b.String()
}

// closing says what can be done with a finished run.
func closing(r ui.Run, o ui.Outcome, width int) string {
	if r.Name == "" { // of all runs
		return ""
	}
	if r.Now().Cleaned {
		return "\nRun " + r.Name + " is cleaned up.\n"
	}
	out := "\nThis run has " + text.Count(len(o.Made), "resource") + ". Next:\n"
	for _, next := range [][2]string{{"Show what exists", r.Command("status")}, {"Use it from an agent", r.Command("connect")},
		{"Call again", r.Command("run", "invoke")}, {"Walk another run", r.Another()}, {"Clean up", r.Command("cleanup")}} {
		out += command(next[0], next[1], width)
	}
	return out
}

// goOn is the command that takes up what was interrupted.
func goOn(id engine.ID) string {
	if id == steps.Cleanup {
		return "cleanup"
	}
	return "walk"
}

// heading names the run and its environment.
func heading(r ui.Run) string {
	place := ui.Place(r.Now().Environment)
	if r.Name == "" {
		return "agentcore-3lo, " + place
	}
	return fmt.Sprintf("agentcore-3lo, %s, run %s", place, r.Name)
}
