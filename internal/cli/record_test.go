//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/asciicast"
	"agentcore-3lo/internal/picture"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
)

// replayed plays a recording back.
func replayed(t *testing.T, path string) (*picture.Terminal, []asciicast.Event) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	h, events, err := asciicast.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := picture.Replay(h, events, nil)
	if err != nil {
		t.Fatal(err)
	}
	return screen, events
}

// checkReplay compares the screen with what a recording shows.
func checkReplay(t *testing.T, p *tty.Process, path string) {
	t.Helper()
	var screen *picture.Terminal
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if screen, _ = replayed(t, path); screen.Text() == p.Screen.Text() {
			return
		}
	}
	t.Errorf("the recording ends with\n%s\nand the screen with\n%s", screen.Text(), p.Screen.Text())
}

func TestARecordingShowsWhatTheScreenShowed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "walk.cast")
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none", "--yes", "--speed", "10", "--record", path)
	p.Asks("ana@example.com")
	checkReplay(t, p, path)
	p.Screen.Resize(130, 30)
	if err := pty.Setsize(p.TTY, &pty.Winsize{Rows: 30, Cols: 130}); err != nil {
		t.Fatal(err)
	}
	_ = p.Cmd.Process.Signal(syscall.SIGWINCH)
	p.Until("the wider screen", func(text string) bool { return strings.Contains(text, "2  This machine ") }) // the rail
	p.Still()
	checkReplay(t, p, path)
	p.Press("enter")
	p.Finish(0)
	checkReplay(t, p, path) // what stays in the scrollback as well
	screen, events := replayed(t, path)
	if screen.AltScreen() || !strings.Contains(screen.Scrollback(), "ana@example.com") {
		t.Errorf("it ends with\n%s", screen.Scrollback())
	}
	sizes := 0
	for _, e := range events {
		if e.Code == asciicast.Resize {
			sizes++
		}
	}
	if sizes != 1 {
		t.Errorf("%d sizes are recorded, want 1", sizes)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v: %v", info.Mode(), err)
	}
}

func TestARecordingIsCompleteAfterACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "walk.cast")
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none", "--record", path)
	p.When("Overview")
	p.Still()
	_ = p.Cmd.Process.Kill()
	<-p.Over
	checkReplay(t, p, path)
}

func TestARecordingHasNoSecret(t *testing.T) {
	t.Parallel()
	const id, secret = "86abcdefgh1234", "WPL_AP1.wholesecretvalue.abcdef=="
	path := filepath.Join(t.TempDir(), "walk.cast")
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--latency", "none", "--record", path)
	toTestLink(p)
	p.Press("n")
	p.Asks("Create these 8 resources")
	p.Press("y")
	p.Asks("▸ 5")
	p.Press("right", "right", "right")
	p.Asks("let the simulated person")
	p.Press("n")
	p.Asks("fill in")
	p.Press("enter")
	p.Send(id)
	p.When(id)
	p.Still()
	p.Press("enter")
	p.When("ctrl+r")
	p.Send(secret)
	p.Asks("••••")
	p.Press("ctrl+r")
	p.When("stays hidden in a recording")
	p.Press("ctrl+c", "ctrl+c")
	p.Finish(steps.ExitInterrupted)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "stays hidden") || strings.Contains(string(raw), "wholesecret") {
		t.Error("the recording has the secret, or not the page that asks for it")
	}
}

func TestARecordingReplacesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "walk.cast")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--record", path)
	p.Finish(steps.ExitUsage)
	if !strings.Contains(p.Output(), "exists; choose another name, or delete it") {
		t.Errorf("it says %s", p.Output())
	}
	if raw, err := os.ReadFile(path); string(raw) != "mine" {
		t.Errorf("the file has %q, %v", raw, err)
	}
}
