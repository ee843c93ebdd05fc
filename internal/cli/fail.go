package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
	"agentcore-3lo/ui/plain"
)

// fail shows the error that ended a command before its run began, unless it has
// been shown, and returns the exit code. With --json it is one line, and the
// last line follows for a command that always writes one.
func (a *program) fail(err error, finishes bool) int {
	var exit exitError
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

// failEarly ends a command that failed before its run began. left is what may
// exist all the same.
func (a *program) failEarly(err error, left ...provision.Left) error {
	f := a.failureOf(err)
	a.show(err, f)
	if a.JSON {
		ndjson.Finished(a.Terminal.Out, a.Run, ui.Outcome{ExitCode: f.Exit, Left: left})
	}
	return exitError{Code: f.Exit}
}

// show writes a failure. A usage error needs no more than its message; others
// have four parts.
func (a *program) show(err error, f engine.Failure) {
	var usage exitError
	switch {
	case a.JSON:
		ndjson.Failed(a.Terminal.Out, a.Run, "", f)
	case f.Exit == steps.ExitUsage && errors.As(err, &usage):
		fmt.Fprintf(a.Terminal.Err, "agentcore-3lo: %v\n", err)
	case f.Exit != steps.ExitInterrupted:
		fmt.Fprint(a.Terminal.Err, plain.Failure(f, a.Terminal))
	}
}

// failed shows an error of a command that only reports.
func (s *opened) failed(err error) error {
	if err == nil {
		return nil
	}
	f := s.walk.Explain("", err)
	if s.program.JSON {
		ndjson.Failed(s.program.Terminal.Out, s.walk.Run.Name(), "", f)
	} else {
		fmt.Fprint(s.program.Terminal.Err, plain.Failure(f, s.program.Terminal))
	}
	return exitError{Code: f.Exit}
}

// exitError is an error that has its exit code, and has been shown if Err is nil.
type exitError struct {
	Code int
	Err  error
}

func (e exitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}
func (e exitError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error {
	return exitError{steps.ExitUsage, fmt.Errorf(format, args...)}
}

// failureOf gives the four parts of an error that came before there was a run.
func (a *program) failureOf(err error) engine.Failure {
	r := run.NewRecord(a.Run, run.Environment{Sandbox: a.Sandbox})
	r.Environment.SandboxURL = a.SandboxURL
	walk := steps.New(steps.Settings{Program: shell.Program(), SignIn: account.SignIn{World: a.awsOptions()}, Undecided: !a.selects()}, run.Store{}, r, nil)
	walk.Redactor.Add(a.Env(steps.Vendor().SecretVariable), a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	f := walk.Explain("", err)
	if problem := (advice.Problem{}); !errors.As(err, &problem) {
		f.Doing = "starting"
	}
	var exit exitError
	if errors.As(err, &exit) {
		f.Exit, f.Next = exit.Code, "See: "+shell.Program()+" --help"
	}
	var refused usageError
	if errors.As(err, &refused) {
		f.Why.Message, f.Next = refused.what, refused.next
	}
	f.Log = a.logBefore(f)
	return f
}

// logBefore writes the failure to the log of starts and returns where that is.
func (a *program) logBefore(f engine.Failure) string {
	home, err := run.Home(a.Env)
	if err == nil {
		s := &opened{program: a, store: run.Store{Dir: home}}
		defer s.close()
		var log *slog.Logger
		var path string
		if log, path, err = s.openLog("start"); err == nil {
			log.Error("could not start", "run", a.Run, "code", f.Why.Code, "message", f.Why.Message)
			return path
		}
	}
	return fmt.Sprintf("(none could be written: %v)", err)
}
