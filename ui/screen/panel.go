package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// panel is what matters now: the link, the question, the state of a wait.
func (s *Screen) panel(width int) string {
	key := s.style.key.Render
	word := ""
	if s.flash != "" {
		word = "\n" + strings.TrimRight(ui.Wrap(text.CleanLine(s.flash), width, " "), "\n")
	}
	switch s.overlay {
	case leaving:
		open := "A question is still open."
		if slices.ContainsFunc(s.m.Steps(), func(st engine.Status) bool { return st.State == engine.Running }) {
			open = "Work is still running."
		}
		choices := []string{key("esc") + " keep waiting", key("q") + " leave, go on later", key("x") + " leave and clean up"}
		kept := " It is all on record."
		if s.forgettable() {
			choices, kept = []string{key("esc") + " keep waiting", key("q") + " leave"}, " Nothing was created, so this run is forgotten when you leave."
		}
		return ui.Wrap(open+kept, width, " ") + strings.Join(flow(choices, width), "\n") + word
	case again:
		return ui.Wrap(s.consequence(), width, " ") +
			strings.Join(flow([]string{key("y") + " do it again"}, width), "\n") + word
	}
	if s.overlay.covers() {
		return strings.TrimRight(ui.Wrap(text.CleanLine(s.flash), width, " "), "\n")
	}
	st, p, q := s.m.Of(s.looking), s.pages[s.looking], s.asking()
	var lines []string
	if p.link != nil && (st.State == engine.Running || st.State == engine.Done && p.link.Lasts() || q != nil && (q.Waits || !s.acting())) {
		lines = append(lines, s.linkLines(*p.link, width)...)
	}
	if q != nil && s.looking != steps.Cleanup { // whose page begins with it
		for _, n := range p.news[max(len(p.news)-s.newest(), 0):] { // what the last answer brought
			lines = append(lines, strings.TrimRight(s.laid(ui.Wrap(n, width, " "), width), "\n"))
		}
	}
	switch {
	case q != nil:
		if p.link != nil && p.wait != "" && q.Waits {
			lines = append(lines, " "+glyphs[engine.Running]+" "+p.wait)
		}
		lines = append(lines, s.questionLines(q, width)...)
	case st.State == engine.Running:
		for _, line := range p.lines[max(len(p.lines)-s.latest(), 0):] { // as it happens, wherever the page stands
			lines = append(lines, s.style.dim.Render(clip(" "+s.masked(strings.ReplaceAll(line, "\n", " ")), width)))
		}
		lines = append(lines, clip(fmt.Sprintf(" %s %s", glyphs[st.State], s.word(st)), width))
	case len(p.notes) > 0 && st.State == engine.Done && s.looking != steps.Cleanup:
		last := strings.TrimRight(s.laid(ui.Wrap(p.notes[len(p.notes)-1], width, " "), width), "\n")
		lines = append(lines, last)
	}
	if gateway := s.m.Of(steps.Gateway); q != nil && s.looking == steps.App && gateway.State == engine.Running && s.height >= 24 {
		meanwhile := fmt.Sprintf("%s Meanwhile AWS builds your gateway (%s); nothing to do there.", glyph(gateway), s.word(gateway))
		lines = append(lines, strings.TrimRight(ui.Wrap(meanwhile, width, " "), "\n"))
	}
	if to := s.mender(); to != "" {
		step, _ := steps.Find(to)
		lines = append(lines, flow([]string{fmt.Sprintf("%s go to step %d, %s, to fix it", key("g"), steps.Number(to), step.Title)}, width)...)
	}
	if failed := s.failedElsewhere(); failed.ID != "" && s.width >= railFrom { // a narrow rail says it
		lines = append(lines, " "+glyph(failed)+" "+s.needsYou(failed))
	}
	if s.flash != "" {
		lines = append(lines, strings.TrimRight(ui.Wrap(text.CleanLine(s.flash), width, " "), "\n"))
	}
	if len(lines) == 0 {
		return " "
	}
	return strings.Join(lines, "\n")
}

