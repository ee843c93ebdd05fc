package screen

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

const (
	railWidth = 33
	railFrom  = 90 // columns; narrower screens get the rail as one line
	minWidth  = 50
	minHeight = 14
	leastBody = 3         // lines of the page that a panel leaves, with the rule
	maxRaw    = 200 << 10 // bytes of an exchange on the screen; c copies all of it
)

// styles are few, and nothing is said by colour alone.
type styles struct {
	title, bad, good, dim, bar, key lipgloss.Style
	plain                           bool
}

func newStyles(plain bool) styles {
	s := styles{plain: plain, title: lipgloss.NewStyle().Bold(true), bad: lipgloss.NewStyle(), good: lipgloss.NewStyle(),
		dim: lipgloss.NewStyle(), bar: lipgloss.NewStyle().Reverse(true), key: lipgloss.NewStyle().Bold(true)}
	return s
}

// on chooses from the sixteen colours, which every theme has made legible.
func (s styles) on(dark bool) styles {
	if s.plain {
		return s
	}
	pick := lipgloss.LightDark(dark)
	s.title = s.title.Foreground(pick(lipgloss.Color("4"), lipgloss.Color("14")))
	s.bad = s.bad.Foreground(pick(lipgloss.Color("1"), lipgloss.Color("9")))
	s.good = s.good.Foreground(pick(lipgloss.Color("2"), lipgloss.Color("10")))
	s.dim = s.dim.Foreground(lipgloss.Color("8"))
	return s
}

// View draws the whole screen.
func (s *Screen) View() tea.View {
	v := tea.NewView(s.draw())
	v.AltScreen, v.ReportFocus = true, true
	v.Cursor = s.cursor(v.Content)
	v.WindowTitle = "agentcore-3lo " + s.run.Name
	return v
}

// cursor is the terminal's own, where the field stands on the drawn screen.
func (s *Screen) cursor(drawn string) *tea.Cursor {
	c := s.field.Cursor()
	if c == nil || !s.typing || s.overlay != none {
		return nil
	}
	field := s.field.View()
	for y, line := range strings.Split(drawn, "\n") {
		if before, _, found := strings.Cut(line, field); found {
			c.X += lipgloss.Width(before)
			c.Y = y
			return c
		}
	}
	return nil
}

func (s *Screen) draw() string {
	if s.hidden() {
		if s.overlay == leaving {
			return ui.Wrap("Work is under way. Press q again to leave, or any other key to stay.", s.width, "")
		}
		return tooSmall(s.width, s.height)
	}
	head := s.header()
	width, rail := s.width, ""
	if s.width >= railFrom && len(s.m.Steps()) > 1 {
		width = s.width - railWidth - 1
		rail = s.rail()
	} else {
		head += "\n" + s.line()
	}
	keys := s.keys()
	foot, above := s.panel(width), ""
	// A panel that leaves the page no room goes up into it, where it scrolls.
	least := leastBody
	if s.acting() && s.height < 24 { // the title alone
		least--
	}
	if room := s.height - lipgloss.Height(head) - 1 - least; lipgloss.Height(foot) > room {
		lines := strings.Split(foot, "\n")
		above = strings.Join(lines[:len(lines)-room], "\n") + "\n\n"
		foot = strings.Join(lines[len(lines)-room:], "\n")
	}
	room := s.height - lipgloss.Height(head) - 1
	body := s.scroll(above, width, room-lipgloss.Height(foot))
	main := lipgloss.NewStyle().Height(room).Render(body + "\n" + foot)
	if rail != "" {
		tall := lipgloss.NewStyle().Height(lipgloss.Height(main)).Width(railWidth).Render(rail)
		main = lipgloss.JoinHorizontal(lipgloss.Top, tall, " ", main)
	}
	return head + "\n" + main + "\n" + keys
}

