package screen

import (
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// styles are few, and nothing is said by colour alone.
type styles struct {
	title, bad, good, dim, bar, key lipgloss.Style
	plain                           bool
}

func newStyles(plain bool) styles {
	return styles{plain: plain, title: lipgloss.NewStyle().Bold(true), bad: lipgloss.NewStyle(), good: lipgloss.NewStyle(),
		dim: lipgloss.NewStyle(), bar: lipgloss.NewStyle().Reverse(true), key: lipgloss.NewStyle().Bold(true)}
}

// on chooses from the sixteen colours, which every theme has made legible.
func (s styles) on(dark bool) styles {
	if s.plain {
		return s
	}
	pick := lipgloss.LightDark(dark)
	s.title = s.title.Foreground(pick(lipgloss.Color("4"), lipgloss.Color("14")))
	s.bad = s.bad.Foreground(pick(lipgloss.Color("1"), lipgloss.Color("9")))
	s.good = s.good.Foreground(pick(lipgloss.Color("2"), lipgloss.Color("10")))
	s.dim = s.dim.Foreground(lipgloss.Color("8"))
	return s
}

// state writes a text in the colour of a step's state.
func (s styles) state(st engine.Status, text string) string {
	switch {
	case st.State == engine.Done:
		return s.good.Render(text)
	case st.State == engine.Stale, st.State == engine.Failed && !declined(st):
		return s.bad.Render(text)
	case st.State == engine.Waiting:
		return s.dim.Render(text)
	}
	return text
}

// glyphs come with a word, so that neither colour nor shape is needed.
var glyphs = map[engine.State]string{engine.Waiting: "·", engine.Ready: "○", engine.Running: "◐", engine.Asking: "?", engine.Done: "✓", engine.Failed: "✗", engine.Stale: "↻"}

func glyph(st engine.Status) string {
	if declined(st) {
		return "–"
	}
	return glyphs[st.State]
}

// declined says that the step ended because the person did not agree: nothing
// went wrong.
func declined(st engine.Status) bool {
	return st.State == engine.Failed && st.Failure != nil && st.Failure.Declined
}

// stateWord is a step's state in words, with the time it takes. wait is what it
// waits for, if anything.
func stateWord(st engine.Status, wait string, now time.Time) string {
	switch {
	case st.State == engine.Running:
		if _, state, found := strings.Cut(wait, ": "); found {
			wait = state
		}
		if wait == "" {
			wait = "running"
		}
		return ui.Clock(st.Elapsed(now)) + " " + strings.ToLower(wait)
	case st.State == engine.Asking:
		return "asks you"
	case st.State == engine.Waiting:
		return "waiting"
	case st.State == engine.Done && st.Elapsed(now) >= time.Second:
		return "done " + ui.Clock(st.Elapsed(now))
	case declined(st):
		return "stopped"
	}
	return string(st.State)
}

// clip shortens a line of chrome; pages are folded instead.
func clip(line string, width int) string {
	return lipgloss.NewStyle().MaxWidth(width).Render(line)
}

// flow sets choices side by side as far as they fit.
func flow(choices []string, width int) []string {
	var lines []string
	line := ""
	for _, c := range choices {
		if lipgloss.Width(c) > width-2 { // longer than a line
			c = strings.ReplaceAll(lipgloss.Wrap(c, width-4, ""), "\n", "\n   ")
		}
		if line != "" && lipgloss.Width(line)+lipgloss.Width(c)+4 > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " ·"
		}
		line += " " + c
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// paragraph is a wrapped text without the line's end.
func paragraph(s string, width int) string {
	return strings.TrimRight(ui.Wrap(s, width, " "), "\n")
}
