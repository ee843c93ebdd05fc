package screen

import (
	"fmt"
	"strings"
	"time"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// box is what matters now, below the page: the link, the question, the state of
// a wait.
type box struct {
	style styles
	mask  mask
	position
	page   *page
	field  *field
	word   func(engine.Status) string
	now    time.Time
	acting bool
	flash  string // the last thing a key did
	rail   bool   // the rail says little about other steps, so the box does
	tall   bool
}

// Render draws the box; it is a blank line where nothing matters.
func (x box) Render(width int) string {
	st, p, q := x.status(), x.page, x.asking()
	var lines []string
	if p.link != nil && (st.State == engine.Running || st.State == engine.Done && p.link.Lasts() || q != nil && (q.Waits || !x.acting)) {
		lines = append(lines, linkLines(x.style, *p.link, x.now, width)...)
	}
	if q != nil && x.looking != steps.Cleanup { // whose page begins with it
		for _, n := range last(p.news, x.newest()) { // what the last answer brought
			lines = append(lines, x.paragraph(n, width))
		}
	}
	switch {
	case q != nil:
		if p.link != nil && p.wait != "" && q.Waits {
			lines = append(lines, " "+glyphs[engine.Running]+" "+p.wait)
		}
		lines = append(lines, questionBox{x.style, q, x.field}.lines(width)...)
	case st.State == engine.Running:
		for _, line := range last(p.lines, x.latest()) { // as it happens, wherever the page is scrolled to
			lines = append(lines, x.style.dim.Render(clip(" "+x.mask.hide(strings.ReplaceAll(line, "\n", " ")), width)))
		}
		lines = append(lines, clip(fmt.Sprintf(" %s %s", glyphs[st.State], x.word(st)), width))
	case len(p.notes) > 0 && st.State == engine.Done && x.looking != steps.Cleanup:
		lines = append(lines, x.paragraph(p.notes[len(p.notes)-1], width))
	}
	lines = append(lines, x.elsewhere(q, width)...)
	if x.flash != "" {
		lines = append(lines, paragraph(text.CleanLine(x.flash), width))
	}
	if len(lines) == 0 {
		return " "
	}
	return strings.Join(lines, "\n")
}

// elsewhere is about other steps: one that works meanwhile, one that fixes what
// is wrong here, one that failed.
func (x box) elsewhere(q *engine.Question, width int) []string {
	var lines []string
	if gateway := x.m.Of(steps.Gateway); q != nil && x.looking == steps.App && gateway.State == engine.Running && x.tall {
		lines = append(lines, paragraph(fmt.Sprintf("%s Meanwhile AWS builds your gateway (%s); nothing to do there.", glyph(gateway), x.word(gateway)), width))
	}
	if to := mender(x.status(), x.page); to != "" {
		step, _ := steps.Find(to)
		lines = append(lines, flow([]string{fmt.Sprintf("%s go to step %d, %s, to fix it", x.style.key.Render("g"), steps.Number(to), step.Title)}, width)...)
	}
	if failed := x.failedElsewhere(); failed.ID != "" && x.rail { // a strip says it
		lines = append(lines, " "+glyph(failed)+" "+needsYou(failed, x.word(failed)))
	}
	return lines
}

// paragraph is foreign text, masked and folded.
func (x box) paragraph(s string, width int) string {
	return strings.TrimRight(x.mask.lay(paragraph(s, width), width), "\n")
}

// newest is how many of the last notes are in the box: on a low screen none
// takes the place of the link or of a word about the last key.
func (x box) newest() int {
	switch {
	case x.tall:
		return 3
	case x.flash != "":
		return 0
	}
	return 1
}

// latest is how many of the last things that happened are in the box.
func (x box) latest() int {
	if x.tall {
		return 3
	}
	return 1
}

// mender is the step at which what is wrong with a step can be fixed; "" = none.
func mender(st engine.Status, p *page) engine.ID {
	if st.State == engine.Failed {
		return st.Failure.Fix
	}
	return p.mender
}
