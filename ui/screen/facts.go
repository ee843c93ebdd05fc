package screen

import (
	"strings"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/ui"
)

// fact is one line of a table: a label and a value.
type fact struct{ label, value string }

// labels is the width of the column of labels.
func labels(all []fact) int {
	column := 0
	for _, f := range all {
		column = max(column, lipgloss.Width(f.label)+3)
	}
	return column
}

// factsPart sets facts in a table.
func factsPart(style styles, all []fact, width int) (lines, short []string) {
	return factsAt(style, all, labels(all), width)
}

// factsAt sets facts in a table with values from a column on. Values are folded, never
// cut; in a low window the labels go, and the values share lines.
func factsAt(style styles, all []fact, column, width int) (lines, short []string) {
	line := ""
	for _, f := range all {
		value := text.CleanLine(f.value)
		for i, piece := range wrapped(value, width-column) {
			label := ""
			if i == 0 {
				label = f.label
			}
			lines = append(lines, style.dim.Render(ui.Pad(label, column))+piece)
		}
		if line != "" && lipgloss.Width(line)+lipgloss.Width(value)+4 > width {
			short, line = append(short, wrapped(line, width)...), ""
		}
		if line != "" {
			line += "    "
		}
		line += value
	}
	if line != "" {
		short = append(short, wrapped(line, width)...)
	}
	return lines, short
}

// pairs sets facts two to a line where they fit, and else one below the other.
func pairs(style styles, all []fact, width int) []string {
	half := width/2 + 4
	for i, f := range all {
		room := half - 2
		if i%2 == 1 {
			room = width - half
		}
		if lipgloss.Width(f.label)+3+lipgloss.Width(f.value) > room {
			lines, _ := factsPart(style, all, width)
			return lines
		}
	}
	column := labels(all)
	var lines []string
	for i := 0; i < len(all); i += 2 {
		line := ""
		for _, f := range all[i:min(i+2, len(all))] {
			line += ui.Pad(style.dim.Render(ui.Pad(f.label, column))+f.value, half)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}
