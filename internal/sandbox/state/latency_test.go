package state

import (
	"context"
	"slices"
	"testing"
	"time"
)

func durations(l Latency, operation string, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = l.next(operation)
	}
	return all
}

func TestCallsOfAnExactClassTakeEquallyLong(t *testing.T) {
	for class, want := range map[LatencyClass]time.Duration{LatencyNone: 0, "": 0, LatencySlow: 300 * time.Millisecond} {
		for _, got := range append(durations(class.Latency(1), "CreateGateway", 20), durations(class.Latency(2), "tools/call", 20)...) {
			if got != want {
				t.Errorf("%q: %v, want %v", class, got, want)
			}
		}
	}
}

func TestCallsOfAVaryingClassSpreadAroundTheirMedian(t *testing.T) {
	const calls = 2000
	widest := map[LatencyClass]time.Duration{}
	for _, class := range []LatencyClass{LatencyLifelike, LatencyJittered} {
		for operation, median := range map[string]time.Duration{
			"GetGateway": 80 * time.Millisecond, "token": 80 * time.Millisecond, "CreateGateway": 120 * time.Millisecond, "tools/call": 160 * time.Millisecond,
		} {
			all := durations(class.Latency(7), operation, calls)
			slices.Sort(all)
			if got := all[calls/2]; got < median*19/20 || got > median*21/20 {
				t.Errorf("%s %s: the median is %v, want about %v", class, operation, got, median)
			}
			if all[0] < median/2 {
				t.Errorf("%s %s: %v is below the floor, %v", class, operation, all[0], median/2)
			}
			if same := calls - len(slices.Compact(slices.Clone(all))); same > calls/100 {
				t.Errorf("%s %s: %d of %d calls repeat a duration", class, operation, same, calls)
			}
			widest[class] = max(widest[class], all[calls-1]/median)
		}
	}
	if widest[LatencyLifelike] > 3 || widest[LatencyJittered] < 5 {
		t.Errorf("the longest calls, in medians: %v", widest)
	}
}

func TestASeedFixesTheDurations(t *testing.T) {
	one, two, other := LatencyLifelike.Latency(1), LatencyLifelike.Latency(1), LatencyLifelike.Latency(2)
	first := durations(one, "GetRole", 5)
	durations(two, "ListGateways", 3) // other operations do not matter
	if got := durations(two, "GetRole", 5); !slices.Equal(got, first) {
		t.Errorf("%v, then %v", first, got)
	}
	if got := durations(other, "GetRole", 5); slices.Equal(got, first) {
		t.Errorf("another seed gives %v, too", got)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if LatencySlow.Latency(0).Wait(ctx, "GetRole") == nil {
		t.Error("no error")
	}
}
