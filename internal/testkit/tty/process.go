//go:build unix

package tty

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/testkit/freeport"
)

// Process is a process in a pseudo-terminal.
type Process struct {
	*Terminal
	Cmd    *exec.Cmd
	TTY    *os.File
	Before *term.State // the terminal's mode before the process started
	Began  time.Time

	mu      sync.Mutex
	raw     bytes.Buffer
	drained chan struct{} // closed when all that the process wrote is here
}

// endMark is written behind the process's output: what comes before it is all of it.
const endMark = 0

// Start starts a process. A silent terminal does not respond to queries.
func Start(t testing.TB, silent bool, env []string, name string, args ...string) *Process {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	p := &Process{TTY: tty, Cmd: exec.Command(name, args...), drained: make(chan struct{})}
	p.Terminal = &Terminal{T: t, Screen: picture.NewTerminal(80, 24), In: master, Over: make(chan struct{})}
	if p.Before, err = term.GetState(int(tty.Fd())); err != nil {
		t.Fatal(err)
	}
	clean := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "SSH_") || strings.HasPrefix(name, "LINKEDIN_") ||
			slices.Contains([]string{"CI", "NO_COLOR", "TERM", "COLORTERM", "BROWSER", "TMUX", "DISPLAY", "WAYLAND_DISPLAY", "TERM_PROGRAM"}, name)
	})
	p.Cmd.Env = append(append(clean, "TERM=xterm-256color", "AGENTCORE_3LO_HOME="+t.TempDir(), "AGENTCORE_3LO_BACKOFF=5ms"), env...)
	ownSandboxPort(t, p.Cmd.Env)
	p.Cmd.Stdin, p.Cmd.Stdout, p.Cmd.Stderr = tty, tty, tty
	p.Cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.Began = time.Now()
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(p, master) }()
	go func() {
		if silent {
			_, _ = io.Copy(io.Discard, p.Screen.Answers())
			return
		}
		_, _ = io.Copy(master, p.Screen.Answers())
	}()
	go func() {
		defer close(p.Over)
		p.Err = p.Cmd.Wait()
		go func() { _, _ = tty.Write([]byte{endMark}) }() // which waits while nobody reads
		select {
		case <-p.drained:
		case <-time.After(Timeout):
		}
	}()
	t.Cleanup(func() {
		_ = p.Cmd.Process.Kill()
		<-p.Over
		_ = tty.Close()
		_ = master.Close()
	})
	return p
}

// ownSandboxPort saves a sandbox port that no other test uses in the state folder
// of an environment, because folders take the first free one.
func ownSandboxPort(t testing.TB, env []string) {
	t.Helper()
	var home string
	for _, v := range env {
		if value, found := strings.CutPrefix(v, "AGENTCORE_3LO_HOME="); found {
			home = value // the last value applies
		}
	}
	file := filepath.Join(home, "sandbox", "port")
	if _, err := os.Stat(file); err == nil || os.MkdirAll(filepath.Dir(file), 0o700) != nil {
		return // already saved, or the folder cannot be used
	}
	_ = os.WriteFile(file, []byte(fmt.Sprint(freeport.Take(t))), 0o600)
}

// Write receives the output of the process.
func (p *Process) Write(b []byte) (int, error) {
	output, _, last := bytes.Cut(b, []byte{endMark})
	p.mu.Lock()
	p.raw.Write(output)
	p.mu.Unlock()
	if _, err := p.Screen.Write(output); err != nil {
		return 0, err
	}
	if last {
		close(p.drained)
	}
	return len(b), nil
}

// Output returns everything that the process has written.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw.String()
}

// Eventually waits for a condition that need not be visible on the screen.
func (p *Process) Eventually(what string, is func() bool) {
	p.T.Helper()
	for end := time.Now().Add(Timeout); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	p.T.Fatalf("never: %s\n%s", what, p.Output())
}

// Finish waits for the end of the process and checks its exit code and the mode of
// the terminal.
func (p *Process) Finish(code int) {
	p.T.Helper()
	select {
	case <-p.Over:
	case <-time.After(Timeout):
		p.T.Fatalf("the process does not end:\n%s", p.Screen.Text())
	}
	if got := p.Cmd.ProcessState.ExitCode(); got != code {
		p.T.Errorf("exit code %d, want %d:\n%s", got, code, p.Screen.Text())
	}
	after := p.Mode()
	if !reflect.DeepEqual(p.Before, after) {
		p.T.Errorf("the terminal's mode is not as it was: %+v, was %+v", after, p.Before)
	}
	if p.Screen.AltScreen() {
		p.T.Error("the full screen is still up")
	}
	if !p.Screen.CursorShown() {
		p.T.Error("the cursor is hidden")
	}
}

// Mode returns the terminal's current mode.
func (p *Process) Mode() *term.State {
	p.T.Helper()
	s, err := term.GetState(int(p.TTY.Fd()))
	if err != nil {
		p.T.Fatal(err)
	}
	return s
}
