package trace

import (
	"slices"
	"time"

	"agentcore-3lo/internal/wire"
)

// Span is a part of the time axis.
type Span struct {
	From, To time.Duration // since the beginning of the axis
	Wait     bool          // for the user; else work
}

// Times is where the time went. The axis leaves out the time in which nothing was
// under way, such as a night between two processes.
type Times struct {
	Total  time.Duration     // the length of the axis
	Paused time.Duration     // left out of it
	Steps  []string          // in the order in which they began
	Spans  map[string][]Span // by step, in order; the spans of one step do not overlap
}

// Work is how long a step worked, Wait how long it waited for the user.
func (t Times) Work(step string) time.Duration { return t.sum(step, false) }

// Wait is how long a step waited for the user.
func (t Times) Wait(step string) time.Duration { return t.sum(step, true) }

func (t Times) sum(step string, wait bool) (d time.Duration) {
	for _, s := range t.Spans[step] {
		if s.Wait == wait {
			d += s.To - s.From
		}
	}
	return d
}

// period is a span by the clock. Its end is the zero time while it goes on.
type period struct {
	from, to time.Time
	wait     bool
}

// spans are the periods of the steps. A step is in one at a time.
type spans struct {
	order  []string
	steps  map[string]*stepSpans
	newest time.Time

	reached bool // the profile: what comes later is no part of the way there
}

type stepSpans struct {
	periods []period
	linked  bool // it waits for the browser, whatever is asked meanwhile
	final   bool // nothing waits for the open question's answer
}

// add follows the attempts, the questions and the link of a step.
func (s *spans) add(at time.Time, step string, body any) {
	if s.reached {
		return
	}
	if at.Before(s.newest) {
		at = s.newest // two attempts wrote at once, or the clock was set back
	}
	if _, opened := body.(Opened); opened {
		for _, of := range s.steps {
			of.end(s.newest)
			of.linked, of.final = false, false
		}
		return
	}
	s.newest = at
	of := s.steps[step]
	if _, started := body.(Started); of == nil && started {
		if s.steps == nil {
			s.steps = map[string]*stepSpans{}
		}
		of = &stepSpans{}
		s.steps[step], s.order = of, append(s.order, step)
	}
	if of == nil {
		return
	}
	of.add(at, body)
	_, finished := body.(Finished)
	s.reached = step == invokeStep && (finished || of.final)
}

func (s *stepSpans) add(at time.Time, body any) {
	switch b := body.(type) {
	case Started:
		s.linked, s.final = false, false
		s.begin(at, false)
	case Finished, Broke:
		s.end(at)
	case Asked:
		if s.final = b.Final; s.final {
			s.end(at)
		} else if !s.linked {
			s.begin(at, true)
		}
	case Answered:
		if !s.linked {
			s.begin(at, false)
		}
	case Linked:
		s.linked = true
		s.begin(at, true)
	case wire.Arrival, wire.Exchange:
		arrival, visit := b.(wire.Arrival)
		if s.linked && (!visit || arrival.Kind == known || arrival.Kind == refused) {
			s.linked = false
			s.begin(at, false)
		}
	}
}

// begin begins a period, unless one of the kind goes on.
func (s *stepSpans) begin(at time.Time, wait bool) {
	if p := s.open(); p != nil && p.wait == wait {
		return
	}
	s.end(at)
	s.periods = append(s.periods, period{from: at, wait: wait})
}

func (s *stepSpans) end(at time.Time) {
	if p := s.open(); p != nil {
		p.to = at
	}
}

// open returns the period that goes on, or nil.
func (s *stepSpans) open() *period {
	if n := len(s.periods); n > 0 && s.periods[n-1].to.IsZero() {
		return &s.periods[n-1]
	}
	return nil
}

// Times returns where the time went. What is under way goes on until now; with a zero
// now, until the last thing that happened.
func (t *Trace) Times(now time.Time) Times {
	if now.Before(t.spans.newest) {
		now = t.spans.newest
	}
	closed := map[string][]period{}
	var all []period
	for step, of := range t.spans.steps {
		for _, p := range of.periods {
			if p.to.IsZero() {
				p.to = now
			}
			if !p.to.After(p.from) {
				continue
			}
			closed[step] = append(closed[step], p)
			all = append(all, p)
		}
	}
	busy := union(all)
	times := Times{Steps: t.spans.order, Spans: map[string][]Span{}}
	for i, p := range busy {
		times.Total += p.to.Sub(p.from)
		if i > 0 {
			times.Paused += p.from.Sub(busy[i-1].to)
		}
	}
	for step, periods := range closed {
		for _, p := range periods {
			times.Spans[step] = append(times.Spans[step], Span{position(busy, p.from), position(busy, p.to), p.wait})
		}
	}
	return times
}

// union joins periods that overlap or touch.
func union(all []period) []period {
	slices.SortFunc(all, func(a, b period) int { return a.from.Compare(b.from) })
	var joined []period
	for _, p := range all {
		if n := len(joined); n > 0 && !p.from.After(joined[n-1].to) {
			if p.to.After(joined[n-1].to) {
				joined[n-1].to = p.to
			}
			continue
		}
		joined = append(joined, p)
	}
	return joined
}

// position is the place of a time on the axis.
func position(busy []period, at time.Time) (d time.Duration) {
	for _, p := range busy {
		if !at.After(p.from) {
			break
		}
		d += min(at.Sub(p.from), p.to.Sub(p.from))
	}
	return d
}
