package screen

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/viewport"
	"charm.land/lipgloss/v2"
)

// overlay is what lies over the page, or asks in place of the box.
type overlay int

const (
	none overlay = iota
	helping
	listing // the log of calls
	reading // the page's lesson
	showing // what was asked to be shown as it is: code, an exchange
	leaving // what should become of running work?
	again   // re-run of a page: what becomes stale?
)

// covers says that the overlay takes the page's place.
func (o overlay) covers() bool {
	return o == helping || o == listing || o == reading || o == showing
}

// reader scrolls the page, and the texts that can lie over it.
type reader struct {
	viewport.Model
	overlay overlay
	below   int // where the page stood under a text that covers it
}

// lay puts a text over the page, read from its top.
func (r *reader) lay(o overlay) {
	if !r.overlay.covers() {
		r.below = r.YOffset()
	}
	r.overlay = o
	r.GotoTop()
}

// lift takes the text away: the page, whose text this is, is where it was.
func (r *reader) lift(page func(width int) string) {
	if r.overlay.covers() {
		r.SetContent(page(r.Width() - 1))
		r.SetYOffset(r.below)
	}
	r.overlay = none
}

// toTop turns to the beginning of the page, also under a text that covers it.
func (r *reader) toTop() {
	if r.overlay.covers() {
		r.below = 0
		return
	}
	r.GotoTop()
}

// Render draws a text in a room, and a rule with the position in it. tight lets
// what follows come right below a short text. down is the key that scrolls.
func (r *reader) Render(content string, width, height int, tight bool, down string, dim lipgloss.Style) string {
	r.SetWidth(width)
	r.SetContent(content)
	total := r.TotalLineCount()
	if tight {
		height = min(height, total+1)
	}
	r.SetHeight(height - 1)
	mark := ""
	if total > height-1 {
		first := r.YOffset() + 1
		mark = fmt.Sprintf(" lines %d-%d of %d ", first, min(first+height-2, total), total)
		if !r.AtBottom() {
			mark += "· more below: " + down + " "
		}
	}
	rule := "──" + mark
	rule += strings.Repeat("─", max(width-lipgloss.Width(rule), 0))
	return r.View() + "\n" + dim.Render(rule)
}

// scroll moves the text, if the key does that.
func (r *reader) scroll(key string) bool {
	switch key {
	case "down":
		r.ScrollDown(1)
	case "up":
		r.ScrollUp(1)
	case "pgdown", "space":
		r.PageDown()
	case "pgup":
		r.PageUp()
	case "home":
		r.GotoTop()
	case "end":
		r.GotoBottom()
	default:
		return false
	}
	return true
}
