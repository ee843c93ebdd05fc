package screen

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"

	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// bubble is the whole full screen in a time of its own: what the runner
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
	under *lower
}

func (b both) Write(p []byte) (int, error) {
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
	kit := testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))
	b := &bubble{t: t, over: make(chan error, 1), term: picture.NewTerminal(width, height), under: &lower{em: vt.NewEmulator(width, height)}}
	w := Walkthrough{Run: ui.RunOf(kit), Machine: m, Drive: func(front engine.FrontEnd) {
		_, _ = engine.Drive(t.Context(), engine.NewRunner(engine.Work{}), m, front)
	}}
	b.s, b.driver = Display{}.newScreen(t.Context(), w), newDriver()
	b.s.person.loop = b.driver.begin(w)
	out := both{b.term, b.under}
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

// The time of a step that runs for nine minutes moves every second, on its page
// and in the list of steps, whichever page is looked at.
func TestTheTimeOfALongStepMovesEverySecond(t *testing.T) {
	t.Parallel()
	for _, size := range sizes[:2] { // with the list at the left, and as a line
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				b := newBubble(t, size[0], size[1], steps.Gateway)
				defer b.end()
				b.tell(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "the gateway: CREATING"}})
				b.says("4  Gateway")
				time.Sleep(time.Until(began.Add(time.Second / 2))) // between two ticks
				for elapsed := time.Duration(0); elapsed < 9*time.Minute; elapsed += time.Second {
					synctest.Wait()
					shown := ui.Clock(elapsed) + " creating"
					page, list := " ◐ "+shown, "       "+shown // the act at the foot, the list at the left
					if size[0] < railFrom {
						list = "4 gateway, " + shown
					}
					switch elapsed { // other pages are looked at meanwhile
					case 2 * time.Minute:
						b.press("left")
						b.says("3  Inbound: Cognito", list)
						time.Sleep(time.Until(began.Add(elapsed + time.Second/2)))
					case 5 * time.Minute:
						b.press("right")
						b.says("4  Gateway")
						time.Sleep(time.Until(began.Add(elapsed + time.Second/2)))
					}
					text := b.term.Text()
					if away := elapsed >= 2*time.Minute && elapsed < 5*time.Minute; !away && !strings.Contains(text, page) {
						t.Fatalf("the page does not say %q:\n%s", page, text)
					}
					if !strings.Contains(text, list) {
						t.Fatalf("the list of steps does not say %q:\n%s", list, text)
					}
					time.Sleep(time.Second)
				}
				time.Sleep(time.Until(began.Add(9 * time.Minute)))
				b.tell(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
				b.settle()
				if size[0] >= railFrom {
					b.says("done 9:00", "4 of 10 done")
				} else {
					b.says("4 gateway, done 9:00", "4 of 10 done")
				}
			})
		})
	}
}

// tenMinutes is a consent link with its question.
func (b *bubble) tenMinutes() (expires time.Time) {
	b.t.Helper()
	expires = time.Now().Add(consent.LinkLife)
	b.tell(engine.Event{Step: steps.Consent, Body: event.Link{Purpose: event.Consent,
		URL: "https://bedrock-agentcore.eu-west-1.amazonaws.com/identities/oauth2/authorize?request_uri=urn", Host: "bedrock-agentcore.eu-west-1.amazonaws.com",
		Asks: "The gateway g asks: Please login to this URL for authorization.", Expires: expires}})
	b.tell(engine.Event{Step: steps.Consent, Body: event.Progress{What: "the listener is up; waiting for the browser"}})
	b.tell(engine.Event{Step: steps.Consent, Body: engine.Asked{Question: engine.Question{Name: "consent", Kind: engine.Menu, Waits: true, Prompt: "Waiting for your browser",
		Choices: []engine.Choice{{ID: "open", Label: "open it in your browser"}}, Check: func(engine.Answer) error { return nil }}}})
	return expires
}

