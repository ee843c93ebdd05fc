package screen

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/ui"
)

// measure is the width in columns of a page, its margin included.
const measure = 78

// sheet is a page before it is laid out: its parts in a fixed order, which are title,
// lead, link or result, facts, progress, and the box with the question.
type sheet struct {
	title string
	parts []part
	box   *box
}

// part is a few lines of a page that belong together.
type part struct {
	lines []string
	short []string // in a window that has no room for the lines
	rank  rank
}

// rank says which parts go first where a page has no room for all.
type rank int

// The ranks, from what always stays to what goes first.
const (
	stays    rank = iota // a link, a result
	drawn                // a drawing, or instructions
	facts                // a table, whose labels go
	progress             // a list, of which what is finished goes
	lead                 // what happens here, and why
	extra                // what nobody misses: it goes before blank lines do
)

// add puts a part on the page, unless it is empty.
func (x *sheet) add(r rank, lines ...string) { x.addShort(r, lines, nil) }

func (x *sheet) addShort(r rank, lines, short []string) {
	if len(lines) > 0 {
		x.parts = append(x.parts, part{lines, short, r})
	}
}

// paragraph adds wrapped text.
func (x *sheet) paragraph(r rank, text string, width int) {
	if text != "" {
		x.add(r, wrapped(text, width)...)
	}
}

// wrapped is a paragraph as lines, of which none is longer than the width.
func wrapped(text string, width int) []string {
	return strings.Split(ui.Fold(strings.TrimSuffix(ui.Wrap(text, width, ""), "\n"), width), "\n")
}

// body is the page without its box, in at most height lines where that is possible.
// First blank lines go, then the lead, what is finished, and the facts' labels.
func (x sheet) body(height int) []string {
	if lines := x.all(); len(lines) <= height {
		return lines
	}
	for _, without := range []rank{extra, lead, progress, facts, drawn} {
		if lines := withoutBlank(x.assemble(without), height); len(lines) <= height {
			return lines
		}
	}
	return x.all() // it scrolls, so nothing is left out
}

// all is the page without its box, with nothing left out.
func (x sheet) all() []string { return x.assemble(extra + 1) }

// withoutBlank drops blank lines, from the last one, until the others fit.
func withoutBlank(lines []string, height int) []string {
	for i := len(lines) - 1; i > 0 && len(lines) > height; i-- {
		if lines[i] == "" {
			lines = slices.Delete(lines, i, i+1)
		}
	}
	return lines
}

// assemble joins the parts below a rank, and the short form of the others.
func (x sheet) assemble(without rank) []string {
	var lines []string
	if x.title != "" {
		lines = strings.Split(x.title, "\n")
	}
	for _, p := range x.parts {
		some := p.lines
		if p.rank >= without {
			some = p.short
		}
		if len(some) > 0 && len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, some...)
	}
	return lines
}

// box is the only thing on a page that has a border: the question.
type box struct {
	title   string
	lines   []string
	choices []choice
	refusal string // why the last answer is not accepted
}

// choice is a key in the box, with what it does.
type choice struct {
	key, label string
	primary    bool
}

// render draws the box with its border.
func (b box) render(style styles, width int) []string {
	room := width - 4
	title := clip(b.title, room-2)
	top := "╭ " + style.heading.Render(title) + " " + strings.Repeat("─", max(width-lipgloss.Width(title)-5, 0)) + "─╮"
	lines := []string{top}
	inside := append([]string{}, b.lines...)
	inside = append(inside, grid(style, brief(b.choices, width), room)...)
	if b.refusal != "" {
		for i, line := range wrapped(b.refusal, room-2) {
			mark := "  "
			if i == 0 {
				mark = style.tint("✗") + " "
			}
			inside = append(inside, mark+line)
		}
	}
	for _, line := range inside {
		row := "│ " + clip(line, room)
		if ansi.StringWidth(row) == ansi.StringWidthWc(row) { // else terminals disagree about where it ends
			row = ui.Pad(row, width-2) + " │"
		}
		lines = append(lines, row)
	}
	return append(lines, "╰"+strings.Repeat("─", width-2)+"╯")
}

// shortLabels are labels of choices in a narrow window.
var shortLabels = map[string]string{"open it in my browser": "open it", "copy the link": "copy", "my browser shows an error": "browser error",
	"let the simulated person do it": "simulate", "copy the callback URL": "copy", "copy the address": "copy", "use it from an agent": "agent",
	"what you learned": "learned", "keep it and leave": "leave", "yes, delete them": "delete", "no, keep everything": "keep", "names and details": "details"}

// brief are choices with the labels for a width.
func brief(all []choice, width int) []choice {
	if width >= 60 {
		return all
	}
	all = slices.Clone(all)
	for i, c := range all {
		all[i].label = cmp.Or(shortLabels[c.label], c.label)
	}
	return all
}

// grid sets choices side by side in columns, as many as fit.
func grid(style styles, choices []choice, width int) []string {
	for columns := 3; columns > 1; columns-- {
		if lines, fit := columnsOf(style, choices, columns, width); fit && (columns == 2 || len(choices) > 2) {
			return lines
		}
	}
	lines, _ := columnsOf(style, choices, 1, width)
	return lines
}

func columnsOf(style styles, choices []choice, columns, width int) (lines []string, fit bool) {
	keys, labels := make([]int, columns), make([]int, columns)
	for i, c := range choices {
		keys[i%columns] = max(keys[i%columns], lipgloss.Width(c.cap(style)))
		labels[i%columns] = max(labels[i%columns], lipgloss.Width(c.label))
	}
	total := 0
	for i := range columns {
		total += keys[i] + 2 + labels[i] + 2
	}
	if total-2 > width && columns > 1 {
		return nil, false
	}
	spare := 0
	if columns > 1 {
		spare = min((width-total+2)/columns, 10)
	}
	for i := 0; i < len(choices); i += columns {
		line := ""
		for j, c := range choices[i:min(i+columns, len(choices))] {
			label := c.label
			if columns == 1 {
				rest := wrapped(label, width-keys[j]-2)
				lines = append(lines, ui.Pad(c.cap(style), keys[j])+"  "+rest[0])
				for _, more := range rest[1:] {
					lines = append(lines, strings.Repeat(" ", keys[j]+2)+more)
				}
				continue
			}
			line += ui.Pad(c.cap(style), keys[j]) + "  " + ui.Pad(label, labels[j]+2+spare)
		}
		if columns > 1 {
			lines = append(lines, strings.TrimRight(line, " "))
		}
	}
	return lines, true
}

// cap is the key as it is drawn: the primary one as a chip.
func (c choice) cap(style styles) string {
	if c.primary {
		return style.chip.Render(" " + c.key + " ")
	}
	return " " + style.key.Render(c.key)
}

// clip shortens a line of chrome; pages are folded instead.
func clip(line string, width int) string {
	return ansi.Truncate(line, max(width, 1), "")
}
