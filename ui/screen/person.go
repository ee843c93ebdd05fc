package screen

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
)

// person hands on to the loop what the person does, as commands of the program.
type person struct{ loop *engine.Loop }

// does is an event at a step: engine.Visit, Go or Again.
func (p person) does(id engine.ID, body any) tea.Cmd {
	return func() tea.Msg {
		p.loop.Send(engine.Event{Step: id, Time: time.Now(), Body: body})
		return nil
	}
}

// answers is the answer to a step's question.
func (p person) answers(id engine.ID, a engine.Answer) tea.Cmd {
	return func() tea.Msg { p.loop.Answer(id, a); return nil }
}

// resumed are the pages that the person passed in an earlier process.
type resumed map[engine.ID]bool

func resume(done []engine.ID) resumed {
	r := resumed{}
	for _, id := range done {
		r[id] = true
	}
	return r
}

// first is the step at which the earlier process stopped: the first one that is
// not done, or the last.
func (r resumed) first(m engine.Machine) engine.ID {
	all := m.Steps()
	for _, st := range all {
		if !r[st.ID] {
			return st.ID
		}
	}
	return all[len(all)-1].ID
}

// next begins a page by itself that was passed before: the steps look at what
// exists and create nothing twice. It returns nil where there is none.
func (r resumed) next(m engine.Machine, p person) tea.Cmd {
	for _, st := range m.Steps() {
		if st.State == engine.Ready && r[st.ID] {
			r[st.ID] = false
			return p.does(st.ID, engine.Go{})
		}
	}
	return nil
}
