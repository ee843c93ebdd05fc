package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errNoMoreInput says that standard input has ended.
var errNoMoreInput = errors.New("standard input has ended; nobody is there to answer")

// prompter owns standard input. Its one goroutine reads a line when asked to,
// so that a withdrawn question leaves at most one read behind, whose line the
// next question gets.
type prompter struct {
	in       *os.File
	out      io.Writer
	requests chan bool // true: without echo
	lines    chan line
	pending  bool // a read is under way
	secret   bool // and it does not echo
}

type line struct {
	text string
	err  error
}

func newPrompter(in *os.File, out io.Writer) *prompter {
	p := &prompter{in: in, out: out, requests: make(chan bool), lines: make(chan line, 1)}
	go func() {
		for secret := range p.requests {
			text, err := p.read(secret)
			p.lines <- line{text, err}
		}
	}()
	return p
}

// line returns what is typed, or the context's error when the question is
// withdrawn. It is called by one goroutine at a time.
func (p *prompter) line(ctx context.Context, secret bool) (string, error) {
	if p.pending && p.secret != secret {
		// The old read echoes differently. It must end before a secret is typed.
		fmt.Fprintln(p.out, "(press Enter once, then answer)")
		if _, err := p.await(ctx); err != nil {
			return "", err
		}
	}
	if !p.pending {
		p.requests <- secret
		p.pending, p.secret = true, secret
	}
	return p.await(ctx)
}

func (p *prompter) await(ctx context.Context) (string, error) {
	select {
	case l := <-p.lines:
		p.pending = false
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (p *prompter) read(secret bool) (string, error) {
	if secret && term.IsTerminal(int(p.in.Fd())) {
		raw, err := term.ReadPassword(int(p.in.Fd()))
		fmt.Fprintln(p.out)
		return string(raw), ended(err)
	}
	// Byte by byte: nothing is taken beyond the line's end.
	var b strings.Builder
	one := make([]byte, 1)
	for {
		n, err := p.in.Read(one)
		if n == 1 && one[0] == '\n' {
			return strings.TrimSuffix(b.String(), "\r"), nil
		}
		if n == 1 {
			b.WriteByte(one[0])
		}
		if err != nil {
			return b.String(), ended(err)
		}
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errNoMoreInput
	}
	return err
}

// restoreEcho remembers the terminal's mode and returns what puts it back: an
// interrupt may come while a secret is being typed.
func restoreEcho(in *os.File) func() {
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		return func() {}
	}
	return func() { _ = term.Restore(int(in.Fd()), state) }
}
