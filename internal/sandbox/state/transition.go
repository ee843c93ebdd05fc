package state

import "time"

// The phases of a transition, and the status of a resource in none.
const (
	Creating = "CREATING"
	Updating = "UPDATING"
	Deleting = "DELETING"
	Ready    = "READY"
)

// Transition is the state of a resource whose creation, update or deletion takes
// time. Its end is kept as a moment and not as a timer, so it also passes while
// no process serves the sandbox.
type Transition struct {
	Phase string    `json:"phase,omitempty"` // Creating, Updating, Deleting; "" once settled
	Until time.Time `json:"until,omitzero"`
	Looks int       `json:"looks,omitempty"` // looks that end it early; 0 = only the clock counts
	Seen  int       `json:"seen,omitempty"`
}

// Begin starts a transition.
func (l Latency) Begin(phase string, now time.Time, lasts time.Duration) Transition {
	return Transition{Phase: phase, Until: now.Add(lasts), Looks: l.looks}
}

func (t *Transition) over(now time.Time) bool {
	return t.Phase == "" || !now.Before(t.Until) || (t.Looks > 0 && t.Seen >= t.Looks)
}

// Gone reports whether the resource's deletion has ended.
func (t *Transition) Gone(now time.Time) bool { return t.Phase == Deleting && t.over(now) }

// Status names the phase, or settled once it has passed.
func (t *Transition) Status(now time.Time, settled string) string {
	if t.over(now) {
		return settled
	}
	return t.Phase
}

// Usable reports whether the resource does its work. Without latency it does
// while it is still being created, so that a client that never asks for the
// state, as the tutorial's notebook does with its target, need not wait for it.
func (t *Transition) Usable(now time.Time) bool {
	return t.Phase != Deleting && (t.Phase == Updating || t.Looks > 0 || t.over(now))
}

// Look is Status for a client that asks: the asking counts.
func (t *Transition) Look(now time.Time, settled string) string {
	status := t.Status(now, settled)
	if !t.over(now) {
		t.Seen++
	} else if t.Phase != Deleting {
		*t = Transition{}
	}
	return status
}
