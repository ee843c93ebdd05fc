//go:build unix

package ui

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
	"golang.org/x/term"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// role makes this test binary play somebody else in another process.
const role = "AGENTCORE_3LO_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "browser": // $BROWSER: opens its argument and presses Allow
		_ = sandbox.Person{}.Allow(context.Background(), os.Args[len(os.Args)-1])
		os.Exit(0)
	case "opener":
		if err := NewBrowser(os.Getenv).Open("https://example.com/"); err != nil {
			fmt.Println(err)
			os.Exit(steps.ExitFailed)
		}
		os.Exit(0)
	case "bomb":
		s := newBareScreen()
		if err := s.play(tea.NewProgram(bomb{s}, tea.WithoutSignalHandler())); err != nil {
			os.Exit(steps.ExitFailed)
		}
		os.Exit(0)
	}
	// These tests wait for screens and hardly compute, so many of them can wait at
	// a time, whatever the number of cores.
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		_ = f.Value.Set("8")
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// bomb is the screen with a fault in it: the key ! panics.
type bomb struct{ *screen }

func (b bomb) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok && key.String() == "!" {
		panic("a fault")
	}
	_, cmd := b.screen.Update(msg)
	return b, cmd
}

var built struct {
	once      sync.Once
	dir, path string
	err       error
}

// program builds the real program once.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		built.dir, built.err = os.MkdirTemp("", "agentcore-3lo")
		if built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "agentcore-3lo")
		out, err := exec.Command("go", "build", "-o", built.path, "agentcore-3lo").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// inPTY is a process in a terminal of its own.
type inPTY struct {
	*rig   // for when, press and the like; only term, in and over are set
	cmd    *exec.Cmd
	tty    *os.File
	before *term.State
	began  time.Time

	mu     sync.Mutex
	raw    bytes.Buffer
	silent bool
}

func (p *inPTY) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.raw.Write(b)
	p.mu.Unlock()
	return p.term.Write(b)
}

// output is all that the process has written.
func (p *inPTY) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw.String()
}

// inTerminal starts a process. A silent terminal answers no query.
func inTerminal(t testing.TB, silent bool, env []string, name string, args ...string) *inPTY {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	p := &inPTY{tty: tty, cmd: exec.Command(name, args...), silent: silent}
	p.rig = &rig{term: picture.NewTerminal(80, 24), in: master, over: make(chan struct{})}
	p.t, _ = t.(*testing.T)
	if p.t == nil {
		p.t = &testing.T{}
	}
	if p.before, err = term.GetState(int(tty.Fd())); err != nil {
		t.Fatal(err)
	}
	clean := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "SSH_") || strings.HasPrefix(name, "LINKEDIN_") ||
			slices.Contains([]string{"CI", "NO_COLOR", "TERM", "COLORTERM", "BROWSER", "TMUX", "DISPLAY", "WAYLAND_DISPLAY", "TERM_PROGRAM"}, name)
	})
	p.cmd.Env = append(append(clean, "TERM=xterm-256color", "AGENTCORE_3LO_HOME="+t.TempDir(), "AGENTCORE_3LO_BACKOFF=5ms"), env...)
	ownSandboxPort(t, p.cmd.Env)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(p, master) }()
	go func() {
		if silent {
			_, _ = io.Copy(io.Discard, p.term.Answers())
			return
		}
		_, _ = io.Copy(master, p.term.Answers())
	}()
	go func() { p.err = p.cmd.Wait(); time.Sleep(50 * time.Millisecond); close(p.over) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.over
		_ = tty.Close()
		_ = master.Close()
	})
	return p
}

