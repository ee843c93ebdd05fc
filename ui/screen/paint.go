package screen

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// paint is how a text looks. Lip Gloss measures a text each time that it renders it,
// which took most of the time of a drawing, and a look needs no measure.
type paint struct{ before, after string }

func painted(s lipgloss.Style) paint {
	before, after, _ := strings.Cut(s.Render("_"), "_")
	return paint{before, after}
}

// Render returns a text that looks like that, also each line of several.
func (p paint) Render(s string) string {
	if s == "" || p.before == "" {
		return s
	}
	return p.before + strings.ReplaceAll(s, "\n", p.after+"\n"+p.before) + p.after
}
