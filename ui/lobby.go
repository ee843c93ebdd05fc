package ui

import (
	"context"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps"
)

// screenLobby asks on the first page of the full screen.
type screenLobby struct{ send func(tea.Msg) }

func (l *screenLobby) ask(ctx context.Context, q steps.Question) (steps.Answer, error) {
	answer := make(chan steps.Answer, 1)
	l.send(offerMsg{q, answer})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (l *screenLobby) release(ctx context.Context, saying string, work func()) {
	done := make(chan struct{})
	l.send(releaseMsg{&borrowed{saying: saying, work: work}, done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// exec carries out the work with the screen away.
func (m releaseMsg) exec() tea.Cmd {
	return tea.Exec(m.work, func(error) tea.Msg { close(m.done); return nil })
}

// borrowed is work that has the terminal to itself.
type borrowed struct {
	saying string
	work   func()
	out    io.Writer
}

func (b *borrowed) SetStdin(io.Reader)    {}
func (b *borrowed) SetStdout(w io.Writer) { b.out = w }
func (b *borrowed) SetStderr(io.Writer)   {}

// Run does the work.
func (b *borrowed) Run() error {
	fmt.Fprintln(b.out, b.saying)
	b.work()
	return nil
}