func TestALinkCountsDownToNothing(t *testing.T) {
	t.Parallel()
	for _, size := range sizes[1:] {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, size[0], size[1], steps.Consent)
				defer b.end()
				expires := b.tenMinutes()
				for left := consent.LinkLife; left >= 0; left -= time.Second {
					time.Sleep(time.Until(expires.Add(time.Second/2 - left))) // between two ticks
					synctest.Wait()
					b.says("time left: " + ui.Clock(left))
				}
				time.Sleep(time.Minute)
				b.says("time left: 0:00", "Waiting for your browser")
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
		"yes or no": {engine.Question{Name: "q", Kind: engine.Confirm, Prompt: "Make these"}, []string{"y", "n", "\r"}, "y"},
		"a pause":   {engine.Question{Name: "q", Kind: engine.Pause, Prompt: "Registered"}, []string{"\r"}, "\r"},
		"a menu":    {engine.Question{Name: "q", Kind: engine.Menu, Prompt: "Choose", Choices: choices, Default: "open", Check: func(engine.Answer) error { return nil }}, []string{"o", "s", "\r", "p"}, "s"},
		"a field":   {engine.Question{Name: "q", Kind: engine.Text, Prompt: "Client ID"}, []string{"a", "\r", "q"}, "a"},
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

// While nothing runs the program does nothing: it wakes neither the machine nor
// whoever watches the connection that the terminal is at the end of.
func TestTenMinutesWithNothingRunningWriteNoByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		running []engine.ID
		before  func(*bubble)
		counts  bool // something is under way, so the seconds are counted
	}{
		{name: "before anything has begun", before: func(*bubble) {}},
		{name: "after a step is done", running: []engine.ID{steps.Gateway}, before: func(b *bubble) {
			b.tell(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "the gateway: CREATING"}})
			time.Sleep(3500 * time.Millisecond)
			synctest.Wait()
			b.says("0:03 creating")
			b.tell(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
		}},
		{name: "after a step has failed", running: []engine.ID{steps.Gateway}, before: func(b *bubble) {
			b.tell(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "the gateway: CREATING"}})
			time.Sleep(3 * time.Second)
			b.tell(engine.Event{Step: steps.Gateway, Body: engine.Broke{Failure: engine.Failure{Doing: "creating the gateway", Next: "try again", Log: "/log"}}})
		}},
		{name: "with help laid over the page", before: func(b *bubble) {
			b.press("?")
			b.says("Keys, the same everywhere")
		}},
		{name: "with a field open", counts: true, running: []engine.ID{steps.App}, before: func(b *bubble) {
			b.tell(engine.Event{Step: steps.App, Body: engine.Asked{Question: engine.Question{Name: "linkedin_client_id", Kind: engine.Text, Prompt: "Client ID"}}})
			time.Sleep(terminal.Grace)
			b.press("a")
			b.says("› a")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, 120, 40, c.running...)
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
				if n := b.ticks.Load() - ticks; n != 0 && !c.counts {
					t.Errorf("it ticked %d times", n)
				}
			})
		})
	}
}

func TestAWaitShowsTheStateThatIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, size[0], size[1], steps.Gateway)
				defer b.end()
				b.says("0:00 running")
				for _, w := range [][2]string{{"the gateway: CREATING", "creating"}, {"the gateway: UPDATING", "updating"}, {"the role to arrive everywhere", "the role to arrive"}} {
					b.tell(engine.Event{Step: steps.Gateway, Body: event.Progress{What: w[0]}})
					time.Sleep(time.Second)
					b.settle()
					if n := strings.Count(b.term.Text(), ":01 "+w[1]) + strings.Count(b.term.Text(), ":02 "+w[1]) + strings.Count(b.term.Text(), ":03 "+w[1]) + strings.Count(b.term.Text(), ":04 "+w[1]); n != 2 { // on the page and in the list
						t.Errorf("%q is shown %d times:\n%s", w[1], n, b.term.Text())
					}
				}
				b.tell(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
				b.settle()
				if text := b.term.Text(); strings.Contains(text, "◐") {
					t.Errorf("it still waits:\n%s", text)
				}
			})
		})
	}
}
