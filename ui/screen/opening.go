package screen

import (
	"context"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// opening is the start page of the full screen: it offers the runs, and stays
// until one is open. The run's own screen takes its place.
type opening struct {
	ctx    context.Context
	enter  func() (*Screen, error)
	style  styles
	width  int
	height int

	question *engine.Question // nil: there is nothing to choose at present
	answer   chan<- engine.Answer
	chosen   int
	fresh    time.Time // when the choice came up, or came back into sight
}

type (
	enteredMsg struct{ run *Screen } // nil where none could be opened
	offerMsg   struct {
		question engine.Question
		answer   chan<- engine.Answer
	}
	releaseMsg struct {
		work *terminal.Borrowed
		done chan<- struct{}
	}
)

// Init begins to look for the run.
func (o *opening) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, func() tea.Msg {
		run, err := o.enter()
		if err != nil {
			return enteredMsg{}
		}
		return enteredMsg{run}
	})
}

// Update is the one place where the page changes.
func (o *opening) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if o.hidden() {
			o.fresh = time.Now()
		}
		o.width, o.height = msg.Width, msg.Height
	case backMsg:
		o.fresh = time.Now()
	case tea.BackgroundColorMsg:
		o.style = o.style.on(msg.IsDark())
	case offerMsg:
		o.question, o.answer, o.fresh = &msg.question, msg.answer, time.Now()
		o.chosen = max(0, slices.IndexFunc(msg.question.Choices, func(c engine.Choice) bool { return c.ID == msg.question.Default }))
	case releaseMsg:
		return o, msg.exec()
	case enteredMsg:
		sc := msg.run
		if sc == nil {
			return o, tea.Quit
		}
		sc.size, sc.style = size{o.width, o.height}, o.style
		sc.guard.renew()
		return sc, sc.Init()
	case tea.KeyPressMsg:
		return o, o.key(msg.String())
	}
	return o, nil
}

func (o *opening) key(name string) tea.Cmd {
	switch q := o.question; {
	case name == "q" || name == "ctrl+c":
		return tea.Quit
	case q == nil, o.hidden():
	case name == "up" || name == "shift+tab":
		o.chosen = max(o.chosen-1, 0)
	case name == "down" || name == "tab":
		o.chosen = min(o.chosen+1, len(q.Choices)-1)
	case time.Since(o.fresh) < terminal.Grace: // pressed for what was there before
	case name == "enter":
		o.take(q.Choices[o.chosen].ID)
	default:
		if id, ok := ui.ChoiceFor(*q, name); ok {
			o.take(id)
		}
	}
	return nil
}

// hidden says that the window is too small to show anything.
func (o *opening) hidden() bool { return o.width < minWidth || o.height < minHeight }

func (o *opening) take(a engine.Answer) {
	o.answer <- a
	o.question = nil
}

// View draws the page.
func (o *opening) View() tea.View {
	v := tea.NewView(o.draw())
	v.AltScreen, v.WindowTitle = true, "agentcore-3lo"
	return v
}

const welcome = "Create an Amazon Bedrock AgentCore Gateway, consent in your browser, and call an API on behalf of the user who consented. Everything it creates, it can delete."

func (o *opening) draw() string {
	if o.hidden() {
		return tooSmall(o.width, o.height)
	}
	room := o.height - 3 // bar, blank, keys
	lines, at := o.lines(true)
	if len(lines) > room {
		lines, at = o.lines(false)
	}
	if first := min(max(at-room/2, 0), max(len(lines)-room, 0)); len(lines) > room {
		more := first+room < len(lines)
		lines = lines[first : first+room] // what is chosen stays in sight
		if more {
			lines[room-1] = "  ↓ more"
		}
	}
	body := lipgloss.NewStyle().Height(room).Render(strings.Join(lines, "\n"))
	return o.style.bar.Render(ui.Pad(" agentcore-3lo", o.width)) + "\n\n" + body + "\n" + o.keys()
}

// lines are the page's, and the number of the one that is chosen.
func (o *opening) lines(whole bool) (lines []string, at int) {
	add := func(s string) { lines = append(lines, strings.Split(strings.TrimSuffix(s, "\n"), "\n")...) }
	add(o.style.title.Render("  Call a tool on behalf of a user") + "\n\n")
	if whole {
		add(ui.Wrap(welcome, o.width, "  ") + "\n")
	}
	if o.question == nil {
		add("  Opening …")
		return lines, 0
	}
	add("  " + o.style.title.Render(o.question.Prompt) + "\n\n")
	for _, help := range o.question.Help {
		add(ui.Wrap(help, o.width, "  ") + "\n")
	}
	for i, c := range o.question.Choices {
		mark, label := "  ", strings.TrimPrefix(ui.Wrap(c.Label, o.width, "       "), "       ")
		if i == o.chosen {
			mark, at = "▸ ", len(lines)
		}
		add("  " + mark + o.style.key.Render(ui.KeyOf(c.ID)) + "  " + label)
	}
	return lines, at
}

func (o *opening) keys() string {
	keys := []key.Binding{said("q", "leave")}
	if o.question != nil {
		keys = []key.Binding{said("enter", "choose"), said("↑↓", "move"), said("q", "leave")}
	}
	return keyLine{o.style, keys}.Render(o.width)
}
