package screen

import (
	"strings"

	"agentcore-3lo/ui"
)

// helpText is the page of keys.
func helpText(width int) string {
	var b strings.Builder
	b.WriteString("Keys, the same everywhere\n\n")
	for _, k := range pageKeys() {
		label, words := k.Help().Key, k.Help().Desc
		b.WriteString("  " + ui.Pad(label, helpColumn-2) + strings.TrimPrefix(ui.Wrap(words, width, strings.Repeat(" ", helpColumn)), strings.Repeat(" ", helpColumn)))
	}
	for _, line := range []string{"", "In a field every printable key is text; esc gives the keys back.", "",
		"Steps: ✓ done  ◐ runs  ? asks you  ○ ready  · waits  ✗ failed  – stopped  ↻ stale",
		"After you agree to the plan, steps that need no input start by themselves.", "Progress is saved: start again to resume."} {
		b.WriteString(ui.Wrap(line, width, ""))
	}
	return b.String()
}

// helpColumn is where the words begin on the page of keys.
const helpColumn = 15
