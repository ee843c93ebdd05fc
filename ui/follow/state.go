package follow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// state is what the journal says of the walkthrough so far.
type state struct {
	trace    trace.Trace
	page     steps.Page
	hasPages bool      // the screen tells its pages
	since    time.Time // of the page
	open     map[engine.ID]question
	links    map[engine.ID]time.Time      // that wait for the browser, with their expiry
	busy     map[engine.ID]event.Progress // what steps that run wait for
}

// question is an open question, as the journal has it.
type question struct {
	Name    string
	Kind    engine.Kind
	Choices []engine.Choice
	Default engine.Answer
}

func newState() *state {
	return &state{open: map[engine.ID]question{}, links: map[engine.ID]time.Time{}, busy: map[engine.ID]event.Progress{}}
}

// add takes over one more entry of the journal.
func (s *state) add(e run.Entry) {
	s.trace.AddEntry(e)
	step := engine.ID(e.Step)
	switch e.Kind {
	case trace.OpenedKind:
		clear(s.open)
		clear(s.links)
		clear(s.busy)
		s.hasPages = false
	case steps.PageKind:
		var p steps.Page
		if json.Unmarshal(e.Body, &p) == nil {
			s.hasPages = true
			s.turn(p, e.Time)
		}
	case "started":
		s.busy[step] = event.Progress{}
		s.guess(step, e.Time)
	case "question":
		var q question
		if json.Unmarshal(e.Body, &q) == nil {
			s.open[step] = q
			s.guess(step, e.Time)
		}
	case "answered":
		delete(s.open, step)
	case "link":
		var l struct {
			Purpose event.Purpose
			Expires time.Time
		}
		if json.Unmarshal(e.Body, &l) == nil && l.Purpose == event.Consent {
			s.links[step] = l.Expires
		}
	case "progress":
		var p event.Progress
		if json.Unmarshal(e.Body, &p) == nil {
			s.busy[step] = p
		}
	case "arrival":
		var a struct{ Kind string }
		if json.Unmarshal(e.Body, &a) == nil && (a.Kind == "known" || a.Kind == "refused") {
			delete(s.links, step)
		}
	case "finished", "failed":
		delete(s.open, step)
		delete(s.links, step)
		delete(s.busy, step)
	}
}

// turn turns to a page.
func (s *state) turn(p steps.Page, at time.Time) {
	if p.Step != s.page.Step {
		s.since = at
	}
	s.page = p
}

// guess turns to the step where something happens, unless the screen tells its pages:
// plain lines do not.
func (s *state) guess(step engine.ID, at time.Time) {
	if !s.hasPages && (steps.Number(step) >= steps.Number(s.page.Step) || step == steps.Cleanup) {
		s.turn(steps.Page{Step: step}, at)
	}
}

// enter is what the key does now.
func (s *state) enter() string {
	if s.page.Enter != "" {
		return text.CleanLine(s.page.Enter)
	}
	q, asked := s.open[s.page.Step]
	if !asked {
		return "nothing: no question is open on this page"
	}
	for _, c := range q.Choices {
		if c.ID == q.Default {
			return text.CleanLine(c.Label)
		}
	}
	switch q.Kind {
	case engine.Text:
		return "confirm what was typed"
	case engine.Pause:
		return "confirm that it is done"
	}
	if len(q.Choices) == 0 {
		return "nothing"
	}
	return text.CleanLine("nothing by itself; the key is " + ui.KeyOf(q.Choices[0].ID) + ", " + q.Choices[0].Label)
}

// waits says what the walkthrough waits for.
func (s *state) waits(now time.Time) string {
	if expires, linked := s.links[s.page.Step]; linked {
		if left := expires.Sub(now); !expires.IsZero() && left > 0 {
			return "your browser, link expires in " + ui.Clock(left)
		} else if !expires.IsZero() {
			return "a new link: this one has expired"
		}
		return "your browser"
	}
	if q, asked := s.open[s.page.Step]; asked {
		return text.CleanLine("your answer, " + strings.ReplaceAll(q.Name, "_", " "))
	}
	ids := slices.SortedFunc(maps.Keys(s.busy), func(a, b engine.ID) int { return steps.Number(a) - steps.Number(b) })
	if len(ids) == 0 {
		return "you"
	}
	id := ids[0]
	if _, here := s.busy[s.page.Step]; here {
		id = s.page.Step
	}
	said := fmt.Sprintf("step %d", steps.Number(id))
	if p := s.busy[id]; p.What != "" {
		said += ", " + p.What
		if p.State != "" {
			said += " " + p.State
		}
	}
	return text.CleanLine(said)
}

// next is the step after the page's; "" = none.
func (s *state) next() string {
	all := steps.Tutorial()
	if n := steps.Number(s.page.Step); n > 0 && n < len(all) {
		return fmt.Sprintf("next: %d %s", n+1, all[n].Title)
	}
	return ""
}

// title is the page's.
func (s *state) title() string {
	step, known := steps.Find(s.page.Step)
	if !known {
		return "Waiting for the walkthrough"
	}
	if n := steps.Number(step.ID); n > 0 {
		return fmt.Sprintf("%d  %s", n, step.Title)
	}
	return step.Title
}
