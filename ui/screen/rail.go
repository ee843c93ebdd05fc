package screen

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// rail is the list of steps with their states, beside the page.
type rail struct {
	style styles
	position
	word func(engine.Status) string // a state in words
}

// Render draws the list.
func (r rail) Render(width int) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, st := range r.m.Steps() {
		step, _ := steps.Find(st.ID)
		cursor := "  "
		if st.ID == r.looking {
			cursor = "▸ "
		}
		title := clip(fmt.Sprintf("%s%s %2s %s", cursor, glyph(st), number(st.ID), step.Title), width)
		if st.ID == r.looking {
			title = r.style.title.Render(title)
		}
		b.WriteString(title + "\n" + r.style.state(st, clip("       "+r.word(st), width)) + "\n")
	}
	return b.String()
}

// strip is the rail of a narrow screen: one line.
type strip rail

// Render draws the line, with a word about what needs the person elsewhere.
func (s strip) Render(width int) string {
	var b strings.Builder
	b.WriteString(" ")
	for _, st := range s.m.Steps() {
		mark := glyph(st)
		if st.ID == s.looking {
			mark = "[" + mark + "]"
		}
		b.WriteString(s.style.state(st, mark))
	}
	if elsewhere := s.elsewhere(width - lipgloss.Width(b.String()) - 2); elsewhere != "" {
		b.WriteString("  " + elsewhere)
	} else {
		b.WriteString("  " + strings.TrimSpace(fmt.Sprintf("%s %s, %s", number(s.looking), s.looking, s.word(s.status()))))
	}
	return clip(b.String(), width)
}

// elsewhere is about a step that is not on the screen: it needs the person, or
// it works.
func (s strip) elsewhere(width int) string {
	if st := s.failedElsewhere(); st.ID != "" {
		if line := needsYou(st, s.word(st)); lipgloss.Width(line) <= width {
			return line
		}
		return fmt.Sprintf("step %d needs you later", steps.Number(st.ID))
	}
	asking, running := "", ""
	for _, st := range s.m.Steps() {
		switch {
		case st.ID == s.looking:
		case st.State == engine.Asking && asking == "":
			asking = fmt.Sprintf("step %d asks you", steps.Number(st.ID))
		case st.State == engine.Running:
			running = fmt.Sprintf("%d %s, %s", steps.Number(st.ID), st.ID, s.word(st))
		}
	}
	both := asking + " · " + running
	switch {
	case asking != "" && running != "" && lipgloss.Width(both) <= width:
		return both
	case asking != "":
		return asking
	}
	return running
}

// needsYou is about a step that failed in the background.
func needsYou(st engine.Status, word string) string {
	return fmt.Sprintf("step %d %s; it needs you when you are done here", steps.Number(st.ID), word)
}
