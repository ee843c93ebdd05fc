package follow

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/ui"
)

// The rows of the page beside the notes and the wire: header, title, two facts, two
// headings, the keys, and three blank rows between them.
const (
	fixedRows = 10
	wireRows  = 5
	lowRows   = 18 // below, there is no wire
)

const helpText = `Keys
  ↑ ↓      scroll the notes
  space    a page further
  ?        these keys
  q        leave; the walkthrough goes on

This terminal only reads the run's journal. Nothing that you press here
does anything to the walkthrough.`

// View draws the page.
func (m *model) View() tea.View {
	var rows []string
	if m.help {
		rows = append(rows, strings.Split(helpText, "\n")...)
	} else {
		rows = m.page()
	}
	last := "↑↓ scroll notes   ? keys   q leave (the walkthrough goes on)"
	for len(rows) < m.height-1 {
		rows = append(rows, "")
	}
	rows = append(rows[:max(m.height-1, 0)], last)
	for i, row := range rows {
		if m.ASCII {
			row = text.ASCII(row)
		}
		rows[i] = ansi.Truncate(" "+row, m.width, "")
	}
	v := tea.NewView(strings.Join(rows, "\n"))
	v.AltScreen = true
	v.WindowTitle = "agentcore-3lo follow " + m.Run
	return v
}

// page is everything but the keys.
func (m *model) page() []string {
	rows := []string{m.header(), "", m.sides(m.state.title(), m.state.next()),
		"Enter will   " + m.state.enter(), "Waiting for  " + m.state.waits(m.now), "", "Notes (your own: --notes DIR)"}
	if m.err != nil {
		rows[4] = "Cannot read  " + text.CleanLine(m.err.Error())
	}
	notes := m.notes()
	first := min(m.scroll, len(notes))
	rows = append(rows, notes[first:min(first+m.notesHeight(), len(notes))]...)
	if n := m.wireHeight(); n > 0 {
		rows = append(rows, "", "Wire")
		all := m.state.trace.Exchanges()
		on := ui.Canvas{Width: m.width - 2, ASCII: m.ASCII}
		for _, line := range ui.DrawWire(all[max(len(all)-n, 0):], 0, on)[1:] {
			rows = append(rows, m.paint(line))
		}
	}
	return rows
}

// header names the run, and says how late it is.
func (m *model) header() string {
	said := "Following " + m.Run + ", " + m.Place
	if m.state.page.Stage {
		said += ", on stage"
	}
	late := m.now.Format("15:04")
	if !m.state.since.IsZero() {
		late += "   on this page " + ui.Clock(max(m.now.Sub(m.state.since), 0))
	}
	return m.sides(said, late)
}

// sides puts a text on each side of a row. The right one gives way.
func (m *model) sides(left, right string) string {
	left = text.CleanLine(left)
	gap := m.width - 2 - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 2 {
		return left
	}
	return left + fmt.Sprintf("%*s", gap, "") + right
}

// notes are the lines of the page's notes.
func (m *model) notes() []string {
	drawn := ui.RenderLesson(m.Notes[m.state.page.Step], m.width-2)
	return strings.Split(strings.Trim(drawn, "\n"), "\n")
}

// notesHeight is how many lines of the notes are shown.
func (m *model) notesHeight() int { return max(m.height-fixedRows-m.wireHeight(), 1) }

// wireHeight is how many exchanges are shown.
func (m *model) wireHeight() int {
	if m.height < lowRows {
		return 0
	}
	return min(wireRows, len(m.state.trace.Exchanges()))
}

// tones are the colours of marks: those of the terminal's own sixteen that every theme
// can show.
var tones = map[ui.Tone]lipgloss.Style{
	ui.Bad: lipgloss.NewStyle().Foreground(lipgloss.Color("1")),
}

// paint colours a line.
func (m *model) paint(l ui.Line) string {
	var b strings.Builder
	for _, p := range l.Pieces {
		if style, coloured := tones[p.Tone]; coloured && !m.NoColor {
			b.WriteString(style.Render(p.Text))
			continue
		}
		b.WriteString(p.Text)
	}
	return b.String()
}
