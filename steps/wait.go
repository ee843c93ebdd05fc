package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/wait"
)

// poll looks again and again until done, with growing pauses. It tells each
// new state. look returns the state in words.
func (t *Task) poll(ctx context.Context, what string, limit time.Duration, look func(context.Context) (state string, done bool, err error)) error {
	limit = t.Settings.Backoff.scaled(limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &wait.TimeoutError{What: what, Limit: limit})
	defer cancel()
	last := ""
	for pause := t.Settings.Backoff.First; ; pause = min(pause*5/4, t.Settings.Backoff.Max) {
		state, done, err := look(ctx)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil || done {
			return err
		}
		if state != last {
			t.Tell(Progress{what + ": " + state})
			last = state
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%w; it was last seen %s", err, state)
		}
	}
}

// scaled shortens a limit as much as the pauses are shorter than by default, so
// that a wait has about the same number of looks.
func (b Backoff) scaled(limit time.Duration) time.Duration {
	if b.First >= DefaultBackoff.First {
		return limit
	}
	return time.Duration(float64(limit) * float64(b.First) / float64(DefaultBackoff.First))
}

// sleep waits, or returns why it was cut short.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wall is the time of day. It goes on while the machine sleeps, which the
// monotonic clock that Go compares by does not.
func (k *Kit) wall() time.Time { return k.Settings.Now().Round(0) }

// due is closed when the time of day has come. One timer would not do: it
// stands still while the machine sleeps.
func (k *Kit) due(ctx context.Context, at time.Time) <-chan struct{} {
	come := make(chan struct{})
	go func() {
		for left := at.Sub(k.wall()); left > 0; left = at.Sub(k.wall()) {
			if sleep(ctx, min(left, time.Second)) != nil {
				return
			}
		}
		close(come)
	}()
	return come
}

// retry tries again while the error says that patience helps. When the limit is
// reached, the last answer is the error: that the clock cut off one more try
// tells nobody anything.
func (t *Task) retry(ctx context.Context, what string, limit time.Duration, patient func(error) bool, try func(context.Context) error) error {
	var last error
	err := t.poll(ctx, what, limit, func(ctx context.Context) (string, bool, error) {
		failed := try(ctx)
		if failed == nil || ctx.Err() == nil || last == nil {
			last = failed
		}
		if failed == nil || !patient(failed) {
			return "", true, last
		}
		return "not yet (" + brief(failed) + ")", false, nil
	})
	if err != nil && last != nil && !errors.Is(err, context.Canceled) {
		return last
	}
	return err
}

// changingLimit is how long something that was READY once may go on changing.
const changingLimit = 5 * time.Minute

// whenSettled repeats a change that is refused because a gateway or target is
// still being created or updated. That can follow one READY (Terraform's
// provider waits for two in a row).
func (t *Task) whenSettled(ctx context.Context, what string, change func(context.Context) error) error {
	return t.retry(ctx, what, changingLimit, advice.StillChanging, change)
}
