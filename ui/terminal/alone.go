package terminal

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"agentcore-3lo/internal/text"
)

// cleared begins a screen of its own, and uncleared ends it.
const cleared, uncleared = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[2J\x1b[H\x1b[?1049l"

// Grace is how long keys are dropped after something came up that they could
// answer: they were meant for what was there before.
const Grace = 500 * time.Millisecond

// LoneText shows a text alone, on a screen of its own that leaves nothing
// behind, so that a mouse can select it in one piece. It is a
// tea.ExecCommand.
type LoneText struct {
	Context context.Context
	In      *Input
	Text    string
	Key     string // that ended it, if it is one to leave with

	keys io.Reader
	out  io.Writer
	mu   sync.Mutex  // guards mode, and what is written
	mode *term.State // of the terminal before the text was shown; nil = it is not
}

// SetStdin says where keys come from.
func (b *LoneText) SetStdin(r io.Reader) { b.keys = r }

// SetStdout says where the text is shown.
func (b *LoneText) SetStdout(w io.Writer) { b.out = w }

// SetStderr does nothing.
func (b *LoneText) SetStderr(io.Writer) {}

// Run waits for Enter, esc, q or Ctrl-C. Keys are not echoed, and those that
// were under way when the text came up are dropped.
func (b *LoneText) Run() error {
	defer b.In.away(b.out)()
	b.show()
	defer b.hide()
	defer aroundStops(b.hide, b.show)()
	since := time.Now()
	read := make([]byte, 256)
	for {
		for !b.In.ready(poll) {
			if b.Context.Err() != nil {
				return b.Context.Err()
			}
		}
		n, err := b.keys.Read(read)
		if err != nil {
			return err
		}
		for got := read[:n]; len(got) > 0; {
			length := max(sequence(got), 1)
			key := string(got[:length])
			got = got[length:]
			switch {
			case key == "\x1a":
				b.hide()
				pause(true)
				b.show()
				since = time.Now()
			case time.Since(since) > Grace && slices.Contains([]string{"\r", "\n", "q", "\x03", "\x1b", loneEscape}, key):
				b.Key = map[string]string{"q": "q", "\x03": "ctrl+c"}[key]
				return nil
			}
		}
	}
}

// show may be called again while the text is up: a process that continues is
// told so twice after Ctrl-Z.
func (b *LoneText) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if file, ok := b.keys.(interface{ Fd() uintptr }); ok && b.mode == nil {
		b.mode, _ = term.MakeRaw(int(file.Fd()))
	}
	fmt.Fprintf(b.out, "%s%s\r\n\r\nEnter or esc goes back. ", cleared, text.CleanLine(b.Text))
}

func (b *LoneText) hide() {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprint(b.out, uncleared)
	if file, ok := b.keys.(interface{ Fd() uintptr }); ok && b.mode != nil {
		_ = term.Restore(int(file.Fd()), b.mode)
		b.mode = nil
	}
}
