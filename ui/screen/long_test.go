package screen

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// bubble is the whole full screen with a clock that the test moves: what the runner
// would tell is told by the test, and nothing is called. It may be used only
// inside synctest.Test.
type bubble struct {
	t      *testing.T
	s      *Screen
	term   *picture.Terminal
	under  *lower
	in     *io.PipeWriter
	prog   *tea.Program
	driver *driver
	over   chan error
	ticks  atomic.Int64 // seconds that were counted
	writes atomic.Int64 // to the terminal
}

// counted counts the screen's ticks.
type counted struct {
	*Screen
	ticks *atomic.Int64
}

func (c counted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tickMsg); ok {
		c.ticks.Add(1)
	}
	_, cmd := c.Screen.Update(msg)
	return c, cmd
}

// lower is the same terminal once more, for what picture.Terminal does not tell.
type lower struct {
	mu sync.Mutex
	em *vt.Emulator
}

func (l *lower) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.em.Write(p)
}

// both writes to the two terminals.
type both struct {
	*picture.Terminal
	under  *lower
	writes *atomic.Int64
}

func (b both) Write(p []byte) (int, error) {
	b.writes.Add(1)
	_, _ = b.under.Write(p)
	return b.Terminal.Write(p)
}

// newBubble shows the page of the first of these steps, which run already; with
// none, that of a run that has not begun.
func newBubble(t *testing.T, width, height int, running ...engine.ID) *bubble {
	t.Helper()
	// At a person's pace nothing begins by itself, so nothing is called.
	m := testkit.NewMachine(engine.Mode{Manual: true}, nil)
	for _, step := range steps.Tutorial() {
		if len(running) > 0 && step.ID == running[0] {
			break
		}
		m = after(m, engine.Event{Step: step.ID, Body: engine.Go{}}, engine.Event{Step: step.ID, Attempt: 1, Body: engine.Finished{}})
	}
	for _, id := range running {
		m = after(m, engine.Event{Step: id, Body: engine.Go{}})
		if m.Of(id).State != engine.Running {
			t.Fatalf("%s does not run: %+v", id, m.Of(id))
		}
	}
	return inBubble(t, width, height, m)
}

// inBubble shows a machine's page.
func inBubble(t *testing.T, width, height int, m engine.Machine) *bubble {
	t.Helper()
	walk := testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))
	b := &bubble{t: t, over: make(chan error, 1), term: picture.NewTerminal(width, height), under: &lower{em: vt.NewEmulator(width, height)}}
	w := Walkthrough{Run: ui.RunOf(walk), Machine: m, Drive: func(front engine.FrontEnd) {
		_, _ = engine.Drive(t.Context(), engine.NewRunner(engine.Work{}), m, front)
	}}
	b.s, b.driver = Display{}.newScreen(t.Context(), w), newDriver()
	b.s.person.loop = b.driver.begin(w)
	out := both{b.term, b.under, &b.writes}
	_, _ = out.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	pr, pw := io.Pipe()
	b.in = pw
	go func() { _, _ = io.Copy(pw, b.term.Answers()) }()
	go func() { _, _ = io.Copy(io.Discard, b.under.em) }()
	b.prog = tea.NewProgram(&throttle{Model: counted{b.s, &b.ticks}}, tea.WithInput(pr), tea.WithOutput(out), tea.WithFPS(looks),
		tea.WithWindowSize(width, height), tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	b.driver.send = b.prog.Send
	go func() { _, err := b.prog.Run(); b.driver.end(); b.over <- err }()
	b.settle()
	return b
}

// after is the machine after what happened now.
func after(m engine.Machine, events ...engine.Event) engine.Machine {
	for _, e := range events {
		e.Time = time.Now()
		m, _ = m.Next(e)
	}
	return m
}

// settle lets the program draw what it has, which takes a frame or two.
func (b *bubble) settle() {
	b.t.Helper()
	time.Sleep(3 * frameTime)
	synctest.Wait()
}

// tell is the runner's word about a step's first attempt.
func (b *bubble) tell(e engine.Event) {
	b.t.Helper()
	e.Attempt, e.Time = 1, time.Now()
	b.s.person.loop.Send(e)
	synctest.Wait()
}

