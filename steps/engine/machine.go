package engine

import (
	"slices"
	"strings"
	"time"
)

// State is the state of a step.
type State string

// The states of a step.
const (
	Waiting State = "waiting" // something it needs is not done
	Ready   State = "ready"   // could begin
	Running State = "running"
	Asking  State = "asking" // has put a question
	Done    State = "done"
	Failed  State = "failed"
	Stale   State = "stale" // was done, and what it rests on has changed
)

// Effect is something for the runner to do.
type Effect struct {
	Step    ID
	Attempt int
	Cancel  bool // stop this attempt; otherwise begin it
	Again   bool // the person asked for it expressly
}

// Status is one step as the machine sees it.
type Status struct {
	ID       ID
	State    State
	Attempt  int
	Reason   string // why it waits or is stale
	Question *Question
	Failure  *Failure
	Began    time.Time
	Ended    time.Time

	delivered bool // what others need of it exists, while it still works
	asked     time.Time
	again     bool
	needs     []ID
	front     bool
	rest      bool // not part of this command: it never begins by itself
}

// Elapsed is how long the present or last attempt has worked by now, without the
// time for which it waited for answers.
func (s Status) Elapsed(now time.Time) time.Duration {
	switch {
	case s.Began.IsZero():
		return 0
	case s.State == Asking:
		return s.asked.Sub(s.Began)
	case s.Ended.IsZero():
		return now.Sub(s.Began)
	}
	return s.Ended.Sub(s.Began)
}

// Mode is how a walkthrough proceeds.
type Mode struct {
	Manual bool // a ready step waits for Go
	Follow bool // the page goes by itself to where something happens
	Again  bool // every step counts as asked for expressly
}

// Machine is the whole truth about where a walkthrough is. It is a value: Next
// returns a new one and changes nothing else.
type Machine struct {
	Page  ID
	mode  Mode
	steps []Status
}

// NewMachine returns a machine for these steps, of which there is at least one.
// Those in done are there already; they may become stale, and never begin by
// themselves.
func NewMachine(mode Mode, todo, done []Step) Machine {
	m := Machine{mode: mode, Page: todo[0].ID}
	for _, s := range done {
		m.steps = append(m.steps, Status{ID: s.ID, State: Done, needs: s.Needs, front: s.Foreground, rest: true})
	}
	for _, s := range todo {
		m.steps = append(m.steps, Status{ID: s.ID, State: Waiting, needs: s.Needs, front: s.Foreground, again: mode.Again})
	}
	return m.refresh()
}

// Steps returns the state of every step, in order. It is only to be read: a drawing
// asks for it dozens of times.
func (m Machine) Steps() []Status { return m.steps }

// Of returns the state of one step.
func (m Machine) Of(id ID) Status {
	if i := m.index(id); i >= 0 {
		return m.steps[i]
	}
	return Status{}
}

// Busy says whether any attempt is under way.
func (m Machine) Busy() bool {
	return slices.ContainsFunc(m.steps, func(s Status) bool { return s.State == Running || s.State == Asking })
}

// Failure returns the first failure, or nil.
func (m Machine) Failure() *Failure {
	for _, s := range m.steps {
		if s.State == Failed {
			return s.Failure
		}
	}
	return nil
}

// Complete says whether every step of the command is done.
func (m Machine) Complete() bool {
	return !slices.ContainsFunc(m.steps, func(s Status) bool { return s.State != Done && !s.rest })
}

// Next takes an event and returns what is true after it, and what to do. It
// has no clock and no side effects: time comes with the event.
func (m Machine) Next(e Event) (Machine, []Effect) {
	i := m.index(e.Step)
	if i < 0 {
		return m, nil
	}
	m.steps = slices.Clone(m.steps)
	s := &m.steps[i]
	if !e.personal() && (e.Attempt != s.Attempt || (s.State != Running && s.State != Asking)) {
		return m, nil // a superseded attempt reports late
	}
	var fx []Effect
	switch body := e.Body.(type) {
	case Visit:
		m.Page = e.Step
	case Go:
		m.Page = e.Step
		if s.State == Failed {
			s.State, s.Failure = Waiting, nil
			m = m.refresh()
		}
		if (s.State == Ready || s.State == Stale && m.needed(*s) == "") && m.Failure() == nil {
			fx = append(fx, begin(s, e.Time))
		}
	case Again:
		m.Page = e.Step
		s.again = true
		fx = append(fx, m.interrupt(e.Step)...)
		m.clearFailures()
		if m.needed(*s) == "" {
			fx = append(fx, begin(s, e.Time))
		} else {
			s.State = Waiting
		}
	case Asked:
		s.State, s.Question, s.asked = Asking, &body.Question, e.Time
	case Answered:
		s.State, s.Question = Running, nil
		s.Began = s.Began.Add(e.Time.Sub(s.asked))
	case Delivered:
		s.delivered = true
	case Finished:
		s.State, s.Question, s.Ended = Done, nil, e.Time
		for id, why := range body.Stale {
			if j := m.index(id); j >= 0 && m.steps[j].State == Done {
				m.steps[j].State, m.steps[j].Reason = Stale, why
			}
		}
	case Broke:
		s.State, s.Question, s.Failure, s.Ended = Failed, nil, &body.Failure, e.Time
	}
	m = m.refresh()
	if m.mode.Follow {
		m.Page = m.follow()
	}
	return m.workAhead(e.Time, fx)
}

