package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/steps"
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
	picked := v.symptoms.within(all)
	x := v.titled("What does your browser show?")
	x.paragraph(lead, "Pick the closest line. The listener keeps waiting meanwhile.", v.width)
	var lines []string
	for i, s := range all {
		mark := " "
		if i == picked {
			mark = v.style.tint("▸")
		}
		line := fmt.Sprintf("%s %d  %s", mark, i+1, clip(s.Shows, v.width-5))
		if v.width >= 70 {
			line = fmt.Sprintf("%s %d  %s %s %s", mark, i+1, ui.Pad(clip(s.Shows, 31), 31), ui.Pad(clip(s.Short, 31), 31), remedyWord(s))
		}
		lines = append(lines, line)
	}
	x.add(stays, lines...)
	s := all[picked]
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

// picker is the symptom that is selected, from 0.
type picker int

// within is the selected one of these: the list is shorter once the browser has reached
// this machine.
func (p picker) within(all []vendors.Symptom) int { return min(int(p), len(all)-1) }

// key picks a line. place: where the key fixes something, "" = it does not. said: why it does nothing.
func (p *picker) key(name string, reached bool) (place vendors.Place, said string) {
	all := symptoms(reached)
	*p = picker(p.within(all))
	n, err := strconv.Atoi(name)
	switch {
	case err == nil && n >= 1 && n <= len(all):
		*p = picker(n - 1)
	case name == "up":
		*p = max(*p-1, 0)
	case name == "down":
		*p = min(*p+1, picker(len(all)-1))
	case name == "f":
		return vendors.Link, ""
	case name == "p":
		return vendors.Far, ""
	case name == "enter":
		return all[*p].Place, ""
	case strings.TrimSpace(name) != "":
		return "", "The key " + name + " does nothing here; esc goes back."
	}
	return "", ""
}
