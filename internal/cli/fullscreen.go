package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/screen"
	"agentcore-3lo/ui/terminal"
)

// walkOnScreen goes through one run in the full screen.
func (a *program) walkOnScreen(ctx context.Context) (another bool, err error) {
	behind, warnings := a.behindScreen()
	var s *opened
	var failed error
	var m engine.Machine
	sc, shown := a.display().Open(ctx, func(choosing context.Context, page *screen.StartPage) (screen.Walkthrough, error) {
		if s, failed = behind.chooseAndOpen(choosing, page, true); failed != nil {
			return screen.Walkthrough{}, failed
		}
		s.lendTerminal(ctx, page)
		m = s.tutorial()
		return s.walkthrough(ctx, &m), nil
	})
	_, _ = warnings.WriteTo(a.Terminal.Err)
	if s != nil {
		defer s.close()
	}
	switch {
	case failed != nil && !errors.Is(failed, context.Canceled):
		return false, a.failEarly(failed)
	case sc == nil: // left before the run was open
		return false, exitError{Code: steps.ExitInterrupted}
	}
	outcome, err := s.afterScreen(ctx, sc, m, shown)
	if err != nil {
		return false, err
	}
	lines := plain.New(a.Terminal, !a.Yes)
	lines.Attach(ui.RunOf(s.walk))
	err = s.conclude(ctx, outcome, lines)
	return s.walk.Choice() == steps.Anew, err
}

// behindScreen is the same app, whose warnings are kept until the screen has
// gone.
func (a *program) behindScreen() (*program, *bytes.Buffer) {
	warnings := new(bytes.Buffer)
	behind, terminal := *a, *a.Terminal
	terminal.Err = warnings
	behind.Terminal = &terminal
	return &behind, warnings
}

// onlyASCII says that drawings have no other characters.
func (a *program) onlyASCII() bool { return a.ASCII || !terminal.UTF8(a.Env) }

func (a *program) display() screen.Display {
	return screen.Display{In: a.Terminal.In, Record: a.Terminal.Screen, NoColor: !terminal.Colored(a.Env), Colors: a.Env("COLORFGBG"), ASCII: a.onlyASCII(), OpenURL: terminal.NewBrowser(a.Env).Open,
		Copy:  func(text string) string { return terminal.Copy(a.Env, text) },
		Paste: func() (string, bool) { return terminal.Paste(a.Env) }}
}

// walkthrough is what the screen shows. m is the state of the steps in the end.
func (s *opened) walkthrough(ctx context.Context, m *engine.Machine) screen.Walkthrough {
	shown := ui.RunOf(s.walk)
	return screen.Walkthrough{Run: shown, Machine: *m, Stage: s.program.Stage, Drive: func(front engine.FrontEnd) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if s.program.Yes {
			p := newPacer(front, *m, shown.Moment, shown.Done)
			s.walk.Settings.UntilTurned, front = p.untilTurned, p
		}
		*m, _ = engine.Drive(ctx, s.runner(), *m, front)
	}}
}

// showOnScreen shows a walkthrough on a screen of its own.
func (s *opened) showOnScreen(ctx context.Context, m engine.Machine) (ui.Outcome, error) {
	sc, err := s.program.display().Show(ctx, s.walkthrough(ctx, &m), func(page *screen.StartPage) { s.lendTerminal(ctx, page) })
	return s.afterScreen(ctx, sc, m, err)
}

// lendTerminal lets the steps have the terminal while the screen is up.
func (s *opened) lendTerminal(ctx context.Context, page *screen.StartPage) {
	s.walk.Settings.Borrow = page.Release
	s.walk.Settings.MFA = func(r awsenv.MFARequest) (string, error) { return askMFA(ctx, s.program.Terminal, r) }
	s.walk.Settings.Console = func() *awsenv.Console { return s.program.console(s.walk.Redactor, page) }
}

// afterScreen says how a walkthrough ended on the screen, and writes what stays in the
// scrollback.
func (s *opened) afterScreen(ctx context.Context, sc *screen.Screen, m engine.Machine, err error) (ui.Outcome, error) {
	if err != nil && ctx.Err() == nil {
		return ui.Outcome{ExitCode: steps.ExitFailed}, err
	}
	fmt.Fprint(s.program.Terminal.Out, sc.Transcript())
	return outcomeOf(s.walk, m), nil
}
