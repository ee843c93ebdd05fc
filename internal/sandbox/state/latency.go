package state

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// LatencyClass selects how long operations and transitions take.
type LatencyClass string

const (
	// LatencyNone does not sleep. A transition ends at the second poll, or at the
	// first one after a second.
	LatencyNone LatencyClass = "none"
	// LatencyLifelike is about as fast as AWS, and varies from call to call.
	LatencyLifelike LatencyClass = "lifelike"
	// LatencySlow is as slow as AWS at its worst. Every call takes equally long.
	LatencySlow LatencyClass = "slow"
	// LatencyJittered is LatencyLifelike over a bad network: some calls take many
	// times as long as others.
	LatencyJittered LatencyClass = "jittered"
)

// LatencyClasses lists all classes.
func LatencyClasses() []LatencyClass {
	return []LatencyClass{LatencyNone, LatencyLifelike, LatencySlow, LatencyJittered}
}

// Latency holds the durations of a LatencyClass.
type Latency struct {
	Call                              time.Duration // of a call that reads
	Gateway, Target, Provider, Domain time.Duration
	polls                             int     // polls after which a transition ends early; 0 = only time ends it
	calls                             *spread // nil = every call takes Call
}

// Latency returns the durations of a class. The n-th call of an operation takes
// the same time for the same seed. An unknown class is LatencyNone.
func (l LatencyClass) Latency(seed uint64) Latency {
	lifelike := Latency{Call: 80 * time.Millisecond, Gateway: 6 * time.Second, Target: 3 * time.Second, Provider: time.Second, Domain: time.Second}
	switch l {
	case LatencyLifelike:
		lifelike.calls = newSpread(seed, 0.5)
		return lifelike
	case LatencyJittered:
		lifelike.calls = newSpread(seed, 1.2)
		return lifelike
	case LatencySlow:
		return Latency{Call: 300 * time.Millisecond, Gateway: time.Minute, Target: 20 * time.Second, Provider: 3 * time.Second, Domain: 3 * time.Second}
	default:
		return Latency{Gateway: time.Second, Target: time.Second, Provider: time.Second, Domain: time.Second, polls: 1}
	}
}

// Wait waits for the duration of a call of an operation, such as "GetGateway" or
// "tools/call". It fails if ctx ends first.
func (l Latency) Wait(ctx context.Context, operation string) error {
	lasts := l.next(operation)
	if lasts == 0 {
		return nil
	}
	timer := time.NewTimer(lasts)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next returns how long the next call of an operation takes. Half of the median is
// a floor, as the way to a service and back is; what comes on top is log-normal.
func (l Latency) next(operation string) time.Duration {
	if l.calls == nil {
		return l.Call
	}
	half := l.median(operation) / 2
	return half + time.Duration(float64(half)*l.calls.factor(operation))
}

// median returns the usual duration of a call: a call that changes something takes
// longer than one that reads, and a tool call, which calls an API, longer still.
func (l Latency) median(operation string) time.Duration {
	switch {
	case operation == "tools/call":
		return 2 * l.Call
	case strings.HasPrefix(operation, "Create"), strings.HasPrefix(operation, "Update"), strings.HasPrefix(operation, "Delete"), strings.HasPrefix(operation, "Put"):
		return l.Call * 3 / 2
	}
	return l.Call
}

// spread draws log-normal factors with the median 1.
type spread struct {
	seed  uint64
	sigma float64

	mu      sync.Mutex
	sources map[string]*rand.Rand // one for each operation, so that the order of operations does not matter
}

func newSpread(seed uint64, sigma float64) *spread {
	return &spread{seed: seed, sigma: sigma, sources: map[string]*rand.Rand{}}
}

// factor returns at most the factor of three standard deviations.
func (s *spread) factor(operation string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := s.sources[operation]
	if source == nil {
		name := fnv.New64a()
		name.Write([]byte(operation))
		source = rand.New(rand.NewPCG(s.seed, name.Sum64()))
		s.sources[operation] = source
	}
	return math.Exp(s.sigma * max(-3, min(3, source.NormFloat64())))
}
