package screen

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

const (
	railWidth = 39
	railFrom  = 118 // columns; narrower screens get the rail as one line
	wireFrom  = 160 // columns from which the wire has a column of its own
	minWidth  = 50
	minHeight = 14
	maxRaw    = 200 << 10 // bytes of a text on the screen; c copies all of it
)

// size is that of the window, in columns and lines.
type size struct{ width, height int }

// hidden says that the window is too small to show anything: nothing can be answered
// then.
func (z size) hidden() bool { return z.width < minWidth || z.height < minHeight }

// pageWidth is the width of the page's text.
func (z size) pageWidth() int {
	if z.width >= railFrom {
		return measure - 2
	}
	return min(z.width, measure+2) - 2
}

// frame is everything that one drawing of the screen takes.
type frame struct {
	size
	view
	text     *reader
	covers   covering
	onStage  bool
	lastKey  string           // on a stage
	overlaid func(view) sheet // a page that the screen itself puts over the step's; nil = none
}

// Render draws the whole screen. at is the line on which the cursor rests: that of the
// question, or of the selected line.
func (f frame) Render() (lines []string, at int) {
	switch {
	case f.hidden() && f.text.overlay == leaving:
		return wrapped("Work is under way. Press q again to leave, or any other key to stay.", max(f.size.width, 10)), 0
	case f.hidden():
		return strings.Split(tooSmall(f.size.width, f.height), "\n"), 0
	case f.text.overlay.covers():
		return f.reader()
	case f.onStage:
		return f.stage()
	}
	top := []string{f.header().Render(f.size.width)}
	if f.size.width < railFrom && len(f.m.Steps()) > 1 {
		top = append(top, strip(f.rail()).Render(f.size.width))
	}
	top = append(top, "")
	main, keys, at := f.main(f.height - len(top) - 1)
	if f.size.width >= railFrom {
		main = f.beside(main)
	} else {
		main = indented(main)
	}
	return append(append(top, main...), keyLine{f.style, keys}.Render(f.size.width)), at + len(top)
}

// main is the page above its box, which is right above the key line.
func (f frame) main(room int) (lines []string, keys []key.Binding, at int) {
	x := f.view.sheet()
	if f.overlaid != nil {
		x = f.overlaid(f.view)
	}
	if asks := f.asks(); asks != nil {
		x.box = asks
	}
	below := f.flashLines()
	if len(below) == 0 {
		below = []string{""}
	}
	var inBox []choice
	if x.box != nil {
		inBox = x.box.choices
		below = append(below, x.box.render(f.style, f.view.width)...)
	}
	left := max(room-len(below), 1)
	if len(x.body(left+1)) == left+1 && below[0] == "" { // the blank line above the box is the first that goes
		below, left = below[1:], left+1
	}
	down := "space"
	if f.field.typing {
		down = "pgdn"
	}
	lines = f.text.fit(x.body(left), f.view.width, left, f.style.dim, down)
	for len(lines) < left {
		lines = append(lines, "")
	}
	at = len(lines) + len(below)
	if x.box != nil {
		at = len(lines) + slices.IndexFunc(below, func(line string) bool { return strings.HasPrefix(line, "╭") })
	}
	if f.text.overlay == symptomList {
		at = selectedLine(lines)
	}
	lines = append(lines, below...)
	if len(lines) > room { // a box that is higher than the window keeps its end
		lines = append(lines[:1], lines[len(lines)-room+1:]...)
	}
	return lines, f.moment(inBox), min(at, room)
}

// selectedLine is the line with the mark of what is selected.
func selectedLine(lines []string) int {
	for i, line := range lines {
		if strings.Contains(line, "▸") {
			return i
		}
	}
	return 0
}

// flashLines are about the last key.
func (f frame) flashLines() []string {
	if f.flash == "" {
		return nil
	}
	return wrapped(text.CleanLine(f.flash), f.view.width)
}

