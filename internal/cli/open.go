package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/ndjson"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// opened is a run that a command works on.
type opened struct {
	program *program
	store   run.Store
	walk    *steps.Walk
	answers *givenAnswers
	todo    []steps.Step
	screen  bool // the full-screen front end is wanted and possible
	closers []func()

	ownSandbox bool                 // this process serves the run's sandbox
	onFailure  func(engine.Failure) // nil = nothing depends on a step's failure
	logNamed   bool                 // a failure was shown, and it names the log
	forgotten  bool                 // the run created nothing, and nothing of it stays
}

func (s *opened) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

// open opens a run. changing takes the run's lock.
func (a *program) open(ctx context.Context, store run.Store, r *run.Record, todo []steps.Step, changing bool) (_ *opened, err error) {
	s := &opened{program: a, store: store, todo: todo}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if changing {
		if r, err = s.lock(r); err != nil {
			return nil, err
		}
	}
	options, err := s.findEnvironment(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.takeAnswers(ctx, options.Sandbox); err != nil {
		return nil, err
	}
	log, path, err := s.openLog(r.Run)
	if err != nil {
		return nil, err
	}
	settings := steps.Settings{
		SignIn:  account.SignIn{World: options, Unattended: !a.attended()},
		Program: shell.Program(), LogPath: path, Port: a.Port, ReturnURL: a.ReturnURL, RoleARN: a.RoleARN, PermissionsBoundary: a.PermissionsBoundary, Pace: a.Pace,
		Recreate: a.Recreate, RegisterReturnURL: a.RegisterReturnURL, NoBrowser: a.NoBrowser, Yes: a.Yes, Todo: todo, LookOnly: !changing, Given: s.answers.Given, Env: a.Env,
		OpenURL: terminal.NewBrowser(a.Env).Open,
	}
	if settings.Backoff, err = backoff(a.Env("AGENTCORE_3LO_BACKOFF")); err != nil {
		return nil, err
	}
	settings.OwnSandbox, settings.OnFailure = s.ownSandbox, s.onFailure
	if options.Sandbox != nil {
		settings.Simulated = a.Person
	}
	s.walk = steps.New(settings, store, r, log)
	s.closers = append(s.closers, func() { s.walk.Close() })
	if a.attended() {
		s.walk.Settings.Console = func() *awsenv.Console { return a.console(s.walk.Redactor, plainLines{a.Terminal}) }
	}
	if changing && len(todo) > 0 {
		switch err := s.walk.Keep(); {
		case errors.As(err, &advice.Problem{}): // the record could not be written
			return nil, err
		case err != nil:
			return nil, exitError{steps.ExitUsage, err}
		}
	}
	s.walk.Redactor.Add(s.answers.Secret, a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	return s, nil
}

// lock keeps other processes off the run, and returns its record as it is now: another
// process may have gone on with it while this one chose it.
func (s *opened) lock(r *run.Record) (*run.Record, error) {
	lock, err := s.store.Lock(r.Run)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, lock.Release)
	switch fresh, err := s.store.Load(r.Run); {
	case err == nil && (r.Begun() || fresh.Unfinished()):
		return fresh, nil
	case err != nil && !errors.Is(err, run.ErrNotFound):
		return nil, err
	}
	return r, nil
}

// takeAnswers takes over the answers that flags and environment give, and checks them
// where a step will ask for a secret.
func (s *opened) takeAnswers(ctx context.Context, sandbox *awsenv.Sandbox) error {
	a := s.program
	s.answers = &givenAnswers{ClientID: a.ClientID, SecretFile: a.SecretFile, Input: a.Terminal.In}
	if sandbox == nil || sandbox.Configured {
		// The sandbox ignores the vendor's variables as it does AWS_*.
		s.answers.Secret = a.Env(steps.Vendor().SecretVariable)
		s.answers.ClientID = cmp.Or(s.answers.ClientID, a.Env(steps.Vendor().ClientIDVariable))
	}
	if !a.Terminal.Attended {
		s.answers.Patience = pipePatience
	}
	asks := func(step steps.Step) bool {
		return slices.ContainsFunc(step.Asks, func(q engine.Question) bool { return q.Secret })
	}
	if !slices.ContainsFunc(s.todo, asks) {
		return nil
	}
	err := s.answers.Check(ctx)
	if err == nil || errors.As(err, &engine.NeedsPerson{}) || errors.Is(err, context.Canceled) {
		return err
	}
	return exitError{steps.ExitUsage, err}
}

// backoff reads the one setting for every wait: the first pause of a poll. The
// longest is twenty times that, as by default.
func backoff(setting string) (wait.Backoff, error) {
	if setting == "" {
		return wait.Default, nil
	}
	first, err := time.ParseDuration(setting)
	if err != nil || first <= 0 {
		return wait.Backoff{}, usage("AGENTCORE_3LO_BACKOFF is a duration such as 250ms, not %q", setting)
	}
	return wait.Backoff{First: first, Max: 20 * first}, nil
}

// front chooses the front end.
func (a *program) front() lineWriter {
	if a.JSON {
		return ndjson.New(a.Terminal)
	}
	if a.Brief {
		return plain.NewBrief(a.Terminal, !a.Yes)
	}
	return plain.New(a.Terminal, !a.Yes)
}

func (s *opened) openLog(run string) (*slog.Logger, string, error) {
	dir, err := private.Make(s.store.Dir, "logs")
	if err != nil {
		return nil, "", fmt.Errorf("open the log: %w", err)
	}
	defer dir.Close()
	name := cmp.Or(run, "cleanup-all") + ".log"
	file, err := dir.Append(name)
	if err != nil {
		return nil, "", fmt.Errorf("open the log: %w", err)
	}
	s.closers = append(s.closers, func() {
		file.Close()
		if s.forgotten && !s.logNamed {
			removeLog(s.store, run)
		}
	})
	return slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})), dir.Path(name), nil
}
