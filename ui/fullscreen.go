package ui

import (
	"bytes"
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// walkOnScreen goes through one run in the full screen.
func (a *App) walkOnScreen(ctx context.Context) (anew bool, err error) {
	choosing, cancel := context.WithCancel(ctx)
	defer cancel()
	behind, warnings := a.behindScreen()
	front := &screenLobby{in: a.Terminal.In}
	o := &opening{ctx: ctx, found: make(chan entered, 1), style: newStyles(a.Env("NO_COLOR") != ""), width: 80, height: 24}
	o.enter = func() (*session, error) {
		s, err := behind.enter(choosing, front, true)
		if err == nil {
			s.borrows(ctx, front)
		}
		return s, err
	}
	p, last := a.program(ctx, o)
	front.send = p.Send
	runErr := a.present(p)
	cancel()
	found := <-o.found
	_, _ = warnings.WriteTo(a.Terminal.Err)
	if found.session != nil {
		defer found.session.close()
	}
	sc, ok := last().(*screen)
	switch {
	case found.err != nil && !errors.Is(found.err, context.Canceled):
		return false, a.brokenBefore(found.err)
	case !ok: // left before the run was open
		return false, Exit{Code: steps.ExitInterrupted}
	}
	s := found.session
	outcome, err := s.left(ctx, sc, runErr)
	if err != nil {
		return false, err
	}
	lines := NewPlain(a.Terminal, !a.Yes)
	lines.attach(s.kit)
	err = s.conclude(ctx, outcome, lines)
	return s.kit.Wish() == steps.Anew, err
}

// behindScreen is the same app, whose warnings are kept until the screen has
// gone.
func (a *App) behindScreen() (*App, *bytes.Buffer) {
	warnings := new(bytes.Buffer)
	behind, terminal := *a, *a.Terminal
	terminal.Err = warnings
	behind.Terminal = &terminal
	return &behind, warnings
}

// program is the full screen. last is the model that is drawn at present.
func (a *App) program(ctx context.Context, first tea.Model) (p *tea.Program, last func() tea.Model) {
	in := a.Terminal.In
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithInput(in.Keys()), tea.WithFPS(looks), tea.WithoutSignalHandler()}
	if a.Env("NO_COLOR") != "" { // of any value; the library takes only booleans
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	k := &keyboard{Model: first}
	if canStop {
		k.suspend = func(whole bool) tea.Cmd {
			return tea.Exec(&stopped{in: in, whole: whole}, func(error) tea.Msg { return backMsg{} })
		}
	}
	return tea.NewProgram(&calm{Model: k}, options...), func() tea.Model { return k.Model }
}

// present runs the full screen until the person leaves it.
func (a *App) present(p *tea.Program) error {
	in := a.Terminal.In
	in.screen.Store(true)
	defer in.screen.Store(false)
	defer forwardStops(in, p.Send)()
	_, err := p.Run()
	return err
}

// show runs a machine on a screen of its own.
func (s *session) show(ctx context.Context, m engine.Machine) (Outcome, error) {
	sc := s.newScreen(ctx, m)
	p, _ := s.program(ctx, sc)
	s.borrows(ctx, &screenLobby{in: s.Terminal.In, send: p.Send})
	return s.left(ctx, sc, s.present(p))
}

// borrows lets the steps have the terminal while the screen is up.
func (s *session) borrows(ctx context.Context, l *screenLobby) {
	s.kit.Settings.Borrow = l.release
	s.kit.Settings.MFA = func(r awsenv.MFARequest) (string, error) { return s.askMFA(ctx, r) }
	s.kit.Settings.Console = func() *awsenv.Console { return s.console(s.kit.Redactor, l) }
}

func (s *session) newScreen(ctx context.Context, m engine.Machine) *screen {
	sc := newScreen(ctx, s.kit, s.runner(), m)
	sc.open = NewBrowser(s.Env).Open
	sc.copy = func(text string) string { return copyText(s.Env, text) }
	sc.clip = func() (string, bool) { return pasteText(s.Env) }
	sc.in = s.Terminal.In
	sc.style = newStyles(s.Env("NO_COLOR") != "")
	return sc
}

// left ends what still runs on a screen that the person has left, and writes
// what stays in the scrollback.
func (s *session) left(ctx context.Context, sc *screen, err error) (Outcome, error) {
	sc.end()
	if err != nil && ctx.Err() == nil {
		return Outcome{ExitCode: steps.ExitFailed}, err
	}
	o := outcome(s.kit, sc.m)
	s.Terminal.write(sc.transcript())
	return o, nil
}
