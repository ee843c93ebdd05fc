package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	lgtable "charm.land/lipgloss/v2/table"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/lesson"
)

// RenderLesson draws a lesson as plain text.
func RenderLesson(l lesson.Lesson, width int) string {
	var b strings.Builder
	for _, block := range l {
		b.WriteString("\n")
		switch {
		case block.Heading != "":
			b.WriteString("  " + block.Heading + "\n")
		case block.Text != "":
			b.WriteString(Wrap(block.Text, width, "  "))
		case block.List != nil:
			for _, item := range block.List {
				b.WriteString("  - " + strings.TrimPrefix(Wrap(item, width, "    "), "    "))
			}
		case block.Steps != nil:
			for i, item := range block.Steps {
				b.WriteString(fmt.Sprintf("  %d. ", i+1) + strings.TrimPrefix(Wrap(item, width, "     "), "     "))
			}
		case block.Diagram != "":
			b.WriteString(sketch(block.Diagram, width) + "\n")
		case block.Table != nil:
			b.WriteString(table(block.Table, width))
		}
	}
	return b.String() + "\n"
}

// sketch is a diagram, indented where there is room.
func sketch(diagram string, width int) string {
	if lipgloss.Width(diagram)+2 > width {
		return diagram
	}
	return "  " + strings.ReplaceAll(diagram, "\n", "\n  ")
}

// Measure is the longest line that is easy to read.
const Measure = 90

// Wrap breaks a paragraph at spaces. A word longer than a line stays whole: it
// may be an address.
func Wrap(s string, width int, indent string) string {
	limit := max(min(width, Measure)-len(indent), 20)
	var b strings.Builder
	for paragraph := range strings.SplitSeq(s, "\n") {
		length := 0
		b.WriteString(indent)
		for _, word := range strings.Fields(paragraph) {
			n := ansi.StringWidth(word)
			if length > 0 && length+1+n > limit {
				b.WriteString("\n" + indent)
				length = 0
			}
			if length > 0 {
				b.WriteString(" ")
				length++
			}
			b.WriteString(word)
			length += n
		}
		b.WriteString("\n")
	}
	return b.String()
}

// leastTable is the width in columns from which a table's cells are wrapped.
const leastTable = 70

// table draws rows in columns. Where they do not fit, cells are wrapped, and on a
// narrow page each row becomes a small list under its head.
func table(rows [][]string, width int) string {
	columns := len(rows[0])
	widths := make([]int, columns)
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	total := 2 * columns
	for _, w := range widths {
		total += w
	}
	var b strings.Builder
	if total <= min(width, 120) {
		for n, row := range rows {
			line := "  "
			for i, cell := range row {
				line += Pad(cell, widths[i]) + "  "
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			if n == 0 {
				b.WriteString("  " + strings.Repeat("─", total-2) + "\n")
			}
		}
		return b.String()
	}
	if width >= leastTable {
		drawn := lgtable.New().Rows(rows[1:]...).Headers(rows[0]...).Width(min(width-2, Measure)).Wrap(true).
			BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).BorderRow(false).
			StyleFunc(func(int, int) lipgloss.Style { return lipgloss.NewStyle().PaddingRight(2) })
		for line := range strings.SplitSeq(drawn.Render(), "\n") {
			b.WriteString("  " + strings.TrimRight(line, " ") + "\n")
		}
		return b.String()
	}
	for _, row := range rows[1:] {
		b.WriteString("  " + row[0] + "\n")
		for i, cell := range row[1:] {
			b.WriteString(Wrap(rows[0][i+1]+": "+cell, width, "    "))
		}
	}
	return b.String()
}

// Chop breaks a value into pieces of at most n columns.
func Chop(s string, n int) []string {
	if len(s) <= n { // no character has more columns than bytes
		return []string{s}
	}
	var pieces []string
	begin, width := 0, 0
	for i := 0; i < len(s); {
		cluster, columns := ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
		if width+columns > n && i > begin {
			pieces = append(pieces, s[begin:i])
			begin, width = i, 0
		}
		width += columns
		i += len(cluster)
	}
	return append(pieces, s[begin:])
}

// Shortened is the beginning of a text that is too long for a page.
func Shortened(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return fmt.Sprintf("%s … (shortened: %d bytes in all)", strings.ToValidUTF8(s[:limit], ""), len(s))
}

// show writes a JSON value for a person.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		var parts []string
		for _, key := range sortedKeys(v) {
			parts = append(parts, key+" "+show(v[key]))
		}
		return strings.Join(parts, ", ")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// Pad fills a line up with spaces.
func Pad(line string, width int) string {
	return line + strings.Repeat(" ", max(width-lipgloss.Width(line), 0))
}

// Fold breaks lines that are longer than the page, and keeps their indent:
// nothing is cut.
func Fold(s string, width int) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		rest := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(rest)]
		if len(indent) > width/2 {
			rest, indent = line, ""
		}
		for _, piece := range Chop(rest, max(width-len(indent), 10)) {
			lines = append(lines, indent+piece)
		}
	}
	return strings.Join(lines, "\n")
}
