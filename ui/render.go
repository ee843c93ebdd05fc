// Package ui draws what more than one front end shows: paragraphs, lessons, plans,
// failures, results, and questions with their keys.
package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// RenderFailure is the four parts: what was being done, why it failed, what to
// do next, where the log is.
func RenderFailure(f engine.Failure, width int) string {
	why := f.Why.Message
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
		why += "\n(" + text.CleanLine(strings.Join(origin, ", ")) + ")"
	}
	var b strings.Builder
	title := "✗ Failed while " + text.CleanLine(f.Doing)
	if f.Declined {
		title = "Stopped while " + text.CleanLine(f.Doing)
	}
	b.WriteString("\n" + Wrap(title, width, ""))
	b.WriteString(labelled("Why", why, width))
	b.WriteString(labelled("Next", f.Next, width))
	if f.Log != "" {
		b.WriteString(labelled("Log", f.Log, width))
	}
	return b.String()
}

// labelled puts a label before lines that are wrapped; those that are indented,
// such as a policy's, stay as they are.
func labelled(label, s string, width int) string {
	const indent = "        "
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(line, " ") || line == "{" || line == "}" { // to be copied, so it stands where it has room
			b.WriteString(line + "\n")
			continue
		}
		b.WriteString(Wrap(line, width, indent))
	}
	return fmt.Sprintf("  %-5s ", label) + strings.TrimPrefix(b.String(), indent)
}

// RenderPlan shows what would be made, and where.
func RenderPlan(p steps.Plan, width int) string {
	var b strings.Builder
	b.WriteString("\nThe plan\n")
	if p.Sandbox {
		b.WriteString("  Where    the sandbox on this machine\n")
	} else if p.Account != "" {
		fmt.Fprintf(&b, "  Account  %s\n  Caller   %s\n  Region   %s\n", p.Account, text.CleanLine(p.Caller), p.Region)
	}
	for _, line := range EndpointLines(p.Endpoints) {
		b.WriteString(wrapLabelled("Endpoint", text.CleanLine(line), width))
	}
	for _, line := range [][2]string{{"Time", p.Time}, {"Cost", p.Cost}, {"Needs", p.Needs}} {
		b.WriteString(wrapLabelled(line[0], line[1], width))
	}
	b.WriteString("  Creates\n")
	for _, r := range p.Resources {
		fmt.Fprintf(&b, "    %s\n", r.Name)
		b.WriteString(Wrap(fmt.Sprintf("%s %s: %s; takes %s", r.Service, strings.ReplaceAll(r.Kind, "_", " "), r.For, r.Takes), width, "      "))
	}
	return b.String() + "\n"
}

// EndpointLines are custom endpoints, each with the variables that name it.
func EndpointLines(endpoints map[string]string) []string {
	names := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		names[endpoints[name]] = append(names[endpoints[name]], strings.TrimPrefix(name, "AWS_ENDPOINT_URL_"))
	}
	var lines []string
	for _, endpoint := range slices.Sorted(maps.Keys(names)) {
		lines = append(lines, endpoint+" for "+strings.ToLower(strings.ReplaceAll(strings.Join(names[endpoint], ", "), "_", "-")))
	}
	return lines
}

func wrapLabelled(label, s string, width int) string {
	wrapped := Wrap(s, width, "           ")
	return fmt.Sprintf("  %-9s", label) + strings.TrimPrefix(wrapped, "           ")
}

// RenderURL puts an address on a line of its own, so that it can be copied.
func RenderURL(u event.Link, width int, sandbox bool) string {
	var b strings.Builder
	title := map[event.Purpose]string{
		event.Portal:    "The developer portal",
		event.Register:  "The callback URL. Register exactly this one, not the localhost one",
		event.Consent:   "The link to consent",
		event.RoundTrip: "A link to this machine's listener",
	}[u.Purpose]
	fmt.Fprintf(&b, "\n  %s:\n\n%s\n\n", title, text.CleanLine(u.URL))
	if u.Host != "" {
		fmt.Fprintf(&b, "  It leads to: %s\n", text.CleanLine(u.Host))
	}
	for _, w := range u.Warnings {
		fmt.Fprintf(&b, "  ⚠ Check this link: %s\n", text.CleanLine(w))
	}
	if !u.Expires.IsZero() {
		fmt.Fprintf(&b, "  It is single-use and expires at %s.\n", u.Expires.Local().Format("15:04:05 MST"))
	}
	return b.String()
}

const (
	maxText  = 4 << 10 // bytes of a foreign text on a page; the exchange has it whole
	maxLabel = 20      // columns of a claim's name
)

// RenderResult is the profile as a small card.
func RenderResult(r event.Result, width int) string {
	var b strings.Builder
	b.WriteString("\n" + Wrap(fmt.Sprintf("%s answered (request %s)", r.Tool, text.CleanLine(r.RequestID)), width, "  ") + "\n")
	if r.Profile == nil {
		return b.String() + Note(text.Clean(Shortened(r.Text, maxText)), width) + "\n"
	}
	rows := ProfileRows(r.Profile)
	label, value := 0, 0
	for _, row := range rows {
		label, value = max(label, ansi.StringWidth(row[0])), max(value, ansi.StringWidth(row[1]))
	}
	label = min(label, maxLabel)
	value = min(value, max(width-label-9, 20))
	line := func(l, fill, r string) { fmt.Fprintf(&b, "  %s%s%s\n", l, strings.Repeat(fill, label+value+4), r) }
	line("┌", "─", "┐")
	for _, row := range rows {
		name := ansi.Truncate(row[0], label, "…")
		for _, piece := range Chop(row[1], value) {
			fmt.Fprintf(&b, "  │ %s  %s │\n", Pad(name, label), Pad(piece, value))
			name = ""
		}
	}
	line("└", "─", "┘")
	if r.Beside != "" {
		b.WriteString(Note(text.Clean(Shortened(r.Beside, maxText)), width))
	}
	return b.String() + "\n"
}

// ProfileRows orders the claims of OpenID Connect first, then what else came.
func ProfileRows(profile map[string]any) [][2]string {
	var rows [][2]string
	seen := map[string]bool{}
	add := func(key string) {
		if v, ok := profile[key]; ok && !seen[key] {
			seen[key] = true
			rows = append(rows, [2]string{text.CleanLine(Shortened(key, maxText)), text.CleanLine(Shortened(show(v), maxText))})
		}
	}
	for _, key := range []string{"name", "given_name", "family_name", "email", "email_verified", "locale", "sub", "picture"} {
		add(key)
	}
	for _, key := range sortedKeys(profile) {
		add(key)
	}
	return rows
}
