package screen

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps"
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
	ascii  bool
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
	return tea.Batch(tea.RequestBackgroundColor, tea.RequestForegroundColor, func() tea.Msg {
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
	case tea.BackgroundColorMsg, tea.ForegroundColorMsg, tea.ColorProfileMsg:
		o.style = o.style.answered(msg)
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
	name = strings.ToLower(name)
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
	case name == "x" && o.cleans():
		o.take(q.Choices[o.chosen].Other)
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
	lines, at := o.draw()
	drawn := strings.Join(lines, "\n")
	if o.ascii {
		drawn = toASCII(drawn)
	}
	v := tea.NewView(drawn)
	v.Cursor = tea.NewCursor(3, at)
	v.Cursor.Blink = false
	v.AltScreen, v.WindowTitle = true, "agentcore-3lo"
	return v
}

// draw returns the lines of the page, and the one on which the cursor rests.
func (o *opening) draw() (lines []string, at int) {
	if o.hidden() {
		return strings.Split(tooSmall(o.width, o.height), "\n"), 0
	}
	width := size{min(o.width, railFrom-1), o.height}.pageWidth()
	x := sheet{title: o.style.title.Render("Call a tool on behalf of a user")}
	x.paragraph(lead, fmt.Sprintf("Create an Amazon Bedrock AgentCore Gateway, consent in your browser, and call %s on behalf of the user who consented. Ten steps, about two minutes in the sandbox. Everything it creates, it can delete.", steps.Vendor().Name), width)
	keys := []key.Binding{said("q", "leave")}
	if q := o.question; q == nil {
		x.add(stays, "Opening …")
	} else {
		for _, help := range q.Help {
			x.paragraph(drawn, help, width)
		}
		x.box = &box{title: prompt(*q), lines: o.choices(width - 4)}
		keys = []key.Binding{said("enter", "choose"), said("↑↓", "move")}
		if o.cleans() {
			word := "clean up the selected run"
			if o.width < 60 {
				word = "clean up"
			}
			keys = append(keys, said("x", word))
		}
		keys = append(keys, said("q", "leave"))
	}
	lines = append(lines, " agentcore-3lo", "")
	var below []string
	if x.box != nil {
		below = append([]string{""}, x.box.render(o.style, width)...)
	}
	room := o.height - len(lines) - 1 - len(below)
	main := x.body(max(room, 1))
	if len(main) > room {
		main = main[:max(room, 1)]
	}
	at = len(lines) + len(main) + 2
	lines = append(lines, indented(append(main, below...))...)
	for i, line := range lines {
		if strings.Contains(line, "▸") {
			at = i
		}
	}
	for len(lines) < o.height-1 {
		lines = append(lines, "")
	}
	return append(lines[:o.height-1], keyLine{o.style, keys}.Render(o.width)), at
}

// choices are the runs in the box, in columns; where a note has no room, that of the
// selected one is below. Where there are more than the window has lines, those around the
// selected one are shown.
func (o *opening) choices(width int) []string {
	all := o.question.Choices
	column, note := 0, 0
	for _, c := range all {
		column, note = max(column, lipgloss.Width(c.Label)), max(note, lipgloss.Width(c.Note))
	}
	beside, below := column+note+6 <= width, ""
	lines := make([]string, len(all))
	for i, c := range all {
		mark := "  "
		if i == o.chosen {
			mark = o.style.tint("▸") + " "
		}
		line := mark + ui.Pad(c.Label, column)
		switch in := mark + c.Label + " (" + c.Note + ")"; {
		case beside:
			line += "   " + c.Note
		case c.Note != "" && lipgloss.Width(in) <= width:
			line = in
		case i == o.chosen:
			below = c.Note
		}
		lines[i] = strings.TrimRight(clip(line, width), " ")
	}
	if most := max(o.height-8, 3); len(lines) > most {
		first := min(max(o.chosen-most/2, 0), len(lines)-most)
		lines = lines[first : first+most]
	}
	if below != "" {
		columns := slices.DeleteFunc(strings.Split(below, "  "), func(s string) bool { return strings.TrimSpace(s) == "" })
		for _, line := range wrapped(strings.Join(columns, ","), width-2) {
			lines = append(lines, "  "+o.style.dim.Render(line))
		}
	}
	return lines
}

// cleans says that the selected line is a run, which can be cleaned up.
func (o *opening) cleans() bool {
	return o.question != nil && o.question.Choices[o.chosen].Other != ""
}
