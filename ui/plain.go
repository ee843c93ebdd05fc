package ui

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

	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// heartbeat is how often a long wait gives a sign of life.
const heartbeat = 15 * time.Second

// Plain writes lines and never redraws: for pipes, logs, screen readers and
// whoever prefers it.
type Plain struct {
	terminal *Terminal
	lessons  bool
	kit      *steps.Kit

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
func NewPlain(t *Terminal, lessons bool) *Plain {
	return &Plain{terminal: t, lessons: lessons, since: map[engine.ID]time.Time{}, waiting: map[engine.ID]string{},
		stop: make(chan struct{})}
}

// attach serves a run that another front end has shown.
func (p *Plain) attach(kit *steps.Kit) { p.kit = kit }

// Begin writes the heading and starts the heartbeat.
func (p *Plain) Begin(kit *steps.Kit, m engine.Machine) {
	p.kit, p.passed = kit, kit.DoneSteps()
	p.print(Heading(kit) + "\n")
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

// Heading names the run and its world.
func Heading(kit *steps.Kit) string {
	if kit.Names.Run == "" {
		return "agentcore-3lo · " + place(kit)
	}
	return fmt.Sprintf("agentcore-3lo · %s · run %s", place(kit), kit.Names.Run)
}

// place is the world in a few words.
func place(kit *steps.Kit) string {
	rec := kit.Record()
	world := "AWS"
	if rec.Environment.Account != "" {
		world += " account " + rec.Environment.Account + ", " + rec.Environment.Region
	}
	if rec.Environment.Sandbox {
		world = "SANDBOX"
		if rec.Environment.SandboxURL != "" {
			world += " at " + rec.Environment.SandboxURL
		}
	}
	for name, endpoint := range rec.Environment.Endpoints {
		if name == "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL" {
			world += " at " + endpoint
		}
	}
	return world
}

func (p *Plain) beat(now time.Time) {
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
		fmt.Fprintf(p.terminal.Out, "  … %s, %s\n", what, clock(now.Sub(began)))
	}
}

// clock is a duration as minutes and seconds.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// print writes now, or keeps the lines until the open question is answered.
func (p *Plain) print(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		p.held = append(p.held, s)
		return
	}
	io.WriteString(p.terminal.Out, s)
}

// Show writes what is worth a line.
func (p *Plain) Show(before, after engine.Machine, e engine.Event) {
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
			p.print(fmt.Sprintf("%s done (%s)\n", mark(s.ID), clock(s.Elapsed(e.Time))))
		case s.State == engine.Stale:
			p.print(fmt.Sprintf("%s stale: %s\n", mark(s.ID), s.Reason))
		case s.State == engine.Failed:
			p.print(fmt.Sprintf("%s failed (%s)\n", mark(s.ID), clock(s.Elapsed(e.Time))))
		}
	}
	p.body(e.Step, e.Body)
}

// callResult is how an exchange ended, in a few words.
func callResult(x wire.Exchange) string {
	if x.Status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("HTTP %d, %d ms", x.Status, x.Took.Milliseconds())
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

func (p *Plain) track(s engine.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, s.ID)
	if s.State == engine.Running {
		p.since[s.ID] = s.Began
	} else {
		delete(p.since, s.ID)
	}
}

// mark prefixes lines that may come between those of another step.
func mark(id engine.ID) string {
	if n := steps.Number(id); n > 0 {
		return fmt.Sprintf("[%d %s]", n, id)
	}
	return fmt.Sprintf("[%s]", id)
}

// page is a step's title and its lesson.
func (p *Plain) page(id engine.ID) string {
	s, _ := steps.Find(id)
	title := s.Title
	if n := steps.Number(id); n > 0 {
		title = fmt.Sprintf("%d/%d  %s", n, len(steps.Tutorial()), s.Title)
	}
	page := "\n" + title + "\n" + strings.Repeat("─", ansi.StringWidth(title)) + "\n"
	if p.lessons && !slices.Contains(p.passed, id) {
		page += RenderLesson(s.Lesson(), p.terminal.Width)
	}
	return page
}

// body writes what happened, where it is worth a line.
func (p *Plain) body(id engine.ID, body any) {
	switch b := body.(type) {
	case wire.Exchange:
		if worthALine(b.Operation) {
			p.line(id, fmt.Sprintf("→ %s %s: %s", b.Service, b.Operation, callResult(b)))
		}
	case steps.Progress:
		wait := text.CleanLine(b.Text)
		p.mu.Lock()
		p.waiting[id] = wait
		p.mu.Unlock()
		p.line(id, "… "+wait)
	case steps.Plan:
		p.print(RenderPlan(b, p.terminal.Width))
	case steps.URL:
		p.print(renderURL(b, p.terminal.Width, p.kit.Record().Environment.Sandbox))
	case steps.Result:
		p.print(RenderResult(b, p.terminal.Width))
	case steps.Verbatim:
		p.print("\n" + b.Text + "\n")
	case steps.Note:
		p.line(id, text.Clean(b.Text))
		if b.Mender != "" {
			p.line(id, "Leave here first (Ctrl-C), then go to that step: "+p.kit.Command("run", string(b.Mender)))
		}
	}
}

