package screen

import (
	"cmp"
	"context"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// link is the address on the page, with what can be done with it.
type link struct {
	event.Link
	desktop   Display
	noBrowser bool
	ctx       context.Context
}

// onLink does something with the link of the page on the screen, if it has one.
func onLink(do func(link) tea.Cmd) func(*Screen) tea.Cmd {
	return func(s *Screen) tea.Cmd {
		p := s.page()
		if p.link == nil || p.link.URL == "" {
			s.flash = "There is no link on this page at present."
			return nil
		}
		return do(link{*p.link, s.desktop, s.run.NoBrowser, s.ctx})
	}
}

// open opens it in the person's browser.
func (l link) open() tea.Cmd {
	if l.noBrowser {
		return func() tea.Msg { return flashMsg("--no-browser is set; open the link yourself.") }
	}
	return l.desktop.browse(cmp.Or(l.Open, l.URL))
}

func (l link) copy() tea.Cmd { return l.desktop.copy(l.URL) }

// alone shows it bare on a clean screen.
func (l link) alone() tea.Cmd {
	text := &terminal.LoneText{Context: l.ctx, In: l.desktop.In, Text: l.URL}
	return tea.Exec(text, func(error) tea.Msg { return backMsg{text.Key} })
}

// linkLines are the whole address, as pieces of one hyperlink.
func linkLines(style styles, u event.Link, width int) []string {
	address := text.CleanLine(u.URL)
	var lines []string
	for _, piece := range ui.Chop(address, width) {
		lines = append(lines, style.link(piece, address))
	}
	return lines
}
