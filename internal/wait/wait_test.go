package wait_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"agentcore-3lo/internal/wait"
)

// looks polls for a state that is over after a time, and returns when it looked.
func looks(t *testing.T, b wait.Backoff, usual, lasts time.Duration) (at []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := b.Poll(t.Context(), "the gateway", wait.Span{Usual: usual, Limit: time.Hour}, func(string) {}, func(context.Context) (string, bool, error) {
			at = append(at, time.Since(began))
			return "CREATING", time.Since(began) >= lasts, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	return at
}

// TestPollsAreFrequentAroundTheUsualDuration: about twice a second there, at most a
// second apart in the first two minutes, and then less and less often.
func TestPollsAreFrequentAroundTheUsualDuration(t *testing.T) {
	at := looks(t, wait.Default, 10*time.Second, 10*time.Minute)
	for i, was := range at[:len(at)-1] {
		pause := at[i+1] - was
		switch {
		case was >= 5*time.Second && was <= 20*time.Second && (pause < 300*time.Millisecond || pause > 500*time.Millisecond),
			was < 2*time.Minute && pause > time.Second,
			was > 3*time.Minute && pause != wait.Default.Max:
			t.Errorf("after %s the next look is %s later", was, pause)
		}
	}
	if late := at[len(at)-1] - 10*time.Minute; late > wait.Default.Max {
		t.Errorf("the end is noticed %s late", late)
	}
	short := looks(t, wait.Backoff{First: 5 * time.Millisecond, Max: 100 * time.Millisecond}, 10*time.Second, 200*time.Millisecond)
	if late := short[len(short)-1] - 200*time.Millisecond; late > 10*time.Millisecond {
		t.Errorf("with short pauses the usual duration is short, too; the end is noticed %s late", late)
	}
}

// TestAThrottledPollGoesOnMoreSlowly, and ends if it is throttled again and again.
func TestAThrottledPollGoesOnMoreSlowly(t *testing.T) {
	throttled := &wait.ThrottledError{Err: errors.New("Rate exceeded")}
	for _, c := range []struct {
		throttled int // looks in a row
		fails     bool
	}{{1, false}, {4, false}, {5, true}} {
		var states []string
		var spent time.Duration
		synctest.Test(t, func(t *testing.T) {
			looks, began := 0, time.Now()
			err := wait.Default.Poll(t.Context(), "the gateway", wait.Span{Limit: time.Hour}, func(state string) { states = append(states, state) }, func(context.Context) (string, bool, error) {
				if looks++; looks <= c.throttled {
					return "", false, throttled
				}
				return "", true, nil
			})
			if spent = time.Since(began); errors.Is(err, throttled) != c.fails {
				t.Errorf("throttled %d times: %v", c.throttled, err)
			}
		})
		if least := time.Duration(c.throttled) * 2 * wait.Default.First; !c.fails && spent < least || !slices.Equal(states, []string{"throttled"}) {
			t.Errorf("throttled %d times, it waited %s and said %q", c.throttled, spent, states)
		}
	}
}
