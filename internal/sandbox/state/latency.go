package state

import (
	"context"
	"time"
)

// LatencyClass is how long things take: a class of waits, not a duration.
type LatencyClass string

const (
	// LatencyNone sleeps nowhere. Transitions still pass: the second look at a
	// resource, or the first after a second, finds them over.
	LatencyNone LatencyClass = "none"
	// LatencyLifelike is about as quick as AWS on a good day.
	LatencyLifelike LatencyClass = "lifelike"
	// LatencySlow is AWS on a bad day.
	LatencySlow LatencyClass = "slow"
)

// Latency is what a LatencyClass means.
type Latency struct {
	Call                              time.Duration
	Gateway, Target, Provider, Domain time.Duration
	looks                             int // looks that end a transition whatever the clock says; 0 = only the clock does
}

// Latency returns the durations of a class; those of LatencyNone for one that it does not know.
func (l LatencyClass) Latency() Latency {
	switch l {
	case LatencyLifelike:
		return Latency{Call: 80 * time.Millisecond, Gateway: 6 * time.Second, Target: 3 * time.Second, Provider: time.Second, Domain: time.Second}
	case LatencySlow:
		return Latency{Call: 300 * time.Millisecond, Gateway: time.Minute, Target: 20 * time.Second, Provider: 3 * time.Second, Domain: 3 * time.Second}
	default:
		return Latency{Gateway: time.Second, Target: time.Second, Provider: time.Second, Domain: time.Second, looks: 1}
	}
}

// Wait waits for as long as a call takes. It fails if ctx ends first.
func (l Latency) Wait(ctx context.Context) error {
	if l.Call == 0 {
		return nil
	}
	timer := time.NewTimer(l.Call)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
