package steps

import (
	"slices"

	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// RunState is how far a run has come, as far as its record knows. `runs`,
// `status`, the start page and the walkthrough all take it from here.
type RunState string

// The states of a run.
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
	case len(DoneSteps(r)) < len(Tutorial()):
		return RunUnfinished
	}
	return RunComplete
}

// NextCommand writes the command that goes on with the run.
func NextCommand(c commandline.Writer) string {
	r := c.Run.Record()
	switch StateOf(&r) {
	case RunCleanedUp:
		return c.Another()
	case RunCleaningUp:
		return c.Line("cleanup")
	case RunComplete:
		return c.Line("run", "invoke") + "\nOr: " + c.Line("cleanup")
	}
	return c.Line("walk")
}

// StaleSteps lists the steps that were done and no longer hold, with the reason:
// an input has changed, or a resource that they created is gone.
func StaleSteps(r *run.Record) map[engine.ID]string {
	stale := map[engine.ID]string{}
	for _, s := range Tutorial() {
		m, done := r.Steps[string(s.ID)]
		if !done {
			continue
		}
		if s.Inputs != nil {
			if changed := s.Inputs(r).since(m.Inputs); changed != "" {
				stale[s.ID] = changed
			}
		}
		for _, x := range r.Resources {
			if !x.Gone.IsZero() && slices.Contains(s.Creates, x.Kind) {
				stale[s.ID] = "its " + provision.Title(x.Kind) + " is gone"
			}
		}
	}
	return stale
}

// DoneSteps lists the steps that are done and not stale, in order.
func DoneSteps(r *run.Record) []engine.ID {
	stale := StaleSteps(r)
	var done []engine.ID
	for _, s := range Tutorial() {
		_, was := r.Steps[string(s.ID)]
		if _, is := stale[s.ID]; was && !is {
			done = append(done, s.ID)
		}
	}
	return done
}

// wasDone says whether the step is done and its inputs have not changed.
func wasDone(r *run.Run, id engine.ID) bool {
	rec := r.Record()
	return slices.Contains(DoneSteps(&rec), id)
}