// beside sets the page beside the rail, and the wire beside both where there is room.
func (f frame) beside(main []string) []string {
	rail := f.rail().lines(railWidth - 1)
	var wire []string
	if f.size.width >= wireFrom {
		wire = f.covers.newest(f.size.width-railFrom-4, len(main))
	}
	lines := make([]string, len(main))
	for i := range main {
		left := ""
		if i < len(rail) {
			left = " " + rail[i]
		}
		lines[i] = ui.Pad(left, railWidth) + " " + main[i]
		if i < len(wire) {
			lines[i] = ui.Pad(lines[i], railFrom+2) + wire[i]
		}
	}
	return lines
}

func indented(lines []string) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			all[i] = " " + line
		}
	}
	return all
}

func (f frame) rail() rail { return rail{f.style, f.position, f.word} }

func (f frame) header() header {
	now := f.run.Now()
	h := header{style: f.style, place: now.Environment, run: f.run.Name, masked: f.mask.on, rehearse: f.run.Rehearsal, of: len(f.m.Steps())}
	h.place.Account = f.mask.hide(h.place.Account)
	for _, st := range f.m.Steps() {
		if st.State == engine.Done || st.State == engine.Asking && st.Question.Final {
			h.done++
		}
	}
	return h
}

// asks is the question that the screen itself puts in place of the page's box.
func (f frame) asks() *box {
	switch f.text.overlay {
	case leaving:
		b := &box{title: "Leave?", lines: wrapped(leavingText(f.position, f.run), f.view.width-4), choices: []choice{{"enter", "stay", true}, {"q", "leave", false}}}
		if !f.run.Forgettable() {
			b.choices[1].label = "leave, resume later"
		}
		if f.looking != steps.Cleanup && !f.run.Forgettable() {
			b.choices = append(b.choices, choice{"x", "clean up first", false})
		}
		return b
	case again:
		return &box{title: "Do this step again?", lines: wrapped(consequence(f.position), f.view.width-4),
			choices: []choice{{"y", "yes, again", true}, {"n", "no", false}}}
	}
	return nil
}

// reader is a text that covers everything but the key line: title and position, the
// text, and the keys.
func (f frame) reader() (lines []string, at int) {
	width := f.size.width - 2
	title, body := f.covers.draw(f.text.overlay, f.view, width)
	room := f.height - 3
	if f.flash != "" {
		room -= len(f.flashLines())
	}
	isWire := f.text.overlay == wireList
	if isWire { // its header stays
		room--
	}
	f.text.SetWidth(width)
	f.text.SetHeight(room)
	f.text.SetContentLines(body)
	f.text.reposition()
	var pinned []string
	switch {
	case isWire:
		f.text.show(f.covers.row())
		first := f.text.YOffset()
		var rows []string
		pinned, rows = f.covers.wireRows(first, room, f.mask, width)
		copy(body[first:], rows)
		f.text.SetContentLines(body)
		at = f.covers.row() - first + 3
	case f.text.overlay == sequence:
		selected := selectedLine(body)
		f.text.show(selected)
		at = selected - f.text.YOffset() + 2
	}
	where := f.text.where()
	head := f.style.title.Render(clip(title, width-len(where)-2))
	lines = append(lines, " "+ui.Pad(head, width-lipgloss.Width(where))+f.style.dim.Render(where), "")
	lines = append(lines, indented(pinned)...)
	shown := f.text.inSight(body)
	for i := range room {
		line := ""
		if i < len(shown) {
			line = strings.TrimRight(shown[i], " ")
		}
		lines = append(lines, " "+line)
	}
	for _, line := range f.flashLines() {
		lines = append(lines, " "+line)
	}
	keys := f.moment(nil)
	if where == "" {
		keys = slices.DeleteFunc(keys, isScrolling)
	}
	if f.text.overlay == sequence && f.covers.shown() == nil {
		keys = slices.DeleteFunc(keys, func(b key.Binding) bool { return b.Help().Key == "enter" })
	}
	return append(lines, keyLine{f.style, keys}.Render(f.size.width)), at
}

// margin is the column at which the question or the selected line begins.
func (f frame) margin() int {
	if f.size.width >= railFrom && !f.text.overlay.covers() {
		return railWidth + 1
	}
	return 1
}

func tooSmall(width, height int) string {
	return fmt.Sprintf("This window is %d×%d.\nPlease make it at least %d×%d,\nor start with --plain.", width, height, minWidth, minHeight)
}