func (b *bubble) press(name string) {
	b.t.Helper()
	raw, named := tty.Keys[name]
	if !named {
		raw = name
	}
	if _, err := io.WriteString(b.in, raw); err != nil {
		b.t.Fatal(err)
	}
	b.settle()
}

// says insists that the screen shows all of this now.
func (b *bubble) says(words ...string) {
	b.t.Helper()
	text := b.term.Text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Fatalf("the screen does not say %q:\n%s", w, text)
		}
	}
}

// end leaves the program; what still waits in it gets the time to end.
func (b *bubble) end() {
	b.t.Helper()
	b.prog.Quit()
	if err := <-b.over; err != nil {
		b.t.Error(err)
	}
	_ = b.in.Close()
	_ = b.term.Answers().(io.Closer).Close()
	_ = b.under.em.Close()
	time.Sleep(5 * time.Second)
}

// creating tells that the gateway is being created.
func (b *bubble) creating() {
	b.t.Helper()
	b.tell(engine.Event{Step: steps.Gateway, Body: wire.Exchange{From: wire.Program, To: wire.AWS, Service: "AgentCore", Operation: "GetGateway", Status: 200, Started: time.Now()}})
	b.tell(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "gateway", State: "CREATING"}})
}

// The time of a step that runs for nine minutes moves every second, on its page and in
// the list of steps, whichever page is looked at.
func TestTheTimeOfALongStepMovesEverySecond(t *testing.T) {
	t.Parallel()
	for _, size := range sizes[:2] { // with the list at the left, and as a line
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				b := newBubble(t, size[0], size[1], steps.Gateway)
				defer b.end()
				b.creating()
				away := false
				time.Sleep(time.Until(began.Add(time.Second / 2))) // between two ticks
				for elapsed := time.Duration(0); elapsed < 9*time.Minute; elapsed += time.Second {
					synctest.Wait()
					if turn := map[time.Duration]string{2 * time.Minute: "left", 5 * time.Minute: "right"}[elapsed]; turn != "" {
						b.press(turn)
						away = !away
						time.Sleep(time.Until(began.Add(elapsed + time.Second/2)))
					}
					b.says("creating " + ui.Clock(elapsed))
					if page := regexp.MustCompile(`◐ GetGateway +` + ui.Clock(elapsed) + ` +CREATING`); page.MatchString(b.term.Text()) == away {
						t.Fatalf("away: %v, after %v:\n%s", away, elapsed, b.term.Text())
					}
					time.Sleep(time.Second)
				}
				time.Sleep(time.Until(began.Add(9 * time.Minute)))
				b.tell(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
				b.settle()
				b.says("done 9:00", "4 of 10 done")
				if text := b.term.Text(); strings.Contains(text, "◐") || strings.Contains(text, "CREATING") {
					t.Errorf("it still waits:\n%s", text)
				}
			})
		})
	}
}

// The countdown of a link is one small write a second.
func TestALinkCountsDownToNothing(t *testing.T) {
	t.Parallel()
	for _, size := range sizes[1:] {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, size[0], size[1], steps.Consent)
				defer b.end()
				link := aLink()
				for _, body := range []any{link, event.Progress{What: "the listener is up; waiting for the browser"}, aConsent()} {
					b.tell(engine.Event{Step: steps.Consent, Body: body})
				}
				time.Sleep(time.Second / 2)
				for left := 10*time.Minute - time.Second; left > 0; left -= time.Second {
					time.Sleep(time.Until(link.Expires.Add(time.Second/2 - left))) // between two ticks
					synctest.Wait()
					b.says("in "+ui.Clock(left), "works once")
					before, writes := b.term.Written(), b.writes.Load()
					time.Sleep(time.Second - time.Millisecond)
					synctest.Wait()
					if n, w := b.term.Written()-before, b.writes.Load()-writes; n > 60 || w > 1 {
						t.Fatalf("a second takes %d writes, and %d bytes", w, n)
					}
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				b.says("used up, or too old", "Your turn")
				if text := b.term.Text(); strings.Contains(text, "works once") {
					t.Errorf("the link is used up and works once:\n%s", text)
				}
			})
		})
	}
}

