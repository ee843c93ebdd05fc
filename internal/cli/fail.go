package cli

import (
	"errors"
	"fmt"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

// Fail shows the error that ended a command before its run began, unless it has
// been shown, and returns the exit code. With --json it is one line, and the
// last line follows for a command that always writes one.
func (a *App) Fail(err error, finishes bool) int {
	var exit Exit
	if errors.As(err, &exit) && exit.Err == nil {
		return exit.Code // shown already
	}
	f := a.failureOf(err)
	a.show(err, f)
	if a.JSON && finishes {
		ndjson.Finished(a.Terminal.Out, a.Run, ui.Outcome{ExitCode: f.Exit})
	}
	return f.Exit
}

// brokenBefore ends a command that failed before its run began. left is what may
// exist all the same.
func (a *App) brokenBefore(err error, left ...provision.Left) error {
	f := a.failureOf(err)
	a.show(err, f)
	if a.JSON {
		ndjson.Finished(a.Terminal.Out, a.Run, ui.Outcome{ExitCode: f.Exit, Left: left})
	}
	return Exit{Code: f.Exit}
}

// show writes a failure. A usage error needs no more than its message; others
// have four parts.
func (a *App) show(err error, f engine.Failure) {
	var usage Exit
	switch {
	case a.JSON:
		ndjson.Failed(a.Terminal.Out, a.Run, "", f)
	case f.Exit == steps.ExitUsage && errors.As(err, &usage):
		fmt.Fprintf(a.Terminal.Err, "agentcore-3lo: %v\n", err)
	case f.Exit != steps.ExitInterrupted:
		fmt.Fprint(a.Terminal.Err, ui.RenderFailure(f, ui.Unwrapped))
	}
}

// failed shows an error of a command that only reports.
func (s *session) failed(err error) error {
	if err == nil {
		return nil
	}
	f := s.kit.Explain("", err)
	if s.JSON {
		ndjson.Failed(s.Terminal.Out, s.kit.Run.Name(), "", f)
	} else {
		fmt.Fprint(s.Terminal.Err, ui.RenderFailure(f, ui.Unwrapped))
	}
	return Exit{Code: f.Exit}
}
