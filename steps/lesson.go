package steps

import (
	"embed"
	"sync"

	"agentcore-3lo/internal/lesson"
	"agentcore-3lo/steps/engine"
)

//go:embed lessons/*.md
var lessonFiles embed.FS

// lessons are all that the steps teach. A file that cannot be read is a fault of
// the build, and a test reads them all.
var lessons = sync.OnceValue(func() map[engine.ID]lesson.Lesson {
	all := map[engine.ID]lesson.Lesson{}
	for _, s := range append(Tutorial(), cleanupStep()) {
		if source, err := lessonFiles.ReadFile("lessons/" + string(s.ID) + ".md"); err == nil {
			all[s.ID], _ = lesson.Parse(source)
		}
	}
	return all
})

// Lesson is what the step's page teaches.
func (s Step) Lesson() lesson.Lesson { return lessons()[s.ID] }
