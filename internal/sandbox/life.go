package sandbox

import "time"

// Latency is how long things take: a class of waits, not a duration.
type Latency string

const (
	// LatencyNone sleeps nowhere. States still pass: the second look at a
	// resource, or the first after a second, finds them over.
	LatencyNone Latency = "none"
	// LatencyLifelike is about as quick as AWS on a good day.
	LatencyLifelike Latency = "lifelike"
	// LatencySlow is AWS on a bad day.
	LatencySlow Latency = "slow"
)

// pace is what a Latency means.
type pace struct {
	call                              time.Duration
	gateway, target, provider, domain time.Duration
	looks                             int // looks that end a state whatever the clock says; 0 = only the clock does
}

func (l Latency) pace() pace {
	switch l {
	case LatencyLifelike:
		return pace{call: 80 * time.Millisecond, gateway: 6 * time.Second, target: 3 * time.Second, provider: time.Second, domain: time.Second}
	case LatencySlow:
		return pace{call: 300 * time.Millisecond, gateway: time.Minute, target: 20 * time.Second, provider: 3 * time.Second, domain: 3 * time.Second}
	default:
		return pace{gateway: time.Second, target: time.Second, provider: time.Second, domain: time.Second, looks: 1}
	}
}

// A life is the state of a resource that takes its time. What passes is kept as
// a moment and not as a timer, so it passes as well while nobody is serving.
type life struct {
	Phase string    `json:"phase,omitempty"` // CREATING, UPDATING, DELETING; "" once settled
	Until time.Time `json:"until,omitzero"`
	Looks int       `json:"looks,omitempty"` // looks that are left before it passes; 0 = only the clock counts
	Seen  int       `json:"seen,omitempty"`
}

const (
	creating = "CREATING"
	updating = "UPDATING"
	deleting = "DELETING"
)

func begin(phase string, now time.Time, lasts time.Duration, looks int) life {
	return life{Phase: phase, Until: now.Add(lasts), Looks: looks}
}

func (l *life) over(now time.Time) bool {
	return l.Phase == "" || !now.Before(l.Until) || (l.Looks > 0 && l.Seen >= l.Looks)
}

func (l *life) gone(now time.Time) bool { return l.Phase == deleting && l.over(now) }

// status names the state, settled is what it is called once it has passed.
func (l *life) status(now time.Time, settled string) string {
	if l.over(now) {
		return settled
	}
	return l.Phase
}

// usable says whether a resource does its work. Without latency it does so while
// it is still being made, so that a client that never asks for the state, as the
// tutorial's notebook does with its target, need not wait for it.
func (l *life) usable(now time.Time) bool {
	return l.Phase != deleting && (l.Phase == updating || l.Looks > 0 || l.over(now))
}

// look is status for a client that asks: the asking counts.
func (l *life) look(now time.Time, settled string) string {
	status := l.status(now, settled)
	if !l.over(now) {
		l.Seen++
	} else if l.Phase != deleting {
		*l = life{}
	}
	return status
}

// mayBeDeleted refuses to delete what is still being created or updated, in the
// code that the service models give for it.
func (l *life) mayBeDeleted(now time.Time, operation, what string) error {
	if status := l.look(now, ""); status == creating || status == updating {
		return refuse("ConflictException", "Cannot perform operation %s when %s is in %s status", operation, what, status)
	}
	return nil
}