// line is written under its step's title, or says to which step it belongs.
func (p *Plain) line(id engine.ID, s string) {
	if id != p.under {
		s = mark(id) + " " + s
	}
	p.print(note(s, p.terminal.Width))
}

// note wraps each line by itself; an item of a list hangs under its dash.
func note(s string, width int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		if item, found := strings.CutPrefix(line, "- "); found {
			b.WriteString("  - " + strings.TrimPrefix(wrap(item, width, "    "), "    "))
			continue
		}
		b.WriteString(wrap(line, width, "  "))
	}
	return b.String()
}

// Ask puts the question; other lines wait until it is answered or withdrawn.
func (p *Plain) Ask(ctx context.Context, _ engine.ID, q engine.Question, answer func(engine.Answer, error)) {
	go func() { answer(p.ask(ctx, q)) }()
}

// ask puts one question at a time. Where input has ended, nobody answers.
func (p *Plain) ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	in, out := p.terminal.In, p.terminal.Out
	give, err := in.Turn(ctx)
	if err != nil {
		return "", err
	}
	defer give()
	p.mu.Lock()
	p.open = true
	fmt.Fprint(out, renderQuestion(q))
	p.mu.Unlock()
	defer p.release()
	for {
		typed, err := p.typed(ctx, q)
		if err != nil {
			fmt.Fprintln(out) // the prompt stands alone: the question is withdrawn
			if errors.Is(err, errNoMoreInput) {
				err = engine.NeedsPerson{Questions: []engine.Question{q}}
			}
			return "", err
		}
		a := typedChoice(q, strings.TrimSpace(typed))
		if a == "" {
			a = q.Default
		}
		if complaint := refuse(q, a); complaint != "" {
			fmt.Fprintf(out, "  ✗ %s\n%s", complaint, prompt(q))
			continue
		}
		return a, nil
	}
}

func (p *Plain) typed(ctx context.Context, q engine.Question) (string, error) {
	if !q.Secret {
		return p.terminal.In.Line(ctx)
	}
	secret, err := p.terminal.In.Masked(ctx, func() { fmt.Fprint(p.terminal.Out, prompt(q)) })
	if err == nil {
		fmt.Fprintln(p.terminal.Out) // the person's Enter was not echoed
	}
	return secret, err
}

// refuse says why an answer will not do; "" when it will.
func refuse(q engine.Question, a engine.Answer) string {
	switch {
	case q.Kind == engine.Confirm && a == "":
		return "type y for yes or n for no; Enter alone is neither"
	case q.Kind == engine.Confirm && a != engine.Yes && a != engine.No:
		return "type y for yes or n for no"
	case q.Kind == engine.Menu && q.Check == nil:
		if !slices.ContainsFunc(q.Choices, func(c engine.Choice) bool { return c.ID == a }) {
			return "choose one of the keys shown"
		}
	case q.Check != nil:
		if err := q.Check(a); err != nil {
			return text.CleanLine(err.Error())
		}
	}
	return ""
}

// release writes what was held back.
func (p *Plain) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = false
	for _, s := range p.held {
		io.WriteString(p.terminal.Out, s)
	}
	p.held = nil
}

// Ready shows the step's title and waits for Enter.
func (p *Plain) Ready(ctx context.Context, id engine.ID) error {
	s, _ := steps.Find(id)
	_, err := p.ask(ctx, engine.Question{Name: "begin", Kind: engine.Pause, Default: engine.Yes, Answers: "--pace auto", Prompt: fmt.Sprintf("Next: %d  %s. Enter begins", steps.Number(id), s.Title)})
	return err
}

// End writes the failure in its four parts, or how to go on.
func (p *Plain) End(o Outcome) {
	p.once.Do(func() { close(p.stop) })
	p.release()
	for _, id := range slices.Sorted(maps.Keys(o.Stale)) {
		p.print(fmt.Sprintf("%s is stale: %s. The next walk renews it.\n", mark(id), o.Stale[id]))
	}
	if o.ExitCode == steps.ExitInterrupted { // an attempt that was cut short is no failure
		if r := p.kit.Record(); !r.Begun() && p.kit.Names.Run != "" {
			p.print("\nStopped. Nothing was created.\n")
			return
		}
		p.print("\nStopped. Resume with: " + p.kit.Command(goOn(o.Step)) + "\n")
		return
	}
	if o.Failure != nil {
		p.print(RenderFailure(*o.Failure, unwrapped))
		return
	}
	p.print(closing(p.kit, o))
}

func closing(kit *steps.Kit, o Outcome) string {
	if kit.Names.Run == "" { // of all runs
		return ""
	}
	if !kit.Record().Cleaned.IsZero() {
		return "\nRun " + kit.Names.Run + " is cleaned up.\n"
	}
	return fmt.Sprintf("\n%d resources exist. Next:\n"+
		"  look           %s\n  use elsewhere  %s\n  call again     %s\n  another run    %s\n  clean up       %s\n",
		len(o.Made), kit.Command("status"), kit.Command("connect"), kit.Command("run", "invoke"), kit.Another(), kit.Command("cleanup"))
}

// goOn is the command that takes up what was interrupted.
func goOn(id engine.ID) string {
	if id == steps.Cleanup {
		return "cleanup"
	}
	return "walk"
}
