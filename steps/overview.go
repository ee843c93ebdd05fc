package steps

import "context"

func overviewStep() Step {
	return Step{ID: Overview, Title: "Overview", Foreground: true,
		Does: "explains the grants and how the parts connect; calls nothing",
		Run:  func(ctx context.Context, t *Task) error { return t.moment(ctx) },
	}
}
