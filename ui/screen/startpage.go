package screen

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// StartPage asks on the first page of the full screen.
type StartPage struct {
	in   *terminal.Input
	send func(tea.Msg)
}

// Ask puts a menu and waits for the choice.
func (l *StartPage) Ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	answer := make(chan engine.Answer, 1)
	l.send(offerMsg{q, answer})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Release takes the screen away while the work lasts, which has the terminal.
func (l *StartPage) Release(ctx context.Context, saying string, work func()) {
	done := make(chan struct{})
	l.send(releaseMsg{&terminal.Borrowed{Context: ctx, In: l.in, Saying: saying, Work: work}, done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// exec carries out the work with the screen away.
func (m releaseMsg) exec() tea.Cmd {
	return tea.Exec(m.work, func(error) tea.Msg { close(m.done); return backMsg{} })
}
