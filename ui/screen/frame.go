package screen

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

const (
	railWidth = 33
	railFrom  = 90 // columns; narrower screens get the rail as one line
	minWidth  = 50
	minHeight = 14
	tallFrom  = 24        // lines; lower screens save them
	leastBody = 3         // lines of the page that the box leaves, with the rule
	maxRaw    = 200 << 10 // bytes of an exchange on the screen; c copies all of it
)

// size is that of the window, in columns and lines.
type size struct{ width, height int }

// hidden says that the window is too small to show anything: nothing can be
// answered then.
func (z size) hidden() bool { return z.width < minWidth || z.height < minHeight }

// frame is everything that one drawing of the screen takes.
type frame struct {
	size
	walk
	run     ui.Run
	style   styles
	mask    mask
	lessons lessons
	text    *reader
	field   *field
	flash   string        // the last thing a key did
	keys    []key.Binding // of the present moment
	choices []key.Binding // of a question that an overlay asks
}

// Render draws the whole screen.
func (f frame) Render() string {
	if f.hidden() {
		if f.text.overlay == leaving {
			return ui.Wrap("Work is under way. Press q again to leave, or any other key to stay.", f.width, "")
		}
		return tooSmall(f.width, f.height)
	}
	head, width, left := f.header().Render(f.width), f.width, ""
	rail := rail{f.style, f.position, f.word}
	if f.width >= railFrom && len(f.m.Steps()) > 1 {
		width = f.width - railWidth - 1
		left = rail.Render(railWidth)
	} else {
		head += "\n" + strip(rail).Render(f.width)
	}
	main := f.main(width, f.height-lipgloss.Height(head)-1)
	if left != "" {
		tall := lipgloss.NewStyle().Height(lipgloss.Height(main)).Width(railWidth).Render(left)
		main = lipgloss.JoinHorizontal(lipgloss.Top, tall, " ", main)
	}
	return head + "\n" + main + "\n" + keyLine{f.style, f.keys}.Render(f.width)
}

// main is the page above the box. A box that leaves the page no room goes up
// into it, where it scrolls.
func (f frame) main(width, room int) string {
	box, above := f.box(width), ""
	least := leastBody
	if f.acting() && f.height < tallFrom { // the title alone
		least--
	}
	if most := room - least; lipgloss.Height(box) > most {
		lines := strings.Split(box, "\n")
		above = strings.Join(lines[:len(lines)-most], "\n") + "\n\n"
		box = strings.Join(lines[len(lines)-most:], "\n")
	}
	down := "space"
	if f.field.typing && f.text.overlay == none {
		down = "pgdn"
	}
	tight := f.acting() && f.text.overlay == none // the box follows what was said at once
	text := f.text.Render(f.content(above, width-1), width, room-lipgloss.Height(box), tight, down, f.style.dim)
	return lipgloss.NewStyle().Height(room).Render(text + "\n" + box)
}

// content is the text of the page, or of what lies over it.
func (f frame) content(above string, width int) string {
	switch f.text.overlay {
	case helping:
		return helpText(width)
	case listing:
		return f.log(width)
	case reading:
		step, _ := steps.Find(f.looking)
		return f.style.title.Render(step.Title) + "\n" + f.mask.lay(f.lessons.render(f.looking, width), width)
	case showing:
		return f.mask.lay(ui.Shortened(f.walk.page().raw, maxRaw), width)
	}
	return f.page(above).Render(width)
}

// page is the text of the step on the screen.
func (f frame) page(above string) body {
	return body{style: f.style, mask: f.mask, status: f.status(), page: f.walk.page(), above: above, acting: f.acting(),
		lesson: func(width int) string { return f.lessons.render(f.looking, width) }}
}

func (f frame) header() header {
	h := header{style: f.style, heading: f.mask.hide(ui.Heading(f.run)), masked: f.run.Now().Masked, of: len(f.m.Steps())}
	for _, st := range f.m.Steps() {
		if st.State == engine.Done {
			h.done++
		}
	}
	return h
}

// log is the log of calls and notes.
func (f frame) log(width int) string {
	var b strings.Builder
	b.WriteString(f.style.title.Render("The log of calls and notes") + "\n\n")
	empty := true
	for _, st := range f.m.Steps() {
		for _, line := range f.pages[st.ID].lines {
			b.WriteString(f.mask.lay(ui.Wrap(ui.Mark(st.ID)+" "+line, width, "  "), width))
			empty = false
		}
	}
	if empty {
		b.WriteString("  Nothing has been called yet.\n")
	}
	return b.String()
}

// box is what matters now, or the question that an overlay asks.
func (f frame) box(width int) string {
	word := ""
	if f.flash != "" {
		word = paragraph(text.CleanLine(f.flash), width)
	}
	switch f.text.overlay {
	case none:
		return box{style: f.style, mask: f.mask, position: f.position, page: f.walk.page(), field: f.field, word: f.word, now: f.now,
			acting: f.acting(), flash: f.flash, rail: f.width >= railFrom, tall: f.height >= tallFrom}.Render(width)
	case leaving:
		return f.asks(leavingText(f.m, f.run), word, width)
	case again:
		return f.asks(consequence(f.position), word, width)
	}
	return word
}

// asks is a question of the screen itself, with its keys.
func (f frame) asks(text, word string, width int) string {
	var choices []string
	for _, b := range f.choices {
		choices = append(choices, f.style.key.Render(b.Help().Key)+" "+b.Help().Desc)
	}
	lines := append([]string{paragraph(text, width)}, flow(choices, width)...)
	if word != "" {
		lines = append(lines, word)
	}
	return strings.Join(lines, "\n")
}

func tooSmall(width, height int) string {
	return fmt.Sprintf("This window is %d×%d.\nPlease make it at least %d×%d,\nor start with --plain.", width, height, minWidth, minHeight)
}