// interrupt stops the step's present attempt and those of everything that
// rests on it.
func (m *Machine) interrupt(id ID) []Effect {
	var fx []Effect
	for i := range m.steps {
		s := &m.steps[i]
		if (s.ID == id || m.restsOn(*s, id)) && (s.State == Running || s.State == Asking) {
			fx = append(fx, Effect{Step: s.ID, Attempt: s.Attempt, Cancel: true})
			s.State, s.Question = Waiting, nil
		}
	}
	return fx
}

func (m *Machine) clearFailures() {
	for i := range m.steps {
		if s := &m.steps[i]; s.State == Failed {
			s.State, s.Failure = Waiting, nil
		}
	}
}

func (m Machine) restsOn(s Status, id ID) bool {
	for _, need := range s.needs {
		if need == id {
			return true
		}
		if i := m.index(need); i >= 0 && m.restsOn(m.steps[i], id) {
			return true
		}
	}
	return false
}

// After lists the steps that rest on this one, in order.
func (m Machine) After(id ID) []ID {
	var after []ID
	for _, s := range m.steps {
		if m.restsOn(s, id) {
			after = append(after, s.ID)
		}
	}
	return after
}

// refresh recomputes who waits and who is ready.
func (m Machine) refresh() Machine {
	for i := range m.steps {
		s := &m.steps[i]
		if s.State != Waiting && s.State != Ready {
			continue
		}
		if missing := m.needed(*s); missing != "" {
			s.State, s.Reason = Waiting, "needs "+missing
		} else {
			s.State, s.Reason = Ready, ""
		}
	}
	return m
}

// delivers reports whether the present attempt has what others need, and goes on.
func (s Status) delivers() bool { return s.delivered && (s.State == Running || s.State == Asking) }

// needed names what the step still waits for. A done step whose own input is
// being made again counts for nothing yet.
func (m Machine) needed(s Status) string {
	var missing []string
	add := func(what string) {
		if what != "" && !slices.Contains(missing, what) {
			missing = append(missing, what)
		}
	}
	for _, need := range s.needs {
		switch i := m.index(need); {
		case i < 0:
		case m.steps[i].State != Done && !m.steps[i].delivers():
			add(string(need))
		default:
			add(m.needed(m.steps[i]))
		}
	}
	return strings.Join(missing, ", ")
}

// follow chooses the page where something happens: first a step that
// asks, then one that waits for the person to come, then one that works.
func (m Machine) follow() ID {
	for _, wanted := range []func(Status) bool{
		func(s Status) bool { return s.State == Asking },
		func(s Status) bool { return s.State == Ready && (s.front || m.mode.Manual) },
		func(s Status) bool { return s.State == Running },
	} {
		if i := slices.IndexFunc(m.steps, wanted); i >= 0 {
			return m.steps[i].ID
		}
	}
	return m.Page
}

// workAhead begins whatever may begin by itself. After a failure nothing new
// does.
func (m Machine) workAhead(now time.Time, fx []Effect) (Machine, []Effect) {
	if m.mode.Manual || m.Failure() != nil {
		return m, fx
	}
	for i := range m.steps {
		s := &m.steps[i]
		startable := s.State == Ready || s.State == Stale && m.needed(*s) == ""
		if startable && !s.rest && (!s.front || m.Page == s.ID) {
			fx = append(fx, begin(s, now))
		}
	}
	return m, fx
}

func begin(s *Status, now time.Time) Effect {
	s.Attempt++
	s.State, s.Reason, s.Question, s.Failure, s.delivered = Running, "", nil, nil, false
	s.Began, s.Ended = now, time.Time{}
	fx := Effect{Step: s.ID, Attempt: s.Attempt, Again: s.again}
	s.again = false
	return fx
}

func (m Machine) index(id ID) int {
	return slices.IndexFunc(m.steps, func(s Status) bool { return s.ID == id })
}
