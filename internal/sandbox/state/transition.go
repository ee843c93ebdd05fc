package state

import "time"

// The phases of a transition, and the status of a resource that is not changing.
const (
	Creating = "CREATING"
	Updating = "UPDATING"
	Deleting = "DELETING"
	Ready    = "READY"
)

// Transition is the state of a resource while it is created, updated or deleted. It
// stores its end as a time, so it also ends while no process serves the sandbox.
type Transition struct {
	Phase string    `json:"phase,omitempty"` // Creating, Updating or Deleting; "" when stable
	Until time.Time `json:"until,omitzero"`
	Polls int       `json:"looks,omitempty"` // polls after which it ends early; 0 = only time ends it
	Seen  int       `json:"seen,omitempty"`
}

// Begin starts a transition.
func (l Latency) Begin(phase string, now time.Time, lasts time.Duration) Transition {
	return Transition{Phase: phase, Until: now.Add(lasts), Polls: l.polls}
}

func (t *Transition) over(now time.Time) bool {
	return t.Phase == "" || !now.Before(t.Until) || (t.Polls > 0 && t.Seen >= t.Polls)
}

// Gone reports whether the deletion has ended.
func (t *Transition) Gone(now time.Time) bool { return t.Phase == Deleting && t.over(now) }

// Status returns the phase, or stable if it has ended.
func (t *Transition) Status(now time.Time, stable string) string {
	if t.over(now) {
		return stable
	}
	return t.Phase
}

// Usable reports whether the resource works. Without latency, it works while it is
// still being created, for clients that never poll, such as the tutorial's notebook
// with its target.
func (t *Transition) Usable(now time.Time) bool {
	return t.Phase != Deleting && (t.Phase == Updating || t.Polls > 0 || t.over(now))
}

// Poll returns the status for a client that asks. Without latency, polling ends the
// transition.
func (t *Transition) Poll(now time.Time, stable string) string {
	status := t.Status(now, stable)
	if !t.over(now) {
		t.Seen++
	} else if t.Phase != Deleting {
		*t = Transition{}
	}
	return status
}
