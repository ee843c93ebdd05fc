// Package picture is a terminal that can be looked at: an emulator for the
// tests of the full screen, and the SVG drawings of it in the README.
package picture

import (
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/x/vt"
)

// Terminal is an emulator that may be written to and looked at from several
// goroutines; the emulator's own lock leaves its text out.
type Terminal struct {
	mu      sync.Mutex
	em      *vt.Emulator
	alt     bool
	hidden  bool
	bells   int
	title   string
	written int
	onWrite func(text string) // sees every state of the screen; nil = nobody
}

// NewTerminal returns an empty one.
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

// OnWrite lets a function see the text of the screen after every write.
func (t *Terminal) OnWrite(f func(text string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.onWrite = f
}

func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written += len(p)
	n, err := t.feed(p)
	if t.onWrite != nil {
		t.onWrite(t.em.String())
	}
	return n, err
}

// feed gives the emulator what was written. It panics where a program that has
// not heard of a smaller window yet moves lines that are no longer there; such a
// program draws everything anew in a moment.
func (t *Terminal) feed(p []byte) (n int, err error) {
	defer func() {
		if recover() != nil {
			n, err = len(p), nil
		}
	}()
	return t.em.Write(p)
}

// Answers is what the terminal says by itself: replies to queries. Somebody has
// to read it.
func (t *Terminal) Answers() io.Reader { return t.em }

// Text is what stands on the screen, without the spaces at the ends of lines.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(t.em.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Scrollback is what has left the top of the main screen, and that screen.
func (t *Terminal) Scrollback() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, line := range t.em.Scrollback().Lines() {
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String() + t.em.String()
}

// Resize changes the size, as a window does.
func (t *Terminal) Resize(width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.em.Resize(width, height)
}

// Size is columns and rows.
func (t *Terminal) Size() (width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.em.Width(), t.em.Height()
}

// AltScreen says whether the full screen is up, CursorShown whether the cursor is.
func (t *Terminal) AltScreen() bool   { t.mu.Lock(); defer t.mu.Unlock(); return t.alt }
func (t *Terminal) CursorShown() bool { t.mu.Lock(); defer t.mu.Unlock(); return !t.hidden }

// Bells, Title and Written are what the program did beside drawing.
func (t *Terminal) Bells() int    { t.mu.Lock(); defer t.mu.Unlock(); return t.bells }
func (t *Terminal) Title() string { t.mu.Lock(); defer t.mu.Unlock(); return t.title }
func (t *Terminal) Written() int  { t.mu.Lock(); defer t.mu.Unlock(); return t.written }
