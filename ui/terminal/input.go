package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/term"
)

// ErrEnded says that standard input has ended.
var ErrEnded = errors.New("standard input has ended; nobody is there to answer")

// Input owns standard input. Nothing else in the program has the file, and one
// goroutine at a time reads it: prompts, the full screen, or the
// client secret on standard input.
type Input struct {
	file    *os.File
	fd      int        // its descriptor, which stays the same
	reading sync.Mutex // held while the file is read

	turn    chan struct{} // holds a token: its taker may put a question
	lines   chan line     // what the read that is under way will bring
	pending bool          // one is under way
	ended   bool

	next   func(context.Context) (string, error) // reads one line
	before *term.State                           // the terminal's mode when the program began; nil: no terminal
	masked atomic.Bool                           // echo is off
	screen atomic.Bool                           // a full screen is up
	lent   atomic.Bool                           // and something else has the terminal for now
}

type line struct {
	text string
	err  error
}

// NewInput takes the file over.
func NewInput(file *os.File) *Input {
	in := &Input{file: file, fd: int(file.Fd()), turn: make(chan struct{}, 1), lines: make(chan line, 1)}
	in.next = in.readLine
	in.before, _ = term.GetState(in.fd)
	in.turn <- struct{}{}
	return in
}

// InputOf returns an input whose lines come from a function, and not from a file.
func InputOf(next func(context.Context) (string, error)) *Input {
	in := &Input{turn: make(chan struct{}, 1), lines: make(chan line, 1), next: next}
	in.turn <- struct{}{}
	return in
}

// Stream hands standard input over to a protocol: from now on nobody is asked.
func (in *Input) Stream() io.ReadCloser { return in.file }

// IsTerminal says whether a person can type.
func (in *Input) IsTerminal() bool { return in.before != nil }

// Turn waits until no other question is open. Call give when the answer is there.
func (in *Input) Turn(ctx context.Context) (give func(), err error) {
	select {
	case <-in.turn:
		return func() { in.turn <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Line returns what is typed, or the context's error when the question is
// withdrawn; errNoMoreInput from the end of input on. The caller has the turn.
func (in *Input) Line(ctx context.Context) (string, error) {
	for !in.ended {
		if !in.pending {
			in.pending = true
			go func() {
				text, err := in.next(ctx)
				in.lines <- line{text, err}
			}()
		}
		select {
		case l := <-in.lines:
			in.pending = false
			switch {
			case errors.Is(l.err, io.EOF):
				in.ended = true
			case errors.Is(l.err, context.Canceled): // the read was for a question that was withdrawn
			default:
				return l.text, l.err
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", ErrEnded
}

// Masked is Line without echo. prompt writes the prompt: when echo is off, because some
// paste at once, and again when the process was stopped in the meantime.
func (in *Input) Masked(ctx context.Context, prompt func()) (text string, err error) {
	if !in.IsTerminal() {
		prompt()
		return in.Line(ctx)
	}
	in.masked.Store(true)
	end := aroundStops(func() { in.echo(true, true) }, func() { in.echo(false, false); prompt() })
	in.echo(false, false)
	prompt()
	defer func() {
		end()
		in.echo(true, err != nil)
		in.masked.Store(false)
	}()
	return in.Line(ctx)
}

// Lend hands the file to another program until give is called. ok is false while
// a question is open or somebody reads.
func (in *Input) Lend() (file *os.File, give func(), ok bool) {
	select {
	case <-in.turn:
	default:
		return nil, nil, false
	}
	if !in.reading.TryLock() {
		in.turn <- struct{}{}
		return nil, nil, false
	}
	return in.file, func() {
		in.reading.Unlock()
		in.turn <- struct{}{}
	}, true
}

// All reads the rest of standard input, at most limit bytes.
func (in *Input) All(limit int64) ([]byte, error) {
	return io.ReadAll(io.LimitReader(reads{in}, limit))
}

// reads is the file, for one reader at a time.
type reads struct{ *Input }

func (r reads) Read(p []byte) (int, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	return r.file.Read(p)
}

// readLine reads byte by byte: nothing is taken beyond the line's end.
func (in *Input) readLine(ctx context.Context) (string, error) {
	var b strings.Builder
	one := make([]byte, 1)
	for {
		for !in.ready(poll) {
			if ctx.Err() != nil {
				return "", context.Canceled
			}
		}
		n, err := reads{in}.Read(one)
		if n == 1 && one[0] == '\n' {
			return strings.TrimSuffix(b.String(), "\r"), nil
		}
		if n == 1 {
			b.WriteByte(one[0])
		}
		if err != nil {
			return b.String(), err
		}
	}
}

// Restore puts the terminal back as it was when the program began. It may be
// called at any time, from any goroutine, also when nothing else works any more.
func (in *Input) Restore(out io.Writer) {
	if in.screen.Swap(false) {
		if !in.lent.Load() {
			fmt.Fprint(out, popTitle)
		}
		fmt.Fprint(out, leaveScreen)
	} else if !in.masked.Load() {
		return
	}
	if in.before != nil && in.foreground() {
		_ = term.Restore(in.fd, in.before)
	}
}
