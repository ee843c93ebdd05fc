// Package plain is the front end of plain lines.
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

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
	"agentcore-3lo/ui/words"
)

// heartbeat is how often a long wait gives a sign of life.
const heartbeat = 15 * time.Second

// FrontEnd writes lines and never redraws: for pipes, logs and screen
// readers, or on request.
type FrontEnd struct {
	terminal *terminal.Terminal
	lessons  bool
	run      ui.Run
	asker    Asker

	mu      sync.Mutex // lines come from the loop, the prompter and the heartbeat
	open    bool       // a question is open: background lines are held back
	held    []string
	under   engine.ID               // whose title was written last
	passed  []engine.ID             // done in an earlier process: their lessons were read
	since   map[engine.ID]time.Time // when each running step began
	waiting map[engine.ID]string    // what each waits for
	stop    chan struct{}
	once    sync.Once
}

// New returns the front end. Lessons may be left out.
func New(t *terminal.Terminal, lessons bool) *FrontEnd {
	p := &FrontEnd{terminal: t, lessons: lessons, since: map[engine.ID]time.Time{}, waiting: map[engine.ID]string{},
		stop: make(chan struct{})}
	p.asker.Put = p.Put
	return p
}

// Attach serves a run that another front end has shown.
func (p *FrontEnd) Attach(r ui.Run) { p.run = r }

// Open writes the heading of the run, and starts the heartbeat.
func (p *FrontEnd) Open(r ui.Run) {
	p.run, p.passed = r, r.Done
	p.print(ui.Heading(r) + "\n")
	go p.beats()
}

// Begin begins with the page of the machine.
func (p *FrontEnd) Begin(ctx context.Context, m engine.Machine, l *engine.Loop) {
	p.asker.Begin(ctx, m, l)
}

// beats writes a line now and then while a step runs, until the end.
func (p *FrontEnd) beats() {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.beat(time.Now())
		case <-p.stop:
			return
		}
	}
}

func (p *FrontEnd) beat(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return
	}
	for id, began := range p.since {
		what := p.waiting[id]
		if what == "" {
			what = string(id)
		}
		fmt.Fprintf(p.terminal.Out, "  … %s, %s\n", what, ui.Clock(now.Sub(began)))
	}
}

// print writes now, or keeps the lines until the open question is answered.
func (p *FrontEnd) print(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		p.held = append(p.held, s)
		return
	}
	io.WriteString(p.terminal.Out, s)
}

// Show writes what is worth a line.
func (p *FrontEnd) Show(before, after engine.Machine, e engine.Event) {
	old := before.Steps()
	for i, s := range after.Steps() {
		if s.State == old[i].State && s.Attempt == old[i].Attempt {
			continue
		}
		p.track(s)
		switch {
		case s.State == engine.Running && s.Attempt != old[i].Attempt:
			p.print(p.page(s.ID))
			p.under = s.ID
		case s.State == engine.Done:
			p.print(fmt.Sprintf("%s done (%s)\n", ui.Mark(s.ID), ui.Clock(s.Elapsed(e.Time))))
		case s.State == engine.Stale:
			p.print(fmt.Sprintf("%s stale: %s\n", ui.Mark(s.ID), s.Reason))
		case s.State == engine.Failed:
			p.print(fmt.Sprintf("%s failed (%s)\n", ui.Mark(s.ID), ui.Clock(s.Elapsed(e.Time))))
		}
	}
	p.Tell(e.Step, e.Body)
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

func (p *FrontEnd) track(s engine.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, s.ID)
	if s.State == engine.Running {
		p.since[s.ID] = s.Began
	} else {
		delete(p.since, s.ID)
	}
}

// page is a step's title and its lesson.
func (p *FrontEnd) page(id engine.ID) string {
	s, _ := steps.Find(id)
	title := s.Title
	if n := steps.Number(id); n > 0 {
		title = fmt.Sprintf("%d/%d  %s", n, len(steps.Tutorial()), s.Title)
	}
	page := "\n" + title + "\n" + strings.Repeat("─", ansi.StringWidth(title)) + "\n"
	if p.lessons && !slices.Contains(p.passed, id) {
		page += ui.RenderLesson(s.Lesson(), p.terminal.Width)
	}
	return page
}

// Tell writes what happened, where it is worth a line.
func (p *FrontEnd) Tell(id engine.ID, body any) {
	switch b := body.(type) {
	case wire.Exchange:
		if worthALine(b.Operation) {
			p.line(id, fmt.Sprintf("→ %s %s: %s", b.Service, b.Operation, ui.CallResult(b)))
		}
	case event.Progress:
		wait := text.CleanLine(words.Line(b))
		p.mu.Lock()
		p.waiting[id] = wait
		p.mu.Unlock()
		p.line(id, "… "+wait)
	case steps.Plan:
		p.print(ui.RenderPlan(b, p.terminal.Width))
	case event.Link:
		p.print(ui.RenderURL(b, p.terminal.Width, p.run.Now().Environment.Sandbox))
	case event.Result:
		p.print(ui.RenderResult(b, p.terminal.Width))
	case event.Verbatim:
		p.print("\n" + b.Text + "\n")
	case event.Diagnosis:
		p.line(id, text.Clean(words.Line(b)))
		if b.Fix != "" {
			p.line(id, "Leave here first (Ctrl-C), then go to that step: "+p.run.Command("run", b.Fix))
		}
	case event.Fact, event.Change, event.List, event.Confirmed, event.Warning, event.Note:
		p.line(id, text.Clean(words.Line(b)))
	}
}

// line is written under its step's title, or says to which step it belongs.
func (p *FrontEnd) line(id engine.ID, s string) {
	if id != p.under {
		s = ui.Mark(id) + " " + s
	}
	p.print(ui.Note(s, p.terminal.Width))
}

// End writes the failure in its four parts, or how to go on.
func (p *FrontEnd) End(o ui.Outcome) {
	p.once.Do(func() { close(p.stop) })
	p.release()
	for _, id := range slices.Sorted(maps.Keys(o.Stale)) {
		p.print(fmt.Sprintf("%s is stale: %s. The next walk renews it.\n", ui.Mark(id), o.Stale[id]))
	}
	if o.ExitCode == steps.ExitInterrupted { // an attempt that was cut short is no failure
		if !p.run.Now().Begun && p.run.Name != "" {
			p.print("\nStopped. Nothing was created.\n")
			return
		}
		p.print("\nStopped. Resume with: " + p.run.Command(goOn(o.Step)) + "\n")
		return
	}
	if o.Failure != nil {
		p.print(ui.RenderFailure(*o.Failure, ui.Unwrapped))
		return
	}
	p.print(closing(p.run, o))
}

func closing(r ui.Run, o ui.Outcome) string {
	if r.Name == "" { // of all runs
		return ""
	}
	if r.Now().Cleaned {
		return "\nRun " + r.Name + " is cleaned up.\n"
	}
	return fmt.Sprintf("\n%d resources exist. Next:\n"+
		"  show status    %s\n  use elsewhere  %s\n  call again     %s\n  another run    %s\n  clean up       %s\n",
		len(o.Made), r.Command("status"), r.Command("connect"), r.Command("run", "invoke"), r.Another(), r.Command("cleanup"))
}

// goOn is the command that takes up what was interrupted.
func goOn(id engine.ID) string {
	if id == steps.Cleanup {
		return "cleanup"
	}
	return "walk"
}
