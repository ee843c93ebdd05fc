package screen

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// rail is the list of steps with their states, beside the page.
type rail struct {
	style styles
	position
	word func(engine.Status) string // a state in words
}

// shortTitles are titles for the rail, where the step's own is too long.
var shortTitles = map[engine.ID]string{steps.Prerequisites: "This machine"}

func railTitle(id engine.ID) string {
	if short := shortTitles[id]; short != "" {
		return short
	}
	step, _ := steps.Find(id)
	return step.Title
}

// lines draw the list, one line for each step.
func (r rail) lines(width int) []string {
	var lines []string
	for _, st := range r.m.Steps() {
		word := r.word(st)
		title := clip(railTitle(st.ID), width-9-lipgloss.Width(word))
		space := strings.Repeat(" ", max(width-8-lipgloss.Width(title)-lipgloss.Width(word), 1))
		if st.ID == r.looking {
			title = r.style.current.Render(title)
		}
		lines = append(lines, fmt.Sprintf("%s %2s  %s%s%s", r.style.tint(r.sign(st)), number(st.ID), title, space, r.style.dim.Render(word)))
	}
	return lines
}

// strip is the rail of a narrow screen: one line. Neighbors in the same state share an
// entry, and what is to do is cut first.
type strip rail

// entry is one or more steps in the same state.
type entry struct {
	first, last engine.Status
	current     bool
}

// Render draws the line.
func (s strip) Render(width int) string {
	var all []entry
	for _, st := range s.m.Steps() {
		current := st.ID == s.looking
		if n := len(all); n > 0 && !current && !all[n-1].current && rail(s).sign(all[n-1].last) == rail(s).sign(st) && st.State != engine.Running {
			all[n-1].last = st
			continue
		}
		all = append(all, entry{st, st, current})
	}
	for _, brief := range []bool{false, true} {
		for shown := all; ; shown = shown[:len(shown)-1] {
			if line := s.line(shown, brief); lipgloss.Width(line) < width || len(shown) == 1 && brief {
				return clip(line, width-1)
			} else if last := shown[len(shown)-1]; last.current || last.last.State != engine.Waiting {
				break
			}
		}
	}
	return clip(s.line(all, true), width-1)
}

func (s strip) line(all []entry, brief bool) string {
	var parts []string
	for _, e := range all {
		numbers := number(e.first.ID)
		if e.last.ID != e.first.ID {
			numbers += "-" + number(e.last.ID)
		}
		said := strings.TrimSpace(s.style.tint(rail(s).sign(e.first)) + " " + numbers)
		switch {
		case e.current:
			said += " " + s.style.current.Render(railTitle(e.first.ID)) + ", " + s.word(e.first)
		case !brief && e.first.ID != e.last.ID && e.first.State == engine.Done:
			said += " done"
		case !brief:
			said += " " + s.word(e.first)
		}
		parts = append(parts, said)
	}
	return " " + strings.Join(parts, "   ")
}

// stateWord is a step's state in words, with the time it takes. next says that it is
// the first that waits for the person to begin it; state is what AWS says of its
// resource.
func stateWord(st engine.Status, next bool, state string, clock func(engine.Status) string) string {
	switch {
	case st.State == engine.Running:
		word := "running"
		if state = strings.ToLower(state); state != "" && !strings.ContainsAny(state, " ,;") {
			word = state
		}
		return word + " " + clock(st)
	case st.State == engine.Asking && st.Question != nil && st.Question.Final:
		return "done"
	case st.State == engine.Asking:
		return "your turn"
	case st.State == engine.Ready && next:
		return "your turn"
	case st.State == engine.Ready, st.State == engine.Waiting:
		return "to do"
	case st.State == engine.Done && clock(st) != ui.Clock(0):
		return "done " + clock(st)
	case declined(st):
		return "stopped"
	}
	return string(st.State)
}

// sign is the glyph of a step: one that is ready, but not next, is to do.
func (r rail) sign(st engine.Status) string {
	if st.State == engine.Ready && !r.next(st) {
		return glyphs[engine.Waiting]
	}
	return sign(st)
}
