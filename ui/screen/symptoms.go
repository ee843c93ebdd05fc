package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// symptoms are what the browser may show. One that has reached this machine is not on
// another one.
func symptoms(reached bool) []vendors.Symptom {
	return slices.DeleteFunc(slices.Clone(steps.Vendor().Symptoms), func(s vendors.Symptom) bool { return reached && s.Place == vendors.Far })
}

// symptomSheet helps to find out what the browser shows. The listener keeps waiting.
func symptomSheet(v view) sheet {
	all := symptoms(v.run.Now().Reached)
	x := v.titled("What does your browser show?")
	x.paragraph(lead, "Pick the closest line. The listener keeps waiting meanwhile.", v.width)
	var lines []string
	for i, s := range all {
		mark := " "
		if i == v.selected {
			mark = v.style.tint("▸")
		}
		line := fmt.Sprintf("%s %d  %s", mark, i+1, clip(s.Shows, v.width-5))
		if v.width >= 70 {
			line = fmt.Sprintf("%s %d  %s %s %s", mark, i+1, ui.Pad(clip(s.Shows, 31), 31), ui.Pad(clip(s.Short, 31), 31), remedyWord(s))
		}
		lines = append(lines, line)
	}
	x.add(stays, lines...)
	s := all[v.selected]
	x.box = &box{title: "Fix it", lines: wrapped(ui.Sentence(s.Cause)+" "+ui.Sentence(s.Fix), v.width-4), choices: remedies(s)}
	return x
}

// remedyWord is where a symptom is fixed, in a word or two.
func remedyWord(s vendors.Symptom) string {
	switch s.Place {
	case vendors.Far:
		return "paste"
	case vendors.Link:
		return "new link"
	}
	return fmt.Sprintf("step %d", steps.Number(steps.FixedAt(s.Place)))
}

// remedies are the keys with which a symptom is fixed; Enter is the one that helps.
func remedies(s vendors.Symptom) []choice {
	fresh, paste := choice{"f", "new link", false}, choice{"p", "paste an address", false}
	switch s.Place {
	case vendors.Far:
		return []choice{{"enter", "paste an address", true}, fresh}
	case vendors.Link:
		return []choice{{"enter", "new link", true}, paste}
	}
	at := steps.FixedAt(s.Place)
	return []choice{{"enter", fmt.Sprintf("go to step %d", steps.Number(at)), true}, fresh, paste}
}

// symptomKey picks a line, or carries out its remedy.
func (s *Screen) symptomKey(name string) tea.Cmd {
	all := symptoms(s.run.Now().Reached)
	n, err := strconv.Atoi(name)
	switch {
	case err == nil && n >= 1 && n <= len(all):
		s.selected = n - 1
	case name == "up":
		s.selected = max(s.selected-1, 0)
	case name == "down":
		s.selected = min(s.selected+1, len(all)-1)
	case name == "f":
		return s.fromSymptoms("new-link")
	case name == "p":
		return s.pasteFromSymptoms()
	case name == "enter":
		switch place := all[s.selected].Place; place {
		case vendors.Far:
			return s.pasteFromSymptoms()
		case vendors.Link:
			return s.fromSymptoms("new-link")
		default:
			s.lift()
			return s.fix(steps.FixedAt(place))
		}
	case strings.TrimSpace(name) != "":
		s.flash = "The key " + name + " does nothing here; esc goes back."
	}
	return nil
}

func (s *Screen) fromSymptoms(a engine.Answer) tea.Cmd {
	s.lift()
	if q := s.asking(); q != nil && q.Name == "consent" {
		return s.answer(q, a)
	}
	s.flash = "The link is no longer waited for."
	return nil
}

func (s *Screen) pasteFromSymptoms() tea.Cmd {
	s.lift()
	s.field.openPaste()
	return nil
}
