package screen

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// consequence says what becomes stale by a re-run.
func (s *Screen) consequence() string {
	switch s.looking {
	case steps.App:
		return "Asks for client id and secret again. A new secret changes nothing else; a new client id makes register, consent and invoke stale."
	case steps.Register:
		return "Shows the callback URL and asks again whether it is registered. Nothing becomes stale."
	case steps.Consent:
		return "The present consent will be discarded, and you will be asked again."
	case steps.Invoke:
		return "Calls the tool again. Nothing becomes stale."
	}
	after := s.m.After(s.looking)
	if len(after) == 0 {
		return "Checks what is really there and mends what differs."
	}
	var names []string
	for _, id := range after {
		names = append(names, string(id))
	}
	return "Checks what is really there and mends what differs. What rests on a thing that changes becomes stale; it can be " + strings.Join(names, ", ") + "."
}

// keys is one line for the present moment.
func (s *Screen) keys() string {
	var keys []string
	add := func(key, what string) { keys = append(keys, s.style.key.Render(key)+" "+what) }
	st := s.m.Of(s.looking)
	switch {
	case s.overlay.covers():
		add("↑↓", "scroll")
		if s.overlay == showing {
			add("c", "copy")
		}
		add("esc", "back")
	case s.overlay == leaving:
		add("esc", "back")
		add("q", "leave")
	case s.overlay != none:
		add("esc", "back")
	case s.typing:
		add("enter", "send")
		if q := s.asking(); q != nil && q.Secret {
			add("ctrl+r", "reveal")
		}
		add("esc", "commands")
	default:
		switch st.State {
		case engine.Ready:
			add("enter", "begin")
		case engine.Failed:
			add("enter", "try again")
		case engine.Asking:
			if q := st.Question; q.Default != "" || q.Kind == engine.Pause {
				add("enter", "answer")
			} else if q.Kind == engine.Text {
				add("enter", "to the field")
			}
		case engine.Stale:
			add("enter", "renew")
		default:
			switch next := s.onward(); {
			case s.over():
				add("enter", "finish")
			case next == s.looking:
			case next == s.neighbour(1):
				add("enter", "next step")
			default:
				add("enter", fmt.Sprintf("to step %d", steps.Number(next)))
			}
		}
		if s.link() != "" {
			switch {
			case s.pages[s.looking].link.Open != "":
				add("o", "open portal")
			case !offers(st.Question, "o"):
				add("o", "open")
			}
			add("c", "copy")
			add("u", "bare")
		}
		if len(s.m.Steps()) > 1 {
			add("←→", "steps")
		}
		if st.State == engine.Done {
			add("r", "again")
		}
		if s.acting() {
			add("t", "lesson")
		}
		add("l", "log")
		add("?", "help")
		add("q", "leave")
	}
	return " " + strings.Join(fitting(keys, s.width-1), "  ")
}

// fitting drops keys from before the last two, help and leave, until the line
// fits: help names them all.
func fitting(keys []string, width int) []string {
	for len(keys) > 3 && lipgloss.Width(strings.Join(keys, "  ")) > width {
		keys = slices.Delete(keys, len(keys)-3, len(keys)-2)
	}
	return keys
}

// offers says whether the question has a choice for which the key stands.
func offers(q *engine.Question, key string) bool {
	if q == nil {
		return false
	}
	_, ok := ui.ChoiceFor(*q, key)
	return ok
}

// downKey is the one that scrolls at present.
func (s *Screen) downKey() string {
	if s.typing && s.overlay == none {
		return "pgdn"
	}
	return "space"
}

const help = `Keys, the same everywhere

  enter        begin, try again, answer, or go on
  ← → tab      look at another step; nothing that runs is disturbed
  ↑ ↓ space    scroll
  o c u        open the link, copy it, show it bare on a clean screen
  p            paste the address on which the browser ended
  r            this step again
  g            go to the step where it can be fixed
  t            this step's lesson
  l            the log of calls
  m            mask account, e-mail and subject (for a projector)
  q, ctrl+c    leave; twice leaves at once
  ctrl+z       back to the shell; fg returns (not on Windows)
  ctrl+l       draw the screen again
  esc          out of a field, or back

In a field every printable key is text; esc gives the keys back.

Steps: ✓ done  ◐ runs  ? asks you  ○ ready  · waits  ✗ failed  – stopped  ↻ stale
After you agree to the plan, steps that need no input start by themselves.
Everything is recorded: start again to resume.`

// hang wraps lines of two columns, the second of which begins at a column.
func hang(s string, column, width int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		head, indent := "", ""
		if runes := []rune(line); len(runes) > column && strings.HasPrefix(line, "  ") {
			head, line, indent = string(runes[:column]), string(runes[column:]), strings.Repeat(" ", column)
		}
		b.WriteString(head + strings.TrimPrefix(ui.Wrap(line, width, indent), indent))
	}
	return b.String()
}