// Keys that were typed while something ran are meant for that, whatever would
// answer the question that comes then; afterwards they answer it.
func TestKeysTypedBeforeAQuestionDoNotAnswerIt(t *testing.T) {
	t.Parallel()
	choices := []engine.Choice{{ID: "open", Label: "open"}, {ID: "simulate", Label: "simulate"}}
	for name, c := range map[string]struct {
		question engine.Question
		keys     []string
		then     string
	}{
		"yes or no": {engine.Question{Name: "q", Kind: engine.Confirm, Prompt: "Create these"}, []string{"y", "n", "\r"}, "y"},
		"a pause":   {engine.Question{Name: "q", Kind: engine.Pause, Prompt: "Registered"}, []string{"\r"}, "\r"},
		"a menu":    {engine.Question{Name: "q", Kind: engine.Menu, Prompt: "Choose", Choices: choices, Default: "open", Check: func(engine.Answer) error { return nil }}, []string{"o", "i", "\r", "p"}, "i"},
		"a field":   {engine.Question{Name: "q", Kind: engine.Text, Prompt: "Client ID"}, []string{"\r"}, "\r"},
	} {
		for _, key := range c.keys {
			t.Run(fmt.Sprintf("%s, %q", name, key), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBubble(t, 80, 24, steps.Gateway)
					defer b.end()
					b.tell(engine.Event{Step: steps.Gateway, Body: engine.Asked{Question: c.question}})
					time.Sleep(terminal.Grace - time.Millisecond)
					b.press(key)
					b.says("That key came before the question did. Press it again if you meant it.", c.question.Prompt)
					if b.s.m.Of(steps.Gateway).State != engine.Asking || b.s.field.Value() != "" {
						t.Errorf("it was taken:\n%s", b.term.Text())
					}
					b.press(c.then)
					if text := b.term.Text(); strings.Contains(text, "That key came") {
						t.Errorf("a key that was meant is not taken:\n%s", text)
					}
				})
			})
		}
	}
}

// While nothing runs the program does nothing: it wakes neither the machine nor the
// connection that the terminal is at the end of.
func TestTenMinutesWithNothingRunningWriteNoByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		running []engine.ID
		before  func(*bubble)
	}{
		{name: "before anything has begun", before: func(*bubble) {}},
		{name: "after a step is done", running: []engine.ID{steps.Gateway}, before: func(b *bubble) {
			b.creating()
			time.Sleep(3500 * time.Millisecond)
			synctest.Wait()
			b.says("creating 0:03")
			b.tell(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
		}},
		{name: "after a step has failed", running: []engine.ID{steps.Gateway}, before: func(b *bubble) {
			b.creating()
			time.Sleep(3 * time.Second)
			b.tell(engine.Event{Step: steps.Gateway, Body: engine.Broke{Failure: engine.Failure{Doing: "creating the gateway", Next: "try again", Log: "/log"}}})
		}},
		{name: "with help laid over the page", before: func(b *bubble) {
			b.press("?")
			b.says("all keys")
		}},
		{name: "with the sequence laid over the page", before: func(b *bubble) {
			b.press("s")
			b.says("Sequence: ")
		}},
		{name: "with a field open", running: []engine.ID{steps.App}, before: func(b *bubble) {
			b.tell(engine.Event{Step: steps.App, Body: engine.Asked{Question: engine.Question{Name: "linkedin_client_id", Kind: engine.Text, Prompt: "Client ID"}}})
			time.Sleep(terminal.Grace)
			b.press("enter")
			b.press("a")
			b.says("[ a")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, 120, 36, c.running...)
				defer b.end()
				c.before(b)
				time.Sleep(2 * time.Second) // the last tick is under way
				synctest.Wait()
				written, ticks := b.term.Written(), b.ticks.Load()
				if written == 0 {
					t.Fatal("nothing was drawn at all")
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if n := b.term.Written() - written; n != 0 {
					t.Errorf("%d bytes were written", n)
				}
				if n := b.ticks.Load() - ticks; n != 0 {
					t.Errorf("it ticked %d times", n)
				}
			})
		})
	}
}
