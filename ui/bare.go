package ui

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

// bareScreen shows a text alone, on a screen of its own that leaves nothing
// behind, so that a mouse can select it in one piece.
type bareScreen struct {
	ctx  context.Context
	in   *Input
	text string
	key  string // that ended it

	keys io.Reader
	out  io.Writer
	mu   sync.Mutex  // guards mode, and what is written
	mode *term.State // of the terminal before the text was shown; nil = it is not
}

func (b *bareScreen) SetStdin(r io.Reader)  { b.keys = r }
func (b *bareScreen) SetStdout(w io.Writer) { b.out = w }
func (b *bareScreen) SetStderr(io.Writer)   {}

// Run waits for Enter, esc, q or Ctrl-C. Keys are not echoed, and those that
// were under way when the text came up are dropped.
func (b *bareScreen) Run() error {
	defer b.in.away()()
	b.show()
	defer b.hide()
	defer aroundStops(b.hide, b.show)()
	since := time.Now()
	read := make([]byte, 256)
	for {
		for !b.in.ready(poll) {
			if b.ctx.Err() != nil {
				return b.ctx.Err()
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
			case time.Since(since) > grace && slices.Contains([]string{"\r", "\n", "q", "\x03", "\x1b", loneEscape}, key):
				b.key = map[string]string{"q": "q", "\x03": "ctrl+c"}[key]
				return nil
			}
		}
	}
}

// show may be called again while the text is up: a process that continues is
// told so twice after Ctrl-Z.
func (b *bareScreen) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if file, ok := b.keys.(interface{ Fd() uintptr }); ok && b.mode == nil {
		b.mode, _ = term.MakeRaw(int(file.Fd()))
	}
	fmt.Fprintf(b.out, "%s%s\r\n\r\nEnter or esc goes back. ", cleared, text.CleanLine(b.text))
}

func (b *bareScreen) hide() {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprint(b.out, uncleared)
	if file, ok := b.keys.(interface{ Fd() uintptr }); ok && b.mode != nil {
		_ = term.Restore(int(file.Fd()), b.mode)
		b.mode = nil
	}
}
