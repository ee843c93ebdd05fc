package screen

import (
	"fmt"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// position is the state of the steps, and at which of them the person looks.
type position struct {
	m       engine.Machine
	looking engine.ID
}

// status is that of the step on the screen.
func (p position) status() engine.Status { return p.m.Of(p.looking) }

// asking is the open question of the step on the screen, or nil.
func (p position) asking() *engine.Question {
	if st := p.status(); st.State == engine.Asking {
		return st.Question
	}
	return nil
}

// neighbour is the step that many places further on.
func (p position) neighbour(by int) engine.ID {
	all := p.m.Steps()
	for i, st := range all {
		if st.ID == p.looking {
			return all[min(max(i+by, 0), len(all)-1)].ID
		}
	}
	return p.looking
}

// onward is the page that Enter goes on to: the next one in order, so that the
// tutorial is read as it was written; from the last one, and from one that
// waits for others, where the person is needed.
func (p position) onward() engine.ID {
	next := p.neighbour(1)
	if next != p.looking && p.status().State != engine.Waiting {
		return next
	}
	for _, st := range p.m.Steps() {
		if st.State == engine.Asking || st.State == engine.Failed {
			return st.ID
		}
	}
	return next
}

// enterWord is what Enter does; "" = nothing.
func (p position) enterWord() string {
	switch st := p.status(); st.State {
	case engine.Ready:
		return "begin"
	case engine.Failed:
		return "try again"
	case engine.Stale:
		return "do it again"
	case engine.Asking:
		return ""
	}
	next := p.onward()
	switch st := p.m.Of(next); {
	case p.over():
		return "leave"
	case next == p.looking:
		return ""
	case st.State == engine.Asking && !st.Question.Final:
		return fmt.Sprintf("your turn: step %d", steps.Number(next))
	case st.State == engine.Done:
		return fmt.Sprintf("see step %d, done", steps.Number(next))
	case st.State == engine.Running:
		return fmt.Sprintf("see step %d, running", steps.Number(next))
	}
	return fmt.Sprintf("to step %d", steps.Number(next))
}

// over says that Enter has nothing left to go on to.
func (p position) over() bool { return p.onward() == p.looking && p.m.Complete() }

// next says that a step is the first that is ready to begin.
func (p position) next(st engine.Status) bool {
	for _, other := range p.m.Steps() {
		if other.State == engine.Ready {
			return other.ID == st.ID
		}
	}
	return false
}

// missing is the first step that has to be done before this one; its ID is empty
// where there is none.
func (p position) missing() engine.Status {
	step, _ := steps.Find(p.looking)
	for _, need := range step.Needs {
		if st := p.m.Of(need); st.State != engine.Done && st.ID != "" {
			return st
		}
	}
	return engine.Status{}
}

// failedElsewhere is the first step that failed, unless it is the one on the
// screen.
func (p position) failedElsewhere() engine.Status {
	for _, st := range p.m.Steps() {
		if st.State == engine.Failed && st.ID != p.looking {
			return st
		}
	}
	return engine.Status{}
}

// final is the only thing that is open, if that is a question for which nothing
// waits.
func (p position) final() (id engine.ID, q *engine.Question) {
	for _, st := range p.m.Steps() {
		switch {
		case st.State == engine.Running, st.State == engine.Asking && !st.Question.Final:
			return "", nil
		case st.State == engine.Asking:
			id, q = st.ID, st.Question
		}
	}
	return id, q
}

// number is the step's place in the tutorial; cleanup has none.
func number(id engine.ID) string {
	if n := steps.Number(id); n > 0 {
		return fmt.Sprint(n)
	}
	return ""
}
