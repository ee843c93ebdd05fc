// Package steps is the tutorial: one file per step, the state machine that
// orders them, and the runner that carries them out. It knows no terminal.
package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// The steps, in the order in which they are taught.
const (
	Overview      engine.ID = "overview"
	Prerequisites engine.ID = "prerequisites"
	Inbound       engine.ID = "inbound"
	Gateway       engine.ID = "gateway"
	LinkedIn      engine.ID = "linkedin"
	Provider      engine.ID = "provider"
	Register      engine.ID = "register"
	Target        engine.ID = "target"
	Consent       engine.ID = "consent"
	Invoke        engine.ID = "invoke"
	Cleanup       engine.ID = "cleanup"
)

// Step is one page of the tutorial.
type Step struct {
	ID    engine.ID
	Title string
	Does  string // one line for `steps` and `plan`
	Needs []engine.ID
	// Foreground steps wait for their page: they begin only when the person is
	// there. The others work ahead.
	Foreground bool
	// Makes describes what the step creates: the plan, the check and the undo
	// read it.
	Makes func(Names) []Resource
	// Asks names the questions that the step may put.
	Asks []string
	// Basis is what the step's result rests on. When it changes, the step is
	// stale.
	Basis func(*run.Record) basis
	// Deferred steps are marked done by a later one, when their result has
	// arrived there.
	Deferred bool
	Run      func(context.Context, *Task) error
}

// NewMachine returns a machine for these steps; those in done are there already.
func NewMachine(mode engine.Mode, todo []Step, done []engine.ID) engine.Machine {
	var before []Step
	for _, id := range done {
		s, _ := Find(id)
		before = append(before, s)
	}
	return engine.NewMachine(mode, order(todo), order(before))
}

// order is what the machine has to know of the steps.
func order(all []Step) []engine.Step {
	var steps []engine.Step
	for _, s := range all {
		steps = append(steps, engine.Step{ID: s.ID, Needs: s.Needs, Foreground: s.Foreground})
	}
	return steps
}

// Tutorial returns the steps of the walkthrough, without cleanup, in order.
func Tutorial() []Step {
	return []Step{overviewStep(), prerequisitesStep(), inboundStep(), gatewayStep(), appStep(),
		providerStep(), registerStep(), targetStep(), consentStep(), invokeStep()}
}

// Find returns the step of that name, cleanup included.
func Find(id engine.ID) (Step, bool) {
	all := append(Tutorial(), cleanupStep())
	i := slices.IndexFunc(all, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return all[i], true
}

// Number is the step's place in the tutorial, from 1; 0 for cleanup.
func Number(id engine.ID) int {
	return 1 + slices.IndexFunc(Tutorial(), func(s Step) bool { return s.ID == id })
}

// Parse turns words from a command line into step ids.
func Parse(words []string) ([]engine.ID, error) {
	var ids []engine.ID
	for _, w := range words {
		s, ok := Find(engine.ID(strings.ToLower(w)))
		if !ok || s.ID == Cleanup {
			var known []string
			for _, s := range Tutorial() {
				known = append(known, string(s.ID))
			}
			return nil, fmt.Errorf("there is no step %q; the steps are: %s", w, strings.Join(known, ", "))
		}
		if !slices.Contains(ids, s.ID) {
			ids = append(ids, s.ID)
		}
	}
	// Whatever the order on the command line, the tutorial's holds.
	slices.SortFunc(ids, func(a, b engine.ID) int { return Number(a) - Number(b) })
	return ids, nil
}