// ownSandboxPort gives the state folder of an environment a sandbox port that no
// other test chooses, as if remembered: folders take the first one that is free.
func ownSandboxPort(t testing.TB, env []string) {
	t.Helper()
	var home string
	for _, v := range env {
		if value, found := strings.CutPrefix(v, "AGENTCORE_3LO_HOME="); found {
			home = value // the last one counts
		}
	}
	file := filepath.Join(home, "sandbox", "port")
	if _, err := os.Stat(file); err == nil || os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return // remembered already, or a folder that cannot be used
	}
	_ = os.WriteFile(file, []byte(fmt.Sprint(freeport.Take(t))), 0o600)
}

// soon waits for something that need not be on the screen.
func (p *inPTY) soon(what string, is func() bool) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	p.t.Fatalf("never: %s\n%s", what, p.output())
}

// finish waits for the end and checks that the terminal is as it was.
func (p *inPTY) finish(code int) {
	p.t.Helper()
	select {
	case <-p.over:
	case <-time.After(patience):
		p.t.Fatalf("the process does not end:\n%s", p.term.Text())
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d, want %d:\n%s", got, code, p.term.Text())
	}
	p.restored()
}

// toWhatNow walks from the first page to the profile, with the simulated person.
func (p *inPTY) toWhatNow() {
	p.t.Helper()
	p.when("Overview")
	p.press("enter")
	p.when("enter begin", "2  This machine")
	p.press("enter")
	p.asks("Enter skips")
	p.press("enter")
	p.asks("Create these?")
	p.press("y")
	p.when("step 5 asks you")
	p.press("right", "right", "right")
	p.asks("let the simulated person")
	p.press("s")
	p.when("step 7 asks you")
	p.press("right", "right")
	p.asks("Register it for you?")
	p.press("s")
	p.when("8 of 10 done")
	p.press("right", "right")
	p.when("enter begin")
	p.press("enter")
	p.asks("Waiting for your browser")
	p.press("s")
	p.when("9 of 10 done")
	p.press("right")
	p.when("enter begin")
	p.press("enter")
	p.asks("What now?")
}