func (s *Screen) header() string {
	done := 0
	for _, st := range s.m.Steps() {
		if st.State == engine.Done {
			done++
		}
	}
	left := s.masked(ui.Heading(s.run))
	right := fmt.Sprintf("%d of %d done", done, len(s.m.Steps()))
	if s.run.Now().Masked {
		right = "masked · " + right
	}
	space := s.width - lipgloss.Width(left) - lipgloss.Width(right) - 2
	if space < 1 {
		left = strings.TrimPrefix(left, "agentcore-3lo · ")
		space = s.width - lipgloss.Width(left) - lipgloss.Width(right) - 2
	}
	first := ""
	if world, run, two := strings.Cut(left, " · "); space < 1 && two { // a line of its own for the run
		first = s.bar(" "+world) + "\n"
		left = run
		space = s.width - lipgloss.Width(left) - lipgloss.Width(right) - 2
	}
	return first + s.bar(" "+left+strings.Repeat(" ", max(space, 1))+right)
}

func (s *Screen) bar(text string) string {
	return s.style.bar.Render(clip(ui.Pad(text, s.width), s.width))
}

func tooSmall(width, height int) string {
	return fmt.Sprintf("This window is %d×%d.\nPlease make it at least %d×%d,\nor start with --plain.", width, height, minWidth, minHeight)
}

// glyphs come with a word, so that neither colour nor shape is needed.
var glyphs = map[engine.State]string{engine.Waiting: "·", engine.Ready: "○", engine.Running: "◐", engine.Asking: "?", engine.Done: "✓", engine.Failed: "✗", engine.Stale: "↻"}

func glyph(st engine.Status) string {
	if saidNo(st) {
		return "–"
	}
	return glyphs[st.State]
}

// saidNo says that the step ended because the person did not agree: nothing
// went wrong.
func saidNo(st engine.Status) bool {
	return st.State == engine.Failed && st.Failure != nil && st.Failure.SaidNo
}

func (s *Screen) tint(st engine.Status, text string) string {
	switch st.State {
	case engine.Done:
		return s.style.good.Render(text)
	case engine.Failed, engine.Stale:
		if saidNo(st) {
			return text
		}
		return s.style.bad.Render(text)
	case engine.Waiting:
		return s.style.dim.Render(text)
	}
	return text
}

func (s *Screen) rail() string {
	var b strings.Builder
	b.WriteString("\n")
	for _, st := range s.m.Steps() {
		step, _ := steps.Find(st.ID)
		cursor := "  "
		if st.ID == s.looking {
			cursor = "▸ "
		}
		title := clip(fmt.Sprintf("%s%s %2s %s", cursor, glyph(st), number(st.ID), step.Title), railWidth)
		if st.ID == s.looking {
			title = s.style.title.Render(title)
		}
		b.WriteString(title + "\n" + s.tint(st, clip("       "+s.word(st), railWidth)) + "\n")
	}
	return b.String()
}

// number is the step's place in the tutorial; cleanup has none.
func number(id engine.ID) string {
	if n := steps.Number(id); n > 0 {
		return fmt.Sprint(n)
	}
	return ""
}

// word is a step's state in words, with the time it takes.
func (s *Screen) word(st engine.Status) string {
	switch st.State {
	case engine.Running:
		wait := s.pages[st.ID].wait
		if _, state, found := strings.Cut(wait, ": "); found {
			wait = state
		}
		if wait == "" {
			wait = "running"
		}
		return ui.Clock(st.Elapsed(s.now)) + " " + strings.ToLower(wait)
	case engine.Asking:
		return "asks you"
	case engine.Waiting:
		return "waiting"
	case engine.Done:
		if took := st.Elapsed(s.now); took >= time.Second {
			return "done " + ui.Clock(took)
		}
		return "done"
	case engine.Failed:
		if saidNo(st) {
			return "stopped"
		}
	}
	return string(st.State)
}

