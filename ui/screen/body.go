package screen

import (
	"fmt"
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// body is the text of a step's page: the title, what the box had no room for,
// then result or failure, the lesson, and what happened.
type body struct {
	style  styles
	mask   mask
	status engine.Status
	page   *page
	lesson func(width int) string
	above  string // of the box, what had no room
	acting bool   // the page is about an act whose clock runs, so its lesson is left out
}

// Render draws the text.
func (d body) Render(width int) string {
	var b strings.Builder
	b.WriteString(d.style.title.Render(d.title()) + "\n" + d.above)
	p, st := d.page, d.status
	if st.State == engine.Failed {
		style := d.style.bad
		if declined(st) {
			style = d.style.title
		}
		b.WriteString(style.Render(d.mask.lay(ui.RenderFailure(*st.Failure, width), width)) + "\n")
	}
	if st.State == engine.Stale {
		b.WriteString("\n" + ui.Wrap("Stale: "+st.Reason+". Enter renews it.", width, "  "))
	}
	if p.plan != nil {
		b.WriteString(d.mask.lay(ui.RenderPlan(*p.plan, width), width))
	}
	if p.result != nil && st.State != engine.Stale {
		b.WriteString(d.mask.lay(ui.RenderResult(d.mask.result(*p.result), width), width))
	}
	if st.ID == steps.Cleanup && len(p.notes) > 0 { // what will be deleted, and what was, before the lesson
		b.WriteString("\n" + d.mask.lay(ui.Note(strings.Join(p.notes, "\n"), width), width))
	}
	if d.acting {
		b.WriteString("\n")
	} else {
		b.WriteString(d.mask.lay(d.lesson(width), width))
	}
	if len(p.lines) > 0 {
		b.WriteString(d.style.title.Render("What happened") + "\n\n")
		for _, line := range p.lines {
			b.WriteString(d.mask.lay(ui.Wrap(line, width, "  "), width))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func (d body) title() string {
	step, _ := steps.Find(d.status.ID)
	title := step.Title
	if n := steps.Number(step.ID); n > 0 {
		title = fmt.Sprintf("%d  %s", n, step.Title)
	}
	if d.acting {
		title += ": open the link"
	}
	return title
}

// lessons are the steps' lessons as they were drawn. A lesson never changes, and
// is drawn again and again, so it is kept.
type lessons map[lessonKey]string

type lessonKey struct {
	step  engine.ID
	width int
}

// render draws a step's lesson.
func (l lessons) render(id engine.ID, width int) string {
	drawn, kept := l[lessonKey{id, width}]
	if !kept {
		step, _ := steps.Find(id)
		drawn = ui.RenderLesson(step.Lesson(), width)
		l[lessonKey{id, width}] = drawn
	}
	return drawn
}
