// Package wait polls and retries with one setting for all pauses.
package wait

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Backoff is the one setting for every wait: polls with their limits, and
// retries, the SDK's own among them.
type Backoff struct {
	First, Max time.Duration // the first pause between two looks, and the longest
}

// Span is how long a wait usually takes and at most takes.
type Span struct {
	Usual time.Duration // 0 = not known
	Limit time.Duration
}

// Default polls quickly at first and at most every five seconds later.
var Default = Backoff{First: 250 * time.Millisecond, Max: 5 * time.Second}

// TimeoutError says that a wait has reached its limit.
type TimeoutError struct {
	What  string // that was waited for
	Limit time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("%s took longer than %s", e.What, e.Limit) }

// Look reads a state once. It returns the state in words, and whether the wait
// is over.
type Look func(context.Context) (state string, done bool, err error)

// ThrottledError is a look that the service has put off. The wait goes on, at half
// the pace.
type ThrottledError struct{ Err error }

func (e *ThrottledError) Error() string { return e.Err.Error() }
func (e *ThrottledError) Unwrap() error { return e.Err }

// mostThrottled is how many looks in a row may be throttled.
const mostThrottled = 4

// Poll looks again and again until done, for at most the limit: at the pace of
// Every, and slower where the service throttles. It tells each new state. what
// begins the error of a wait that took too long.
func (b Backoff) Poll(ctx context.Context, what string, span Span, tell func(state string), look Look) error {
	limit := b.Scaled(span.Limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &TimeoutError{What: what, Limit: limit})
	defer cancel()
	last, began, every, slower, throttled := "", time.Now(), time.Duration(0), time.Duration(1), 0
	for {
		looked := time.Now()
		state, done, err := look(ctx)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		var slow *ThrottledError
		if errors.As(err, &slow) && throttled < mostThrottled {
			throttled++
			slower *= 2
			state, err = "throttled", nil
		} else {
			throttled = 0
		}
		if err != nil || done {
			return err
		}
		if state != last {
			tell(state)
			last = state
		}
		every = b.Every(span.Usual, time.Since(began), every)
		if err := Sleep(ctx, max(slower*every-time.Since(looked), b.First/2)); err != nil {
			return fmt.Errorf("%w; it was last seen %s", err, state)
		}
	}
}

// frequent is how long a wait goes on before its looks are more than a second apart.
const frequent = 2 * time.Minute

// Every is the time from one look to the next, where it was last before. It grows to
// a second; around the usual duration, from half of it to twice that, there are about
// two looks a second. After two minutes it grows on. All that is so much shorter as
// First is than by default.
func (b Backoff) Every(usual, elapsed, last time.Duration) time.Duration {
	grown, usual := max(b.First, last*5/4), b.Scaled(usual)
	switch {
	case elapsed > b.Scaled(frequent):
		return min(grown, b.Max)
	case 2*elapsed >= usual && elapsed <= 2*usual && usual > 0:
		return min(b.First*8/5, b.Max)
	}
	return min(grown, 4*b.First, b.Max)
}

// Retry tries again while passing says in words that the error will pass; ""
// means that it will not. When the limit is reached, the last answer is the
// error: that the clock cut off one more try tells nobody anything.
func (b Backoff) Retry(ctx context.Context, what string, span Span, tell func(state string), passing func(error) string, try func(context.Context) error) error {
	var last error
	err := b.Poll(ctx, what, span, tell, func(ctx context.Context) (string, bool, error) {
		failed := try(ctx)
		if failed == nil || ctx.Err() == nil || last == nil {
			last = failed
		}
		if failed == nil {
			return "", true, nil
		}
		words := passing(failed)
		if words == "" {
			return "", true, last
		}
		return words, false, nil
	})
	if err != nil && last != nil && !errors.Is(err, context.Canceled) {
		return last
	}
	return err
}

// Scaled shortens a limit as much as the pauses are shorter than by default, so
// that a wait has about the same number of looks.
func (b Backoff) Scaled(limit time.Duration) time.Duration {
	if b.First >= Default.First {
		return limit
	}
	return time.Duration(float64(limit) * float64(b.First) / float64(Default.First))
}

// Sleep waits, or returns why it was cut short.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Clock tells the time of day. It goes on while the machine sleeps, which the
// monotonic clock that Go compares by does not.
type Clock func() time.Time

// Now is the time of day; a nil clock is the machine's.
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().Round(0)
	}
	return c().Round(0)
}

// Until returns a channel that is closed when the time of day has come. One
// timer would not do: it stands still while the machine sleeps.
func (c Clock) Until(ctx context.Context, at time.Time) <-chan struct{} {
	come := make(chan struct{})
	go func() {
		for left := at.Sub(c.Now()); left > 0; left = at.Sub(c.Now()) {
			if Sleep(ctx, min(left, time.Second)) != nil {
				return
			}
		}
		close(come)
	}()
	return come
}
