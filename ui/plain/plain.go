// Package plain is the front end of plain lines: for screen readers, logs and pipes.
// Nothing is drawn and nothing is redrawn. The steps are told one after the other,
// each question below the heading of its step.
package plain

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
	"agentcore-3lo/ui/words"
)

// FrontEnd writes lines and never redraws: for pipes, logs and screen
// readers, or on request.
type FrontEnd struct {
	terminal *terminal.Terminal
	lessons  bool
	brief    bool // of a lesson its first paragraph, and no calls
	run      ui.Run
	asker    Asker

	sections map[engine.ID]*section
	current  engine.ID   // the section that is followed
	passed   []engine.ID // done in an earlier process: their lessons were read
	now      time.Time   // of the event that is being shown

	mu      sync.Mutex // lines come from the loop, the prompter and the heartbeat
	open    bool       // a question is open: other lines are held back
	held    []string
	blank   bool                    // the last line is empty
	asked   map[string]bool         // the questions of this section that were written
	last    string                  // the question that was put last
	since   map[engine.ID]time.Time // when each running step began
	waiting map[engine.ID]string    // what each waits for
	beating sync.Once
	stop    chan struct{}
	once    sync.Once
}

// New returns the front end. Lessons may be left out.
func New(t *terminal.Terminal, lessons bool) *FrontEnd {
	p := &FrontEnd{terminal: t, lessons: lessons, sections: map[engine.ID]*section{}, asked: map[string]bool{}, since: map[engine.ID]time.Time{}, waiting: map[engine.ID]string{},
		stop: make(chan struct{})}
	p.asker.Put = p.Put
	return p
}

// NewBrief returns the front end without calls, and with the first paragraph of each
// lesson at most.
func NewBrief(t *terminal.Terminal, lessons bool) *FrontEnd {
	p := New(t, lessons)
	p.brief = true
	return p
}

// Attach serves a run that another front end has shown.
func (p *FrontEnd) Attach(r ui.Run) { p.run = r }

// Open writes the heading of the run, and starts the heartbeat.
func (p *FrontEnd) Open(r ui.Run) {
	p.run, p.passed = r, r.Done
	p.sections, p.current = map[engine.ID]*section{}, ""
	p.print(heading(r) + "\n")
	p.beating.Do(func() { go p.beats() })
}

// Begin begins with the page of the machine.
func (p *FrontEnd) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	p.asker.Begin(ctx, m, l)
}

// print writes now, or keeps the lines until the open question is answered.
func (p *FrontEnd) print(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		p.held = append(p.held, s)
		return
	}
	p.write(s)
}

// write writes, with at most one empty line between two lines. It is called with mu
// held.
func (p *FrontEnd) write(s string) {
	if p.blank {
		s = strings.TrimLeft(s, "\n")
	}
	if s != "" {
		p.blank = strings.HasSuffix(s, "\n\n")
		io.WriteString(p.terminal.Out, s)
	}
}

// begun keeps what follows a heading from beginning with an empty line.
func (p *FrontEnd) begun() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blank = !p.open
}

// Show writes what is worth a line.
func (p *FrontEnd) Show(before, after engine.Machine, e engine.Event) {
	p.now = e.Time
	old := before.Steps()
	for i, s := range after.Steps() {
		if s.State == old[i].State && s.Attempt == old[i].Attempt {
			continue
		}
		p.track(s)
		switch {
		case s.State == engine.Running && s.Attempt != old[i].Attempt:
			p.begin(s.ID)
		case s.State == engine.Done:
			p.end(s, "is done")
		case s.State == engine.Stale:
			p.print(paragraph(fmt.Sprintf("%s is stale: %s.", shortName(s.ID), s.Reason), p.terminal.Width))
		case s.State == engine.Failed:
			p.end(s, "failed")
		}
	}
	if _, asks := e.Body.(engine.Asked); asks && after.Of(e.Step).State == engine.Asking {
		p.follow(e.Step)
	}
	p.Tell(e.Step, e.Body)
	p.goOnReading()
	p.asker.Follow(after, e)
}

// worthALine leaves reading calls to the log and NDJSON.
func worthALine(operation string) bool {
	for _, reading := range []string{"Get", "List", "Describe"} {
		if strings.HasPrefix(operation, reading) {
			return operation == "GetCallerIdentity"
		}
	}
	return !strings.HasPrefix(operation, "GET ")
}

// Tell writes what happened, where it is worth a line.
func (p *FrontEnd) Tell(id engine.ID, body any) {
	width := p.terminal.Width
	switch b := body.(type) {
	case wire.Exchange:
		if worthALine(b.Operation) && !p.brief {
			p.line(id, b, paragraph(call(b), width))
		}
	case event.Progress:
		waits := text.CleanLine(words.Line(b))
		p.mu.Lock()
		p.waiting[id] = waits
		p.mu.Unlock()
		p.line(id, b, paragraph(sentence(waits), width))
	case steps.Plan:
		p.line(id, b, "\n"+planText(b, width))
	case event.Link:
		p.line(id, b, "\n"+linkText(b, p.run.Now().Environment.Sandbox, width))
	case event.Result:
		p.line(id, b, "\n"+resultText(b, width))
	case event.Verbatim:
		p.line(id, b, "\n"+b.Text+"\n")
	case event.Diagnosis:
		out := note(text.Clean(said(b)), width)
		if b.Fix != "" {
			out += paragraph("Leave here first (Ctrl-C), then go to that step:", width) + p.run.Command("run", b.Fix) + "\n"
		}
		p.line(id, b, out)
	case event.Fact, event.Change, event.List, event.Confirmed, event.Warning, event.Note:
		p.line(id, b, note(text.Clean(said(b)), width))
	}
}

// End writes the failure in its four parts, or how to go on.
func (p *FrontEnd) End(o ui.Outcome) {
	p.once.Do(func() { close(p.stop) })
	p.release()
	for _, s := range steps.Tutorial() {
		if x := p.sections[s.ID]; x != nil && !x.headed {
			p.writeSection(s.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(o.Stale)) {
		p.print(paragraph(fmt.Sprintf("%s is stale: %s. The next walk renews it.", shortName(id), o.Stale[id]), p.terminal.Width))
	}
	if o.ExitCode == steps.ExitInterrupted { // an attempt that was cut short is no failure
		if !p.run.Now().Begun && p.run.Name != "" {
			p.print("\nStopped. Nothing was created.\n")
			return
		}
		p.print("\n" + command("Stopped. Resume with", p.run.Command(goOn(o.Step)), p.terminal.Width))
		return
	}
	if o.Failure != nil {
		p.print(Failure(*o.Failure, p.terminal))
		return
	}
	p.print(closing(p.run, o, p.terminal.Width))
}
