package screen

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/words"
)

// page is what happened on one step's page. A new attempt begins it again.
type page struct {
	attempt   int
	facts     []event.Fact
	calls     calls
	notes     []note // what was said, in order
	changes   []event.Change
	items     []string        // a list, such as what cleanup deletes
	diagnosis event.Diagnosis // of what the browser shows
	wait      string          // what is waited for
	link      *event.Link
	plan      *steps.Plan
	result    *event.Result
	tries     []try          // calls of the tool that returned a result
	raw       string         // what was asked to be shown as it is
	opened    bool           // the person opened its link from here
	entered   string         // the last answer that was typed, unless it is a secret
	draft     string         // typed before the person looked at another page
	ahead     []engine.Event // calls for its next attempt that another step made

	log []string // everything, with its time
}

// note is something that was said. Answering a question makes it old.
type note struct {
	text string
	mark string // "✓", "!" or ""
	old  bool
}

// try is a call of the tool that returned a result.
type try struct {
	took time.Duration
	same bool // its profile is that of the call before
}

// record keeps what an event says. top says that something new is at the page's
// beginning.
func (p *page) record(e engine.Event) (top bool) {
	if e.Attempt > p.attempt {
		ahead := p.ahead
		*p = page{attempt: e.Attempt, draft: p.draft, entered: p.entered, log: p.log, result: p.result, tries: p.tries, link: p.lasting()}
		for _, early := range ahead {
			early.Attempt = e.Attempt
			p.record(early)
		}
		top = true
	}
	switch b := e.Body.(type) {
	case wire.Exchange:
		p.calls.add(b)
		p.note(e.Time, fmt.Sprintf("%s %s  %s", b.Service, b.Operation, ui.CallResult(b)))
	case engine.Answered:
		p.draft, p.diagnosis = "", event.Diagnosis{}
		for i := range p.notes {
			p.notes[i].old = true
		}
	case engine.Finished, engine.Broke:
		p.wait, p.calls.wait, p.link = "", event.Progress{}, p.lasting()
		return true
	case event.Progress:
		if b.What != p.calls.wait.What || b.State != p.calls.wait.State {
			p.calls.wait, p.calls.from = b, e.Time
		}
		if wait := text.CleanLine(words.Line(b)); wait != p.wait {
			p.wait = wait
			p.note(e.Time, "… "+wait)
		}
	case event.Link:
		p.link = &b
		p.forget(b.Asks, text.Clean(b.Far)) // they are shown with the link
	case steps.Plan:
		p.plan, p.link = &b, nil
		return true
	case event.Result:
		p.addResult(b)
		return true
	case event.Verbatim:
		p.raw = b.Text
	case event.Fact:
		p.addFact(b)
		p.note(e.Time, words.Line(b))
	case event.Change:
		p.changes = append(p.changes, b)
		p.note(e.Time, words.Line(b))
	case event.List:
		p.items = b.Items
		p.note(e.Time, words.Line(b))
	case event.Diagnosis:
		p.diagnosis = b
		p.note(e.Time, words.Line(b))
	case event.Confirmed:
		p.say(e.Time, "✓", b.Text)
	case event.Warning:
		p.say(e.Time, "!", b.Text)
	case event.Note:
		p.say(e.Time, "", b.Text)
	}
	return top
}

// lasting is the link, if it is still useful after its step.
func (p *page) lasting() *event.Link {
	if p.link != nil && p.link.Lasts() {
		return p.link
	}
	return nil
}

// say keeps what was said.
func (p *page) say(at time.Time, mark, said string) {
	said = text.Clean(said)
	p.notes = append(p.notes, note{said, mark, false})
	p.note(at, said)
}

// note adds a line to the log.
func (p *page) note(at time.Time, line string) {
	p.log = append(p.log, at.Format("15:04:05")+"  "+text.Clean(line))
}

// addFact keeps a fact, in place of an older one of the same name.
func (p *page) addFact(f event.Fact) {
	i := slices.IndexFunc(p.facts, func(old event.Fact) bool { return old.Label == f.Label })
	if i < 0 {
		p.facts = append(p.facts, f)
		return
	}
	p.facts[i] = f
}

// addResult keeps what the tool returned, and compares it with the call before.
func (p *page) addResult(r event.Result) {
	var took time.Duration
	if n := len(p.calls.all); n > 0 {
		took = p.calls.all[n-1].exchange.Took
	}
	same := p.result != nil && reflect.DeepEqual(p.result.Profile, r.Profile) && p.result.Text == r.Text
	p.tries = append(p.tries, try{took, same})
	p.result = &r
}

// forget takes notes away that are now elsewhere on the page.
func (p *page) forget(said ...string) {
	p.notes = slices.DeleteFunc(p.notes, func(n note) bool { return n.text != "" && slices.Contains(said, n.text) })
}

// fresh are the notes since the last answer, the newest last.
func (p *page) fresh(most int) []note {
	var all []note
	for _, n := range p.notes {
		if !n.old {
			all = append(all, n)
		}
	}
	return all[max(len(all)-most, 0):]
}

// value is that of a fact; "" = not known.
func (p *page) value(label string) string {
	for _, f := range p.facts {
		if f.Label == label {
			return strings.TrimSpace(f.Value)
		}
	}
	return ""
}

// said are all notes and changes, a line each.
func (p *page) said() string {
	var lines []string
	for _, n := range p.notes {
		lines = append(lines, strings.TrimSpace(n.mark+" "+n.text))
	}
	for _, c := range p.changes {
		lines = append(lines, words.Line(c))
	}
	return strings.Join(lines, "\n")
}
