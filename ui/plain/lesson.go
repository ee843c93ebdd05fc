package plain

import (
	"fmt"
	"strings"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/ui"
)

// lead is the first paragraph of a lesson, with the list that it announces: what
// happens in the step, and why.
func lead(l lesson.Lesson, width int) string {
	n := min(1, len(l))
	if n < len(l) && strings.HasSuffix(l[0].Text, ":") {
		n++
	}
	return lessonText(l[:n], width)
}

// lessonText writes a lesson to be read aloud: diagrams and tables are sentences.
func lessonText(l lesson.Lesson, width int) string {
	var b strings.Builder
	for _, block := range l {
		switch {
		case block.Heading != "":
			b.WriteString("\n" + block.Heading + "\n")
		case block.Text != "":
			b.WriteString(paragraph(block.Text, width))
		case block.Words != "":
			b.WriteString(paragraph(block.Words, width))
		case block.List != nil:
			for _, item := range block.List {
				b.WriteString(hanging("- ", item, width))
			}
		case block.Steps != nil:
			for i, item := range block.Steps {
				b.WriteString(hanging(fmt.Sprintf("%d. ", i+1), item, width))
			}
		case block.Table != nil:
			b.WriteString(tableText(block.Table, width))
		}
	}
	return b.String()
}

// tableText writes each row as a sentence, in which each cell has its column's name.
func tableText(rows [][]string, width int) string {
	var b strings.Builder
	for _, row := range rows[1:] {
		var cells []string
		for i, cell := range row[1:] {
			cells = append(cells, sentence(rows[0][i+1]+": "+cell))
		}
		b.WriteString(hanging("- ", sentence(row[0])+" "+strings.Join(cells, " "), width))
	}
	return b.String()
}

func paragraph(s string, width int) string {
	if width == unbroken {
		return s + "\n"
	}
	return ui.Wrap(s, width, "")
}

// hanging wraps an item below its mark.
func hanging(mark, item string, width int) string {
	indent := strings.Repeat(" ", len(mark))
	return mark + strings.TrimPrefix(ui.Wrap(item, width, indent), indent)
}
