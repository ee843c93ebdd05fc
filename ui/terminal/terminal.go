// Package terminal is the person's terminal and desktop: the three streams, the
// keyboard, stop signals, the browser and the clipboard.
package terminal

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/term"

	"agentcore-3lo/internal/text"
)

// Terminal owns the three streams and knows what they can do.
type Terminal struct {
	In       *Input
	Out, Err io.Writer
	Screen   io.Writer // what the full screen draws on, where it is recorded; nil = standard output
	Attended bool      // somebody can answer: standard input is a terminal
	Fancy    bool      // a full-screen interface is possible and wanted
	Width    int       // columns
	Hint     string    // what to do where a person cannot be asked; "" = nothing
}

// Restore puts the terminal back as it was when the program began, for an end
// that cannot wait for the screen to leave by itself.
func (t *Terminal) Restore() { t.In.Restore(os.Stdout) }

// Checked is standard output that remembers whether it could be written: what
// was asked for and did not arrive is no success.
type Checked struct {
	io.Writer
	mu  sync.Mutex
	err error
}

// Write passes on, and keeps the first error.
func (c *Checked) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = cmp.Or(c.err, err)
	}
	return n, err
}

// Err is the first error of writing, or nil.
func (c *Checked) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// New looks at the process's own streams.
func New(env func(string) string) *Terminal {
	t := &Terminal{In: NewInput(os.Stdin), Out: output(os.Stdout), Err: text.Writer(output(os.Stderr)), Width: 80}
	t.Attended = t.In.IsTerminal()
	out := int(os.Stdout.Fd())
	t.Fancy = fullScreen(t.Attended, term.IsTerminal(out), drawsSequences(os.Stdout), env)
	if !t.Attended {
		t.Hint = hintFor(t.In.pipe(), strings.Join(os.Args, " "))
	}
	if w, _, err := term.GetSize(out); err == nil && w > 20 {
		t.Width = w
	}
	return t
}

// fullScreen says whether one is possible and wanted. CI, of any value, and TERM=dumb
// rule it out, and so does no TERM (but not on Windows, where there is none) and a
// console that knows no escape sequences, as Windows' legacy console.
func fullScreen(in, out, sequences bool, env func(string) string) bool {
	named := env("TERM") != "" || runtime.GOOS == "windows"
	return in && out && sequences && named && env("TERM") != "dumb" && env("CI") == ""
}

// emulated is the name of a pipe that stands for a terminal of Cygwin or Git for
// Windows (github.com/mattn/go-isatty reads it the same way).
var emulated = regexp.MustCompile(`(?i)^\\(cygwin|msys)-[0-9a-f]+-pty[0-9]+-(from|to)-master$`)

// hintFor says what to do where a person sits at a window in which a Windows
// program has no console; "" elsewhere.
func hintFor(pipe, command string) string {
	if !emulated.MatchString(pipe) {
		return ""
	}
	return "This Git Bash window gives Windows programs no console, so nothing can be asked here.\nStart it with: winpty " + command + "\nOr use Windows Terminal."
}

// pushTitle keeps the window's title, and popTitle brings it back (xterm's window
// operations 22 and 23). Terminals without them ignore both.
const pushTitle, popTitle = "\x1b[22;2t", "\x1b[23;2t"

// KeepTitle keeps the window's title until restore is called.
func KeepTitle(out io.Writer) (restore func()) {
	fmt.Fprint(out, pushTitle)
	return func() { fmt.Fprint(out, popTitle) }
}

// leaveScreen ends every mode that the full screen may have set: synchronized
// output, focus reports, bracketed paste, key reports, its own cursor, and the
// alternate screen.
const leaveScreen = "\x1b[?2026l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[>4m\x1b[?1049l\x1b[?25h\x1b[0m\r\n"
