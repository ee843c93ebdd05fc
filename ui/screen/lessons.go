package screen

import (
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// lessons are the steps' lessons as they were drawn. A lesson never changes, and is
// drawn again and again, so it is kept.
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
		drawn = strings.Trim(ui.RenderLesson(step.Lesson(), width), "\n")
		l[lessonKey{id, width}] = drawn
	}
	return drawn
}
