package steps

import "context"

func overviewStep() Step {
	return Step{ID: Overview, Title: "What you will build", Foreground: true,
		Does: "explains the two grants and who talks to whom; calls nothing",
		Run:  func(ctx context.Context, t *Task) error { return t.moment(ctx) },
	}
}
