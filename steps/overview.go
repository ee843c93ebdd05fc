package steps

import "context"

func overviewStep() Step {
	return Step{ID: Overview, Title: "What you will build", Foreground: true, Lesson: overviewLesson,
		Does: "explains the two grants and who talks to whom; calls nothing",
		Run:  func(context.Context, *Task) error { return nil },
	}
}