func (p *inPTY) restored() {
	p.t.Helper()
	after, err := term.GetState(int(p.tty.Fd()))
	if err != nil {
		p.t.Fatal(err)
	}
	if !reflect.DeepEqual(p.before, after) {
		p.t.Errorf("the terminal's mode is not as it was: %+v, was %+v", after, p.before)
	}
	if p.term.AltScreen() {
		p.t.Error("the full screen is still up")
	}
	if !p.term.CursorShown() {
		p.t.Error("the cursor is hidden")
	}
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The whole way: the built program, a terminal, a browser on $BROWSER.
func TestEndToEndInATerminal(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, []string{role + "=browser", "BROWSER=" + self(t)}, program(t), "--sandbox", "--latency", "none")
	p.when("Overview")
	p.press("enter")
	p.when("enter begin", "2  This machine")
	p.press("enter")
	p.asks("Enter skips")
	p.press("u")
	p.asks("Enter or esc goes back.")
	if text := p.term.Text(); !p.term.AltScreen() || strings.Contains(text, "Enter skips") {
		t.Errorf("the link is not alone on a screen of its own:\n%s", text)
	}
	p.press("enter")
	p.until("the page", func(text string) bool { return p.term.AltScreen() && strings.Contains(text, "Enter skips") })
	p.asks("Enter skips")
	p.press("o") // the browser reaches the listener
	p.asks("Create these?")
	p.press("y")
	p.when("step 5 asks you")
	p.press("right", "right", "right")
	p.asks("let the simulated person")
	p.press("s")
	p.when("step 7 asks you")
	p.press("right", "right")
	p.asks("Register it for you?")
	p.press("s")
	p.when("8 of 10 done")
	p.press("right", "right")
	p.when("enter begin")
	p.press("enter")
	p.asks("Waiting for your browser")
	p.press("o")
	p.when("9 of 10 done")
	p.press("right")
	p.when("enter begin")
	p.press("enter")
	p.asks("What now?", "ana@example.com")
	p.press("x")
	p.asks("Delete them?")
	p.press("enter") // is no yes
	time.Sleep(100 * time.Millisecond)
	p.when("Delete them?")
	p.press("y")
	p.when("1 of 1 done")
	p.press("enter")
	p.finish(0)
	text := p.term.Scrollback()
	for _, want := range []string{"10 Call the tool", "ana@example.com", "cleaned up"} {
		if !strings.Contains(text, want) {
			t.Errorf("the scrollback does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "/oauth2/callback?") || strings.Contains(text, "goes back") {
		t.Errorf("u leaves a link behind:\n%s", text)
	}
}

func TestTheTerminalIsRestored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*inPTY)
		code int
	}{
		{"q", func(p *inPTY) { p.leave() }, steps.ExitInterrupted},
		{"ctrl+c twice", func(p *inPTY) { p.press("ctrl+c", "ctrl+c") }, steps.ExitInterrupted},
		{"SIGTERM", func(p *inPTY) { _ = p.cmd.Process.Signal(syscall.SIGTERM) }, steps.ExitInterrupted},
		{"SIGHUP", func(p *inPTY) { _ = p.cmd.Process.Signal(syscall.SIGHUP) }, steps.ExitInterrupted},
		{"SIGINT", func(p *inPTY) { _ = p.cmd.Process.Signal(syscall.SIGINT) }, steps.ExitInterrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := inTerminal(t, false, nil, program(t), "--sandbox", "--latency", "none")
			p.when("Overview")
			if !p.term.AltScreen() || reflect.DeepEqual(p.before, state(t, p.tty)) {
				t.Fatal("it is not in a full screen at all")
			}
			p.press("enter")
			p.when("enter begin")
			p.press("enter")
			p.asks("Enter skips")
			c.end(p)
			p.finish(c.code)
			if text := p.term.Scrollback(); !strings.Contains(text, "2 This machine and account") {
				t.Errorf("no transcript stays:\n%s", text)
			}
		})
	}
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		p := inTerminal(t, false, []string{role + "=bomb"}, self(t))
		p.when("Overview")
		p.press("!")
		p.finish(steps.ExitFailed)
		if !strings.Contains(p.output(), "a fault") {
			t.Error("the panic is not told")
		}
	})
}

func state(t *testing.T, tty *os.File) *term.State {
	t.Helper()
	s, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var colour = regexp.MustCompile(`\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]\d+)*m`)

func TestNoColourWhereNoneIsWanted(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"1", "yes", "anything", ""} {
		t.Run("NO_COLOR="+value, func(t *testing.T) {
			t.Parallel()
			p := inTerminal(t, false, []string{"NO_COLOR=" + value}, program(t), "--sandbox", "--latency", "none")
			p.when("Overview")
			p.press("enter")
			p.when("✓")
			p.press("right")
			p.still()
			if has := colour.MatchString(p.output()); has == (value != "") {
				t.Errorf("colour: %v", has)
			}
			p.leave()
		})
	}
}

func TestPlainLinesWhereNoScreenIsPossible(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, env, flag string }{
		{"TERM=dumb", "TERM=dumb", "--yes"}, {"CI=1", "CI=1", "--yes"}, {"--plain", "COLUMNS=80", "--plain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := inTerminal(t, false, []string{c.env}, program(t), "--sandbox", "--latency", "none", "--yes", c.flag)
			p.finish(0)
			if strings.Contains(p.output(), "\x1b") {
				t.Errorf("escape sequences: %q", p.output())
			}
			if !strings.Contains(p.output(), "ana@example.com") {
				t.Error("no profile")
			}
		})
	}
}

func TestByItselfInATerminal(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, nil, program(t), "--sandbox", "--latency", "none", "--yes")
	p.finish(0)
	if !strings.Contains(p.output(), "\x1b[?1049h") || !strings.Contains(p.term.Scrollback(), "ana@example.com") {
		t.Errorf("it was no full screen, or shows no profile:\n%s", p.term.Scrollback())
	}
}
