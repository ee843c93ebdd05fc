// Package picture is a terminal emulator for the tests of the full screen, and
// draws its screens as SVG for the README.
package picture

import (
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// Terminal is an emulator for concurrent use. The lock of the underlying emulator
// does not cover its text.
type Terminal struct {
	mu      sync.Mutex
	em      *vt.Emulator
	alt     bool
	hidden  bool
	bells   int
	title   string
	written int
	text    string // what it shows, if that is known
	known   bool
	onWrite func(text string) // called with every state of the screen; may be nil
}

// NewTerminal returns an empty terminal.
func NewTerminal(width, height int) *Terminal {
	t := &Terminal{em: vt.NewEmulator(width, height)}
	t.em.SetCallbacks(vt.Callbacks{ // called with the lock held
		AltScreen:        func(on bool) { t.alt = on },
		CursorVisibility: func(on bool) { t.hidden = !on },
		Bell:             func() { t.bells++ },
		Title:            func(s string) { t.title = s },
	})
	return t
}

// Show gives the terminal the colours of a theme, which it tells programs that ask.
func (t *Terminal) Show(theme Theme) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.em.SetDefaultForegroundColor(ansi.HexColor(theme.Foreground))
	t.em.SetDefaultBackgroundColor(ansi.HexColor(theme.Background))
}

// OnWrite calls f with the text of the screen after every write.
func (t *Terminal) OnWrite(f func(text string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onWrite = f
}

func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written += len(p)
	t.known = false
	n, err := t.feed(p)
	if t.onWrite != nil {
		t.onWrite(t.em.String())
	}
	return n, err
}

// feed passes output to the emulator. The emulator panics if a program that does
// not yet know about a smaller window moves lines outside it. Such a program
// redraws everything soon after.
func (t *Terminal) feed(p []byte) (n int, err error) {
	defer func() {
		if recover() != nil {
			n, err = len(p), nil
		}
	}()
	return t.em.Write(p)
}

// Answers returns the terminal's responses to queries. They must be read.
func (t *Terminal) Answers() io.Reader { return t.em }

// Text returns the text on the screen, without trailing spaces.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known { // tests ask all the time
		return t.text
	}
	lines := strings.Split(t.em.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	t.text, t.known = strings.Join(lines, "\n"), true
	return t.text
}

// Scrollback returns what has scrolled off the top of the main screen, and the main
// screen.
func (t *Terminal) Scrollback() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, line := range t.em.Scrollback().Lines() {
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String() + t.em.String()
}

// Resize changes the size of the window.
func (t *Terminal) Resize(width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.em.Resize(width, height)
	t.known = false
}

// Size returns columns and rows.
func (t *Terminal) Size() (width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.em.Width(), t.em.Height()
}

// AltScreen reports whether the full screen is up.
func (t *Terminal) AltScreen() bool { t.mu.Lock(); defer t.mu.Unlock(); return t.alt }

// CursorShown reports whether the cursor is visible.
func (t *Terminal) CursorShown() bool { t.mu.Lock(); defer t.mu.Unlock(); return !t.hidden }

// Bells returns how often the program rang the bell.
func (t *Terminal) Bells() int { t.mu.Lock(); defer t.mu.Unlock(); return t.bells }

// Title returns the window title that the program set last.
func (t *Terminal) Title() string { t.mu.Lock(); defer t.mu.Unlock(); return t.title }

// Written returns how many bytes the program has written.
func (t *Terminal) Written() int { t.mu.Lock(); defer t.mu.Unlock(); return t.written }
