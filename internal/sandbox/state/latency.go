package state

import (
	"context"
	"time"
)

// LatencyClass selects how long operations and transitions take.
type LatencyClass string

const (
	// LatencyNone does not sleep. A transition ends at the second poll, or at the
	// first one after a second.
	LatencyNone LatencyClass = "none"
	// LatencyLifelike is about as fast as AWS.
	LatencyLifelike LatencyClass = "lifelike"
	// LatencySlow is as slow as AWS at its worst.
	LatencySlow LatencyClass = "slow"
)

// Latency holds the durations of a LatencyClass.
type Latency struct {
	Call                              time.Duration
	Gateway, Target, Provider, Domain time.Duration
	polls                             int // polls after which a transition ends early; 0 = only time ends it
}

// Latency returns the durations of a class. An unknown class is LatencyNone.
func (l LatencyClass) Latency() Latency {
	switch l {
	case LatencyLifelike:
		return Latency{Call: 80 * time.Millisecond, Gateway: 6 * time.Second, Target: 3 * time.Second, Provider: time.Second, Domain: time.Second}
	case LatencySlow:
		return Latency{Call: 300 * time.Millisecond, Gateway: time.Minute, Target: 20 * time.Second, Provider: 3 * time.Second, Domain: 3 * time.Second}
	default:
		return Latency{Gateway: time.Second, Target: time.Second, Provider: time.Second, Domain: time.Second, polls: 1}
	}
}

// Wait waits for the duration of a call. It fails if ctx ends first.
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
