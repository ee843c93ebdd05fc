package plain

import (
	"context"
	"errors"
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

// Plain writes lines and never redraws: for pipes, logs, screen readers and
// whoever prefers it.
type FrontEnd struct {
	terminal *terminal.Terminal
	lessons  bool
	run      ui.Run

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

// NewPlain returns the front end. Lessons may be left out.
func New(t *terminal.Terminal, lessons bool) *FrontEnd {
	return &FrontEnd{terminal: t, lessons: lessons, since: map[engine.ID]time.Time{}, waiting: map[engine.ID]string{},
		stop: make(chan struct{})}
}

// Attach serves a run that another front end has shown.
func (p *FrontEnd) Attach(r ui.Run) { p.run = r }

// Begin writes the heading and starts the heartbeat.
func (p *FrontEnd) Begin(r ui.Run, _ engine.Machine) {
	p.run, p.passed = r, r.Done
	p.print(ui.Heading(r) + "\n")
	go func() {
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
	}()
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
	p.body(e.Step, e.Body)
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

// body writes what happened, where it is worth a line.
func (p *FrontEnd) body(id engine.ID, body any) {
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
	case event.Note:
		p.line(id, text.Clean(b.Text))
		if b.Fix != "" {
			p.line(id, "Leave here first (Ctrl-C), then go to that step: "+p.run.Command("run", b.Fix))
		}
	case event.Fact, event.Change, event.Warning:
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

// Ask puts the question; other lines wait until it is answered or withdrawn.
func (p *FrontEnd) Ask(ctx context.Context, _ engine.ID, q engine.Question, answer func(engine.Answer, error)) {
	go func() { answer(p.Put(ctx, q)) }()
}

// Put puts one question at a time, and waits for the answer. Where input has ended, nobody answers.
func (p *FrontEnd) Put(ctx context.Context, q engine.Question) (engine.Answer, error) {
	in, out := p.terminal.In, p.terminal.Out
	give, err := in.Turn(ctx)
	if err != nil {
		return "", err
	}
	defer give()
	p.mu.Lock()
	p.open = true
	fmt.Fprint(out, ui.RenderQuestion(q))
	p.mu.Unlock()
	defer p.release()
	for {
		typed, err := p.typed(ctx, q)
		if err != nil {
			fmt.Fprintln(out) // the prompt stands alone: the question is withdrawn
			if errors.Is(err, terminal.ErrEnded) {
				err = engine.NeedsPerson{Questions: []engine.Question{q}}
			}
			return "", err
		}
		a := ui.TypedChoice(q, strings.TrimSpace(typed))
		if a == "" {
			a = q.Default
		}
		if complaint := ui.Refusal(q, a); complaint != "" {
			fmt.Fprintf(out, "  ✗ %s\n%s", complaint, ui.Prompt(q))
			continue
		}
		return a, nil
	}
}

func (p *FrontEnd) typed(ctx context.Context, q engine.Question) (string, error) {
	if !q.Secret {
		return p.terminal.In.Line(ctx)
	}
	secret, err := p.terminal.In.Masked(ctx, func() { fmt.Fprint(p.terminal.Out, ui.Prompt(q)) })
	if err == nil {
		fmt.Fprintln(p.terminal.Out) // the person's Enter was not echoed
	}
	return secret, err
}

// release writes what was held back.
func (p *FrontEnd) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = false
	for _, s := range p.held {
		io.WriteString(p.terminal.Out, s)
	}
	p.held = nil
}

// Ready shows the step's title and waits for Enter.
func (p *FrontEnd) Ready(ctx context.Context, id engine.ID) error {
	s, _ := steps.Find(id)
	_, err := p.Put(ctx, engine.Question{Name: "begin", Kind: engine.Pause, Default: engine.Yes, Answers: "--pace auto", Prompt: fmt.Sprintf("Next: %d  %s. Enter begins", steps.Number(id), s.Title)})
	return err
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
		"  look           %s\n  use elsewhere  %s\n  call again     %s\n  another run    %s\n  clean up       %s\n",
		len(o.Made), r.Command("status"), r.Command("connect"), r.Command("run", "invoke"), r.Another(), r.Command("cleanup"))
}

// goOn is the command that takes up what was interrupted.
func goOn(id engine.ID) string {
	if id == steps.Cleanup {
		return "cleanup"
	}
	return "walk"
}
