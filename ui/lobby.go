package ui

import (
	"context"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
)

// screenLobby asks on the first page of the full screen.
type screenLobby struct {
	in   *Input
	send func(tea.Msg)
}

func (l *screenLobby) ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	answer := make(chan engine.Answer, 1)
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
	l.send(releaseMsg{&borrowed{ctx: ctx, in: l.in, saying: saying, work: work}, done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// exec carries out the work with the screen away.
func (m releaseMsg) exec() tea.Cmd {
	return tea.Exec(m.work, func(error) tea.Msg { close(m.done); return backMsg{} })
}

// borrowed is work that has the terminal to itself.
type borrowed struct {
	ctx    context.Context
	in     *Input
	saying string
	work   func()
	out    io.Writer
}

func (b *borrowed) SetStdin(io.Reader)    {}
func (b *borrowed) SetStdout(w io.Writer) { b.out = w }
func (b *borrowed) SetStderr(io.Writer)   {}

// Run does the work. When everything ends it does not wait for it.
func (b *borrowed) Run() error {
	fmt.Fprintln(b.out, b.saying)
	defer b.in.away()()
	defer aroundStops(func() {}, func() {})()
	done := make(chan struct{})
	go func() { defer close(done); b.work() }()
	select {
	case <-done:
	case <-b.ctx.Done():
	}
	return nil
}

// stopped is the process while a shell has stopped it.
type stopped struct {
	in    *Input
	whole bool
}

func (*stopped) SetStdin(io.Reader)  {}
func (*stopped) SetStdout(io.Writer) {}
func (*stopped) SetStderr(io.Writer) {}

// Run stops the process with the screen away.
func (s *stopped) Run() error {
	defer s.in.away()()
	pause(s.whole)
	return nil
}

// away marks the terminal as somebody else's while the full screen is up.
func (in *Input) away() (back func()) {
	in.lent.Store(true)
	return func() { in.lent.Store(false) }
}
