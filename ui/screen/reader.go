package screen

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/viewport"
)

// overlay is what lies over the page, or asks in place of the box.
type overlay int

const (
	none      overlay = iota
	helping           // all keys
	listing           // the log
	reading           // the step's lesson
	showing           // what was asked to be shown as it is: code, a configuration
	detailing         // names and details of the resources
	learning          // what was learned
	wireList          // all exchanges
	exchange          // one of them
	sequence          // the arrows between the parties
	symptomList
	leaving // what should become of running work?
	again   // re-run of a page: what becomes stale?
)

// covered is a text under another one, and where it was.
type covered struct {
	overlay overlay
	offset  int
}

// covers says that the overlay takes the place of everything but the key line.
func (o overlay) covers() bool { return o >= helping && o <= sequence }

// reader scrolls the page, and the texts that can lie over it.
type reader struct {
	viewport.Model
	overlay overlay
	under   []covered // those that it covers, in order
	restore *int      // where a text was before another covered it; nil once it is drawn again
	below   int       // where the page was under a text that covers it
}

// lay puts a text over the page, read from its top. Esc returns to what it covers.
func (r *reader) lay(o overlay) {
	if !r.overlay.covers() {
		r.below, r.under = r.YOffset(), nil
	} else if r.overlay != o {
		r.under = append(r.under, covered{r.overlay, r.YOffset()})
	}
	r.overlay, r.restore = o, nil
	r.GotoTop()
}

// lift takes the text away: the page, whose text this is, is where it was.
func (r *reader) lift(page []string) {
	if n := len(r.under); n > 0 {
		last := r.under[n-1]
		r.overlay, r.under, r.restore = last.overlay, r.under[:n-1], &last.offset
		return
	}
	if r.overlay.covers() {
		r.SetContentLines(page)
		r.SetYOffset(r.below)
	}
	r.overlay, r.restore = none, nil
}

// toTop turns to the beginning of the page, also under a text that covers it.
func (r *reader) toTop() {
	if r.overlay.covers() {
		r.below = 0
		return
	}
	r.GotoTop()
}

// fit draws lines in a room. Where they do not fit, the last line says how to go on.
func (r *reader) fit(lines []string, width, height int, dim paint, down string) []string {
	r.SetWidth(width)
	r.SetContentLines(lines)
	if len(lines) <= height {
		r.SetHeight(height)
		r.GotoTop()
		return lines
	}
	r.SetHeight(max(height-1, 1))
	more := r.where() + ", more: " + down
	return append(r.inSight(lines), dim.Render(clip(more, width)))
}

// inSight are those of its lines that are in sight.
func (r *reader) inSight(lines []string) []string {
	first := min(r.YOffset(), len(lines))
	return slices.Clone(lines[first:min(first+r.Height(), len(lines))])
}

// where is the position in a text that does not fit; "" = it fits.
func (r *reader) where() string {
	total := r.TotalLineCount()
	if total <= r.Height() {
		return ""
	}
	first := r.YOffset() + 1
	return fmt.Sprintf("lines %d-%d of %d", first, min(first+r.Height()-1, total), total)
}

// show scrolls so that a line is in sight.
func (r *reader) show(line int) {
	switch {
	case line < r.YOffset():
		r.SetYOffset(line)
	case line >= r.YOffset()+r.Height():
		r.SetYOffset(line - r.Height() + 1)
	}
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

// reposition returns to where a text was, once it has its lines again.
func (r *reader) reposition() {
	if r.restore != nil {
		r.SetYOffset(*r.restore)
		r.restore = nil
	}
}
