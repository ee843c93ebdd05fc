package steps

import (
	"slices"
	"strings"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// RunState is how far a run has come, as far as its record knows. `runs`,
// `status`, the start page and the walkthrough all take it from here.
type RunState string

const (
	RunNotAgreed  RunState = "not agreed"         // nothing is created before the person agrees to the plan
	RunUnfinished RunState = "unfinished"         // agreed to, and a step is still to be done
	RunComplete   RunState = "complete"           // every step is done
	RunCleaningUp RunState = "cleanup unfinished" // something was deleted, and not everything is verified to be gone
	RunCleanedUp  RunState = "cleaned up"
	RunDamaged    RunState = "damaged" // its record cannot be used
)

// StateOf returns the state of a run.
func StateOf(r *run.Record) RunState {
	switch {
	case !r.Cleaned.IsZero():
		return RunCleanedUp
	case !r.Cleaning.IsZero():
		return RunCleaningUp
	case !r.Begun():
		return RunNotAgreed
	case len(doneSteps(r)) < len(Tutorial()):
		return RunUnfinished
	}
	return RunComplete
}

// Next writes the command that goes on with the run.
func (k *Kit) Next() string {
	r := k.Record()
	switch StateOf(&r) {
	case RunCleanedUp:
		return k.Another()
	case RunCleaningUp:
		return k.Command("cleanup")
	case RunComplete:
		return k.Command("run", "invoke") + "\nOr: " + k.Command("cleanup")
	}
	return k.Command("walk")
}

// staleSteps lists the steps that were done and no longer hold, with the reason:
// what they rest on has changed, or what they created is gone.
func staleSteps(r *run.Record) map[engine.ID]string {
	stale := map[engine.ID]string{}
	for _, s := range Tutorial() {
		m, done := r.Steps[string(s.ID)]
		if !done {
			continue
		}
		if s.Basis != nil && m.Basis != s.Basis(r).String() {
			stale[s.ID] = s.Basis(r).since(m.Basis)
		}
		for _, x := range r.Resources {
			if !x.Gone.IsZero() && s.makes(x.Kind) {
				stale[s.ID] = "its " + strings.ReplaceAll(x.Kind, "_", " ") + " is gone"
			}
		}
	}
	return stale
}

func (s Step) makes(kind string) bool {
	return s.Makes != nil && slices.ContainsFunc(s.Makes(Names{}), func(x Resource) bool { return x.Kind == kind })
}

// doneSteps lists the steps that are done and not stale, in order.
func doneSteps(r *run.Record) []engine.ID {
	stale := staleSteps(r)
	var done []engine.ID
	for _, s := range Tutorial() {
		_, was := r.Steps[string(s.ID)]
		if _, is := stale[s.ID]; was && !is {
			done = append(done, s.ID)
		}
	}
	return done
}

// StaleSteps lists the steps that were done and no longer hold, with the reason.
func (k *Kit) StaleSteps() map[engine.ID]string {
	var stale map[engine.ID]string
	k.read(func(r *run.Record) { stale = staleSteps(r) })
	return stale
}

// DoneSteps lists the steps that are done and not stale.
func (k *Kit) DoneSteps() []engine.ID {
	var done []engine.ID
	k.read(func(r *run.Record) { done = doneSteps(r) })
	return done
}
