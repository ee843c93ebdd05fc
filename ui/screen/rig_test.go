package screen

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// sizes are those that the screen is made for.
var sizes = [][2]int{{120, 36}, {80, 24}, {50, 20}}

// rig is the real screen on a sandbox in memory, in an emulated terminal. What
// a test does to it goes through the keyboard.
type rig struct {
	*tty.Terminal
	t      *testing.T
	box    *testkit.Sandbox
	walk   *steps.Walk
	prog   *tea.Program
	cancel func()

	model *Screen // to be read after Over only

	mu     sync.Mutex
	opened []string
	copied []string
	random []string // values of this run that golden screens must not have
}

// setup is what a test may want otherwise.
type setup struct {
	width, height int
	aws           bool // no Settings.Sandbox: AWS, at the sandbox's endpoint
	mode          engine.Mode
	home          string
	settings      func(*steps.Settings)
	frames        func(string) // sees every state of the screen
	held          []string     // operations that wait from the beginning
	env           map[string]string
}

func start(t *testing.T, o setup) *rig {
	t.Helper()
	if o.width == 0 {
		o.width, o.height = 80, 24
	}
	if o.home == "" {
		o.home = t.TempDir()
	}
	if o.env == nil {
		o.env = map[string]string{"DISPLAY": ":0"} // a desktop
	}
	r := &rig{Terminal: &tty.Terminal{T: t, Ready: true, Over: make(chan struct{})}, t: t}
	r.box = testkit.StartSandbox(t)
	r.box.Hold(o.held...)

	place := awsenv.Options{Sandbox: r.box.Location(sandbox.AccessKeyID)}
	var simulated steps.Simulated = sandbox.Person{}
	if o.aws {
		for name, value := range r.box.Env() {
			if strings.HasPrefix(name, "AWS_") {
				t.Setenv(name, value)
			}
		}
		t.Setenv("AWS_CONFIG_FILE", filepath.Join(o.home, "none"))
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(o.home, "none"))
		place, simulated = awsenv.Options{Region: sandbox.Region}, nil
	}
	store := run.Store{Dir: o.home}
	rec, err := store.Load("test")
	if err != nil {
		rec = testkit.NewRecord("test", !o.aws)
		rec.Settings.Port = freeport.Take(t) // as if remembered
	}
	r.walk = testkit.NewWalk(store, rec, func(s *steps.Settings) {
		s.World, s.Simulated, s.OpenURL = place, simulated, r.open
		s.Env = func(name string) string { return o.env[name] }
		if len(o.held) > 0 { // a wait that is held must neither end nor be told, as slow as this machine may be
			s.Backoff.First = 50 * time.Millisecond // limits follow the pauses
			s.AnswerLimit, s.TellAfter = 10*time.Minute, time.Hour
		}
		if o.settings != nil {
			o.settings(s)
		}
	})
	t.Cleanup(func() { r.walk.Close() })

	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	s, driver := r.screen(ctx, testkit.NewMachine(o.mode, nil))
	keys := r.Open(o.width, o.height)
	r.Screen.OnWrite(o.frames)
	r.prog = tea.NewProgram(s, tea.WithContext(ctx), tea.WithInput(keys), tea.WithOutput(r.Screen), tea.WithWindowSize(o.width, o.height),
		tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithFilter(answerViews))
	r.play(s, driver)
	t.Cleanup(func() {
		r.box.Release()
		cancel()
		select {
		case <-r.Over:
		case <-time.After(tty.Timeout):
			t.Error("the program does not end")
		}
	})
	return r
}

// screen is the run's screen, and what drives it.
func (r *rig) screen(ctx context.Context, m engine.Machine) (*Screen, *driver) {
	shown := ui.RunOf(r.walk)
	shown.ShowPage = nil // it writes beside the program, and may be late for the end of a test
	w := Walkthrough{Run: shown, Machine: m, Drive: func(front engine.FrontEnd) {
		_, _ = engine.Drive(ctx, testkit.NewRunner(r.walk, true), m, front)
	}}
	s, d := Display{OpenURL: r.open, Copy: r.copy}.newScreen(ctx, w), newDriver()
	s.guard.grace = 0
	s.person.loop = d.begin(w)
	return s, d
}

// play runs the program until the person leaves.
func (r *rig) play(s *Screen, d *driver) {
	if d != nil {
		d.send = r.prog.Send
	}
	go func() {
		defer close(r.Over)
		_, r.Err = r.prog.Run()
		if d != nil {
			d.end()
		}
		r.model = s
	}()
}

func (r *rig) open(address string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened = append(r.opened, address)
	return nil
}

func (r *rig) copy(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.copied = append(r.copied, text)
	return "Copied with a test."
}

// resize changes the window, and waits until it is drawn again.
func (r *rig) resize(width, height int) {
	r.t.Helper()
	r.Screen.Resize(width, height)
	_, _ = r.Screen.Write([]byte("\x1b[2J")) // so that what is there was drawn at the new size
	r.prog.Send(tea.WindowSizeMsg{Width: width, Height: height})
	r.Until("its new size", func(text string) bool {
		lines := strings.Split(text, "\n")
		small := width < minWidth || height < minHeight
		return len(lines) == height && lines[height-1] != "" || small && strings.TrimSpace(text) != ""
	})
}

// viewMsg asks the program what it shows.
type viewMsg chan string

func answerViews(m tea.Model, msg tea.Msg) tea.Msg {
	if asked, is := msg.(viewMsg); is {
		asked <- ansi.Strip(m.View().Content)
		return nil
	}
	return msg
}

// Still waits until the terminal shows what the program does, and that no longer changes
// except for times, and returns its text.
func (r *rig) Still() string {
	r.t.Helper()
	var text, meant string
	for end := time.Now().Add(tty.Timeout); time.Now().Before(end); {
		text = r.Terminal.Still()
		asked := make(viewMsg, 1)
		r.prog.Send(asked)
		select {
		case meant = <-asked:
		case <-r.Over:
			return text
		case <-time.After(tty.Timeout):
		}
		if tty.WithoutTimes(text) == tty.WithoutTimes(trailing.ReplaceAllString(meant, "")) {
			return text
		}
	}
	r.t.Fatalf("the terminal shows:\n%s\nand the program:\n%s", text, meant)
	return ""
}

var trailing = regexp.MustCompile(`(?m) +$`)

// ends waits for the program's end.
func (r *rig) ends() *Screen {
	r.t.Helper()
	select {
	case <-r.Over:
		return r.model
	case <-time.After(tty.Timeout):
		r.t.Fatalf("the program does not end:\n%s", r.Screen.Text())
		return nil
	}
}
