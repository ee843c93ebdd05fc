// Package tty simulates a user at a terminal, for tests of the screen.
package tty

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/picture"
)

const (
	// Timeout is how long to wait for text on the screen.
	Timeout = 15 * time.Second
	// grace is longer than the time during which the program ignores keys after a
	// question appears.
	grace = 530 * time.Millisecond
	// heldKey is longer than the time between two repeats of a key that is held.
	heldKey = 170 * time.Millisecond
)

// Terminal is the screen and keyboard of a user.
type Terminal struct {
	T      testing.TB
	Screen *picture.Terminal
	In     io.Writer     // the keyboard
	Over   chan struct{} // closed when the program has ended
	Err    error         // how it ended; valid after Over
	Ready  bool          // a key counts at once; else not before a person could have seen the question

	last string // the last key
}

// Open puts a screen up, and returns what the program reads from the keyboard. A program
// that is writing need not read: a pipe of the system keeps keys and answers until it does.
func (p *Terminal) Open(width, height int) io.Reader {
	p.T.Helper()
	p.Screen = picture.NewTerminal(width, height)
	_, _ = p.Screen.Write([]byte("\x1b[20h")) // as the tty's ONLCR would do
	keys, in, err := os.Pipe()
	if err != nil {
		p.T.Fatal(err)
	}
	p.In = in
	answers := p.Screen.Answers()
	go func() { _, _ = io.Copy(in, answers) }()
	p.T.Cleanup(func() { _, _ = in.Close(), keys.Close() })
	return struct{ io.Reader }{keys} // no file, which Bubble Tea would close while it reads
}

// Keys are the sequences that a terminal sends for keys.
var Keys = map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
	"left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "space": " ", "ctrl+c": "\x03", "ctrl+r": "\x12", "backspace": "\x7f"}

// Press sends keys in order.
func (p *Terminal) Press(names ...string) {
	p.T.Helper()
	for _, name := range names {
		raw, ok := Keys[name]
		if !ok {
			raw = name
		}
		if name == p.last {
			time.Sleep(heldKey) // it would be taken for a key that is held
		}
		p.Send(raw)
		p.last = name
		if name == "esc" {
			time.Sleep(150 * time.Millisecond) // a lone Escape, not the beginning of a sequence
		}
	}
}

// Send sends bytes unchanged.
func (p *Terminal) Send(raw string) {
	p.T.Helper()
	if _, err := io.WriteString(p.In, raw); err != nil && !errors.Is(err, os.ErrClosed) {
		p.T.Fatal(err)
	}
}

// Paste sends text as a bracketed paste.
func (p *Terminal) Paste(text string) { p.Send("\x1b[200~" + text + "\x1b[201~") }

// When waits until the screen contains all words, and returns its text.
func (p *Terminal) When(words ...string) string {
	p.T.Helper()
	return p.Until(strings.Join(words, " + "), func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
}

// Gone waits until the screen no longer contains a word.
func (p *Terminal) Gone(word string) {
	p.T.Helper()
	p.Until("no "+word, func(text string) bool { return !strings.Contains(text, word) })
}

// Until waits until the screen's text meets a condition, and returns it.
func (p *Terminal) Until(what string, is func(string) bool) string {
	p.T.Helper()
	for deadline := time.Now().Add(Timeout); time.Now().Before(deadline); {
		if text := p.Screen.Text(); is(text) {
			return text
		}
		select {
		case <-p.Over:
			if text := p.Screen.Text(); is(text) {
				return text
			}
			p.T.Fatalf("the program has ended (%v); wanted %s", p.Err, what)
		case <-time.After(3 * time.Millisecond):
		}
	}
	p.T.Fatalf("the screen does not show %s:\n%s", what, p.Screen.Text())
	return ""
}

// Asks waits for a question, and until keys are accepted as its answer.
func (p *Terminal) Asks(words ...string) {
	p.T.Helper()
	p.When(words...)
	if !p.Ready {
		time.Sleep(grace)
	}
}

// Leave requests to leave and confirms it.
func (p *Terminal) Leave() {
	p.T.Helper()
	p.Press("q")
	time.Sleep(heldKey)
	if !p.Ready {
		time.Sleep(grace)
	}
	p.Press("q")
}

var clocks = regexp.MustCompile(`\d{1,2}(:\d\d)+`)

// WithoutTimes replaces every time and duration in a text by the same one.
func WithoutTimes(text string) string { return clocks.ReplaceAllString(text, "0:00") }

// Still waits until the screen no longer changes except for times, and returns its
// text.
func (p *Terminal) Still() string {
	p.T.Helper()
	last, since := p.Screen.Text(), time.Now()
	for deadline := time.Now().Add(Timeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text := p.Screen.Text()
		if text != last && WithoutTimes(text) != WithoutTimes(last) {
			since = time.Now()
		}
		if last = text; time.Since(since) > 60*time.Millisecond {
			return text
		}
	}
	p.T.Fatalf("the screen does not come to rest:\n%s", last)
	return ""
}
