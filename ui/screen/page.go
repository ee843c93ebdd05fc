package screen

import (
	"fmt"
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

// page is what happened on one step's page.
type page struct {
	lines  []string  // notes and calls, in order
	news   []string  // the notes since the last answer
	notes  []string  // the notes alone
	mender engine.ID // the step at which what is wrong here can be fixed
	wait   string
	draft  string // typed before the person looked at another page
	link   *event.Link
	plan   *steps.Plan
	result *event.Result
	raw    string
}

// record keeps what an event says. top says that something new is at the page's
// beginning.
func (p *page) record(e engine.Event) (top bool) {
	switch b := e.Body.(type) {
	case wire.Exchange:
		p.line(e.Time, fmt.Sprintf("%s %s  %s", b.Service, b.Operation, ui.CallResult(b)))
	case engine.Answered:
		p.draft = ""
		if e.Step == steps.Cleanup { // the list of what will go makes room for what has gone
			p.notes = nil
		}
	case engine.Finished, engine.Broke:
		p.wait, p.news, p.mender = "", nil, ""
		if p.link != nil && !p.link.Lasts() {
			p.link = nil
		}
		return true
	case event.Progress:
		if wait := text.CleanLine(words.Line(b)); wait != p.wait {
			p.wait = wait
			p.line(e.Time, "… "+wait)
		}
	case event.Link:
		p.link = &b
		p.forget(b.Asks, text.Clean(b.Far)) // they are shown with the link
	case steps.Plan:
		p.plan, p.link = &b, nil
		return true
	case event.Result:
		p.result = &b
		return true
	case event.Verbatim:
		p.raw = b.Text
	case event.Diagnosis:
		p.mender = engine.ID(b.Fix)
		p.say(e.Time, words.Line(b))
	case event.Fact, event.Change, event.List, event.Confirmed, event.Warning, event.Note:
		p.mender = ""
		p.say(e.Time, words.Line(b))
	}
	return false
}

// say keeps a note.
func (p *page) say(at time.Time, said string) {
	said = text.Clean(said)
	p.news, p.notes = append(p.news, said), append(p.notes, said)
	p.line(at, said)
}

func (p *page) line(at time.Time, text string) {
	p.lines = append(p.lines, at.Format("15:04:05")+"  "+text)
}

// forget takes notes away that are now elsewhere on the page.
func (p *page) forget(notes ...string) {
	for _, said := range notes {
		if said == "" {
			continue
		}
		p.news = slices.DeleteFunc(p.news, func(note string) bool { return note == said })
		p.lines = slices.DeleteFunc(p.lines, func(line string) bool { return strings.HasSuffix(line, "  "+said) })
	}
}

// last are the newest of some lines.
func last(lines []string, n int) []string { return lines[max(len(lines)-n, 0):] }