// newest is how many of the last notes stand in the panel: on a low screen none
// takes the place of the link or of a word about the last key.
func (s *Screen) newest() int {
	switch {
	case s.height >= 24:
		return 3
	case s.flash != "":
		return 0
	}
	return 1
}

// latest is how many of the last things that happened stand in the panel.
func (s *Screen) latest() int {
	if s.height < 24 {
		return 1
	}
	return 3
}

func (s *Screen) linkLines(u event.Link, width int) []string {
	var lines []string
	if u.Asks != "" {
		lines = append(lines, strings.TrimRight(ui.Wrap(text.CleanLine(u.Asks), width, " "), "\n"))
	}
	if u.Far != "" {
		lines = append(lines, strings.TrimRight(ui.Fold(ui.Wrap(text.Clean(u.Far), width, " "), width), "\n"))
	}
	for _, piece := range ui.Chop(text.CleanLine(u.URL), width-2) { // what overflows is the beginning, not the link
		lines = append(lines, " "+piece)
	}
	if u.Host != "" {
		lines = append(lines, " leads to: "+s.style.title.Render(text.CleanLine(u.Host)))
	}
	for _, w := range u.Warnings {
		lines = append(lines, s.style.bad.Render(strings.TrimRight(ui.Wrap("⚠ look twice: "+text.CleanLine(w), width, " "), "\n")))
	}
	if !u.Expires.IsZero() {
		lines = append(lines, " time left: "+ui.Clock(max(u.Expires.Sub(s.now), 0).Round(time.Second)))
	}
	return lines
}

func (s *Screen) questionLines(q *engine.Question, width int) []string {
	var lines []string
	for _, h := range q.Help {
		lines = append(lines, strings.TrimRight(ui.Wrap(h, width, " "), "\n"))
	}
	lines = append(lines, s.style.title.Render(strings.TrimRight(ui.Wrap("? "+s.prompt(*q), width, " "), "\n")))
	var choices []string
	for _, c := range ui.Options(*q) {
		key := ui.KeyOf(c.ID)
		if c.ID == q.Default {
			key += " or enter"
		}
		choices = append(choices, s.style.key.Render(key)+" "+c.Label)
	}
	if q.Kind == engine.Menu && q.Check != nil && !s.typing && q.Back == "" {
		choices = append(choices, s.style.key.Render("p")+" paste")
	}
	lines = append(lines, flow(choices, width)...)
	if s.typing {
		s.field.SetWidth(width - 6)
		s.field.SetVirtualCursor(!s.cursorKnown(width - 6))
		lines = append(lines, " "+s.field.View())
	}
	if s.refusal != "" {
		lines = append(lines, s.style.bad.Render(strings.TrimRight(ui.Wrap("✗ "+s.refusal, width, " "), "\n")))
	}
	return lines
}

// prompt is a question's, without what the keys say.
func (s *Screen) prompt(q engine.Question) string {
	switch {
	case q.Secret && s.field.EchoMode == textinput.EchoNormal:
		return q.Prompt + " (shown):"
	case q.Secret:
		return q.Prompt + " (not shown):"
	case q.Kind == engine.Text:
		return q.Prompt + ":"
	case q.Kind == engine.Confirm && !strings.HasSuffix(q.Prompt, "?"):
		return q.Prompt + "?"
	}
	return q.Prompt
}

// cursorKnown says whether the library can tell where its cursor is: at the end
// of a text, or in one that fits; and only where each character is one column.
func (s *Screen) cursorKnown(room int) bool {
	columns, runes := lipgloss.Width(s.field.Value()), len([]rune(s.field.Value()))
	return columns == runes && (columns < room || s.field.Position() == runes)
}

// flow sets choices side by side as far as they fit.
func flow(choices []string, width int) []string {
	var lines []string
	line := ""
	for _, c := range choices {
		if lipgloss.Width(c) > width-2 { // longer than a line
			c = strings.ReplaceAll(lipgloss.Wrap(c, width-4, ""), "\n", "\n   ")
		}
		if line != "" && lipgloss.Width(line)+lipgloss.Width(c)+4 > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " ·"
		}
		line += " " + c
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