// line is the rail of a narrow screen.
func (s *Screen) line() string {
	var b strings.Builder
	b.WriteString(" ")
	for _, st := range s.m.Steps() {
		mark := glyph(st)
		if st.ID == s.looking {
			mark = "[" + mark + "]"
		}
		b.WriteString(s.tint(st, mark))
	}
	if elsewhere := s.elsewhere(s.width - lipgloss.Width(b.String()) - 2); elsewhere != "" {
		b.WriteString("  " + elsewhere)
	} else {
		b.WriteString("  " + strings.TrimSpace(fmt.Sprintf("%s %s, %s", number(s.looking), s.looking, s.word(s.m.Of(s.looking)))))
	}
	return lipgloss.NewStyle().MaxWidth(s.width).Render(b.String())
}

// elsewhere is one line about a step that is not on the screen: it needs the
// person, or it works.
func (s *Screen) elsewhere(width int) string {
	if st := s.failedElsewhere(); st.ID != "" {
		if line := s.needsYou(st); lipgloss.Width(line) <= width {
			return line
		}
		return fmt.Sprintf("step %d needs you later", steps.Number(st.ID))
	}
	asking, running := "", ""
	for _, st := range s.m.Steps() {
		switch {
		case st.ID == s.looking:
		case st.State == engine.Asking && asking == "":
			asking = fmt.Sprintf("step %d asks you", steps.Number(st.ID))
		case st.State == engine.Running:
			running = fmt.Sprintf("%d %s, %s", steps.Number(st.ID), st.ID, s.word(st))
		}
	}
	both := asking + " · " + running
	switch {
	case asking != "" && running != "" && lipgloss.Width(both) <= width:
		return both
	case asking != "":
		return asking
	}
	return running
}

// failedElsewhere is the first step that failed, unless it is the one on the
// screen.
func (s *Screen) failedElsewhere() engine.Status {
	for _, st := range s.m.Steps() {
		if st.State == engine.Failed && st.ID != s.looking {
			return st
		}
	}
	return engine.Status{}
}

func (s *Screen) needsYou(st engine.Status) string {
	return fmt.Sprintf("step %d %s; it needs you when you are done here", steps.Number(st.ID), s.word(st))
}

// scroll is the page with its position mark.
func (s *Screen) scroll(above string, width, height int) string {
	content := s.content(above, width-1)
	switch s.overlay {
	case helping:
		content = hang(help, 15, width-1)
	case listing:
		content = s.calls(width - 1)
	case reading:
		content = s.lesson(width - 1)
	case showing:
		content = s.laid(ui.Shortened(s.pages[s.looking].raw, maxRaw), width-1)
	}
	s.body.SetWidth(width)
	s.body.SetContent(content)
	total := s.body.TotalLineCount()
	if s.acting() && s.overlay == none { // the act follows what was said at once
		height = min(height, total+1)
	}
	s.body.SetHeight(height - 1)
	mark := ""
	if total > height-1 {
		first := s.body.YOffset() + 1
		mark = fmt.Sprintf(" lines %d-%d of %d ", first, min(first+height-2, total), total)
		if !s.body.AtBottom() {
			mark += "· more below: " + s.downKey() + " "
		}
	}
	rule := "──" + mark
	rule += strings.Repeat("─", max(width-lipgloss.Width(rule), 0))
	return s.body.View() + "\n" + s.style.dim.Render(rule)
}

func (s *Screen) calls(width int) string {
	var b strings.Builder
	b.WriteString(s.style.title.Render("The log of calls and notes") + "\n\n")
	for _, st := range s.m.Steps() {
		for _, line := range s.pages[st.ID].lines {
			b.WriteString(s.laid(ui.Wrap(ui.Mark(st.ID)+" "+line, width, "  "), width))
		}
	}
	if !strings.Contains(b.String(), "[") {
		b.WriteString("  Nothing has been called yet.\n")
	}
	return b.String()
}

// clip shortens a line of chrome; pages are folded instead.
func clip(line string, width int) string {
	return lipgloss.NewStyle().MaxWidth(width).Render(line)
}
