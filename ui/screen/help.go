package screen

import (
	"strings"

	"agentcore-3lo/ui"
)

// helpColumn is where the words begin on the page of keys.
const helpColumn = 12

// helpText is the page of keys: one key, one meaning, wherever it has one.
func helpText(width int) []string {
	var lines []string
	for _, k := range pageKeys() {
		label, words := k.Help().Key, k.Help().Desc
		for i, piece := range wrapped(words, width-helpColumn) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, ui.Pad(label, helpColumn)+piece)
		}
	}
	for _, said := range []string{"", "A focused field takes all printable keys: Esc leaves it. A paste finds the first empty field by itself.", "",
		"States: ✓ done   ◐ running   ▸ your turn   · to do   ✗ failed   – stopped   ↻ out of date", "",
		"After your yes to the plan, steps that need nothing from you start by themselves. Progress is saved: start again to resume."} {
		lines = append(lines, strings.Split(strings.TrimSuffix(ui.Wrap(said, width, ""), "\n"), "\n")...)
	}
	return lines
}
