package screen

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Some terminals add up the widths of characters, others know clusters. The border of a
// box is in its place in both, or it is left out in that row.
func TestTheBorderOfABoxIsInItsPlaceInEveryTerminal(t *testing.T) {
	const width = 40
	bordered := func(line string) bool { return strings.HasSuffix(line, "│") }
	for name, c := range map[string]struct {
		text string
		same bool // every terminal gives it the same width
	}{
		"plain":                        {"New run in AWS, profile corp-dev", true},
		"wide":                         {"profile 東京", true},
		"combining":                    {"profile caf\u0065\u0301", true},
		"emoji":                        {"profile 🎉", true},
		"emoji of a variation":         {"profile ✔\ufe0f", false},
		"emoji joined":                 {"profile 👨\u200d👩\u200d👧", false},
		"Devanagari":                   {"profile प्रोफ़ाइल", false},
		"Persian with a zero-width NJ": {"profile می\u200cخواهم", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := box{title: "Choose a run", lines: []string{c.text}, choices: []choice{{"enter", "choose", true}}}
			lines := b.render(newStyles(true), width)
			at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, c.text) })
			if at < 0 {
				t.Fatalf("the text is not there whole:\n%s", strings.Join(lines, "\n"))
			}
			if bordered(lines[at]) != c.same {
				t.Errorf("a border at the right: %v, want %v: %q (%d or %d columns)", bordered(lines[at]), c.same, lines[at], ansi.StringWidth(lines[at]), ansi.StringWidthWc(lines[at]))
			}
			for _, line := range lines {
				if a, b := ansi.StringWidth(line), ansi.StringWidthWc(line); bordered(line) && (a != width || b != width) {
					t.Errorf("the border is in column %d or %d, want %d: %q", a, b, width, line)
				}
			}
		})
	}
}
