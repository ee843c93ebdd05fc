package ui

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// patience is how long a screen may take to say what is expected of it.
const patience = 15 * time.Second

// sizes are those that the screen is made for.
var sizes = [][2]int{{120, 40}, {80, 24}, {50, 20}}

// rig is the real screen on a sandbox in memory, in an emulated terminal. What
// a test does to it goes through the keyboard.
type rig struct {
	t      *testing.T
	box    *sandbox.Server
	kit    *steps.Kit
	runner *engine.Runner
	term   *picture.Terminal
	in     io.Writer
	prog   *tea.Program
	over   chan struct{} // the program has ended
	cancel func()

	model *screen // to be read after over only
	err   error

	mu     sync.Mutex
	held   map[string]chan struct{} // operations that wait
	hook   func(op string, w http.ResponseWriter, r *http.Request, next http.Handler) bool
	ahead  time.Duration
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
	box           func(*sandbox.Options)
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
	r := &rig{t: t, held: map[string]chan struct{}{}, over: make(chan struct{})}
	r.hold(o.held...)
	options := sandbox.Options{Port: freeport.Take(t), Intercept: r.intercept, Now: r.now}
	if o.box != nil {
		o.box(&options)
	}
	var err error
	if r.box, err = sandbox.Start(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.box.Close() })

	place := awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: r.box.Endpoint(), AccessKeyID: sandbox.AccessKeyID,
		SecretAccessKey: sandbox.SecretAccessKey, Region: sandbox.Region, Portal: r.box.PortalURL()}}
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
	settings := steps.Settings{Program: "agentcore-3lo", Home: o.home, LogPath: "/state/logs/test.log", World: place,
		Todo: steps.Tutorial(), Env: func(name string) string { return o.env[name] }, Simulated: simulated,
		Backoff: steps.Backoff{First: 5 * time.Millisecond, Max: 50 * time.Millisecond}, OpenURL: r.open}
	if len(o.held) > 0 { // a wait that is held must neither end nor be told, as slow as this machine may be
		settings.Backoff.First = 50 * time.Millisecond // limits follow the pauses
		settings.AnswerLimit, settings.TellAfter = 10*time.Minute, time.Hour
	}
	if o.settings != nil {
		o.settings(&settings)
	}
	store := run.Store{Dir: o.home}
	rec, err := store.Load("test")
	if err != nil {
		rec = steps.NewRecord("test", !o.aws)
		rec.Settings.Port = freeport.Take(t) // as if remembered
	}
	r.kit = steps.NewKit(settings, store, rec, nil)
	t.Cleanup(func() { r.kit.Close() })

	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.runner = steps.NewRunner(r.kit, true)
	m := steps.NewMachine(o.mode, steps.Tutorial(), nil)
	s := newScreen(ctx, r.kit, r.runner, m)
	s.open, s.copy = r.open, r.copy
	r.term = picture.NewTerminal(o.width, o.height)
	r.term.OnWrite(o.frames)
	_, _ = r.term.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	pr, pw := io.Pipe()
	r.in = pw
	go func() { _, _ = io.Copy(pw, r.term.Answers()) }()
	r.prog = tea.NewProgram(s, tea.WithContext(ctx), tea.WithInput(pr), tea.WithOutput(r.term), tea.WithWindowSize(o.width, o.height),
		tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	go func() {
		defer close(r.over)
		r.model, r.err = s, s.play(r.prog)
	}()
	t.Cleanup(func() {
		r.release()
		cancel()
		select {
		case <-r.over:
		case <-time.After(patience):
			t.Error("the program does not end")
		}
		_ = pw.Close()
	})
	return r
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

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Now().Add(r.ahead)
}

func (r *rig) intercept(op string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, name, _ := strings.Cut(op, ":")
		r.mu.Lock()
		gate, hook := r.held[name], r.hook
		r.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-q.Context().Done():
				return
			}
		}
		if hook != nil && hook(name, w, q, next) {
			return
		}
		next.ServeHTTP(w, q)
	})
}

// hold lets operations wait until they are released.
func (r *rig) hold(ops ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range ops {
		r.held[op] = make(chan struct{})
	}
}

// release lets them go on; none named means all.
func (r *rig) release(ops ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for op, gate := range r.held {
		if len(ops) == 0 || slices.Contains(ops, op) {
			close(gate)
			delete(r.held, op)
		}
	}
}

// intrude answers requests in the sandbox's place where the hook says so.
func (r *rig) intrude(hook func(op string, w http.ResponseWriter, q *http.Request, next http.Handler) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

// The keys as a terminal sends them.
var keys = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
	"left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "space": " ", "ctrl+c": "\x03", "ctrl+r": "\x12", "backspace": "\x7f"}

// press sends keys one after the other.
func (r *rig) press(names ...string) {
	r.t.Helper()
	for _, name := range names {
		raw, ok := keys[name]
		if !ok {
			raw = name
		}
		r.send(raw)
		if name == "esc" {
			time.Sleep(80 * time.Millisecond) // alone, not the beginning of a sequence
		}
	}
}

func (r *rig) send(raw string) {
	r.t.Helper()
	if _, err := io.WriteString(r.in, raw); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		r.t.Fatal(err)
	}
}

func (r *rig) pasteText(text string) { r.send("\x1b[200~" + text + "\x1b[201~") }

// when waits until the screen says all of this.
func (r *rig) when(words ...string) string {
	r.t.Helper()
	return r.until(strings.Join(words, " + "), func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

// unless waits until the screen no longer says this.
func (r *rig) gone(word string) {
	r.t.Helper()
	r.until("no "+word, func(text string) bool { return !strings.Contains(text, word) })
}

func (r *rig) until(what string, is func(string) bool) string {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if text := r.term.Text(); is(text) {
			return text
		}
		select {
		case <-r.over:
			if text := r.term.Text(); is(text) {
				return text
			}
			r.t.Fatalf("the program has ended (%v); wanted %s", r.err, what)
		case <-time.After(3 * time.Millisecond):
		}
	}
	r.t.Fatalf("the screen never says %s:\n%s", what, r.term.Text())
	return ""
}

// leave asks to leave, and confirms it.
func (r *rig) leave() {
	r.t.Helper()
	r.press("q")
	time.Sleep(grace + 200*time.Millisecond)
	r.press("q")
}

// asks waits for a question on the screen, and past the grace in which keys are
// not taken for its answer.
func (r *rig) asks(words ...string) {
	r.t.Helper()
	r.when(words...)
	time.Sleep(grace + 30*time.Millisecond)
}

// still waits until the screen no longer changes.
func (r *rig) still() string {
	r.t.Helper()
	last, since := r.term.Text(), time.Now()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text := r.term.Text()
		if steady(text) != steady(last) {
			since = time.Now()
		}
		if last = text; time.Since(since) > 60*time.Millisecond {
			return text
		}
	}
	r.t.Fatalf("the screen does not come to rest:\n%s", last)
	return ""
}

func (r *rig) resize(width, height int) {
	r.t.Helper()
	r.term.Resize(width, height)
	r.prog.Send(tea.WindowSizeMsg{Width: width, Height: height})
	r.until("its new size", func(text string) bool {
		first, _, _ := strings.Cut(text, "\n")
		return len([]rune(first)) == width-1 || width < minWidth || height < minHeight
	})
}

// ends waits for the program's end.
func (r *rig) ends() *screen {
	r.t.Helper()
	select {
	case <-r.over:
		return r.model
	case <-time.After(patience):
		r.t.Fatalf("the program does not end:\n%s", r.term.Text())
		return nil
	}
}
