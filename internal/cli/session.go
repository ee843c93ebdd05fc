package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// Options are the flags of the command line.
type Options struct {
	Sandbox, AWS, New, Plain, JSON, Yes, NoBrowser, IMDS, Recreate bool
	RegisterReturnURL, Elsewhere                                   bool
	SandboxURL, Latency, PublicURL                                 string
	Region, Profile, Run, Pace, ReturnURL, RoleARN                 string
	PermissionsBoundary                                            string
	ClientID, SecretFile                                           string
	Port, SandboxPort                                              int
}

// Sandbox is the built-in sandbox, serving.
type Sandbox struct {
	Endpoint string
	Own      bool // this process serves it, until Close
	Close    func()
}

// App carries out commands. Main fills it.
type App struct {
	Options
	pinned   bool // the run stays at its endpoints, whatever the AWS configuration says
	Terminal *terminal.Terminal
	Env      func(string) string
	Version  string
	// OpenSandbox serves the sandbox whose world is kept in the folder, or joins
	// the process that does.
	OpenSandbox func(dir string) (*Sandbox, error)
	// Person plays the person at a sandbox.
	Person steps.Simulated
}

// Exit is an error that has its exit code, and has been shown if Err is nil.
type Exit struct {
	Code int
	Err  error
}

func (e Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}
func (e Exit) Unwrap() error { return e.Err }

func usage(format string, args ...any) error {
	return Exit{steps.ExitUsage, fmt.Errorf(format, args...)}
}

// session is one command at work on one run.
type session struct {
	*App
	store   run.Store
	kit     *steps.Walk
	answers *Answers
	todo    []steps.Step
	screen  bool // the full-screen front end is wanted and possible
	closers []func()

	ownSandbox bool // this process serves the run's sandbox
	logNamed   bool // a failure was shown, and it names the log
	forgotten  bool // the run created nothing, and nothing of it stays
}

func (s *session) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

// store opens the folder of records.
func (a *App) store() (run.Store, error) {
	home, err := run.Home(a.Env)
	return run.Store{Dir: home}, err
}

// check refuses flags that contradict one another.
func (a *App) check() error {
	if err := a.contradiction(); err != nil {
		return err
	}
	if _, err := awsenv.LoopbackURL(a.SandboxURL); err != nil && a.SandboxURL != "" {
		return usage("--sandbox-url %s: %w. Forward the port of a sandbox elsewhere, for example with ssh -N -L 9595:127.0.0.1:9595 HOST, and give --sandbox-url http://127.0.0.1:9595", text.HideUser(a.SandboxURL), err)
	}
	if u, err := url.Parse(a.SandboxURL); a.SandboxURL != "" && (err != nil || u.Port() == "") {
		return usage("--sandbox-url %s names no port; the command %s sandbox prints the address that it serves", a.SandboxURL, shell.Program())
	}
	switch {
	case a.New && a.Run != "":
		return usage("--new chooses a name itself; leave --run out, or --new")
	case a.Plain && a.JSON:
		return usage("choose one of --plain and --json")
	case a.Pace != "" && a.Pace != "auto" && a.Pace != "manual":
		return usage("--pace is auto or manual, not %q", a.Pace)
	case a.Pace == "manual" && !a.Terminal.Attended:
		return usage("--pace manual needs a person at a terminal")
	case a.Port < 0 || a.Port > 65535:
		return usage("--port is a number from 1 to 65535")
	case a.SandboxPort != 0 && a.SandboxURL != "":
		return usage("--sandbox-url has its port already; leave --sandbox-port out")
	case a.SandboxPort < 0 || a.SandboxPort > 65535:
		return usage("--sandbox-port is a number from 1 to 65535")
	}
	if a.Run != "" {
		if err := provision.CheckRunName(a.Run); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if _, err := steps.ListenAt(run.Settings{}, a.ReturnURL, a.Port); err != nil {
		return Exit{steps.ExitUsage, err}
	}
	if a.RoleARN != "" {
		if err := provision.CheckRoleARN(a.RoleARN); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if a.PermissionsBoundary != "" {
		if err := provision.CheckBoundaryARN(a.PermissionsBoundary); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if a.RoleARN != "" && a.PermissionsBoundary != "" {
		return usage("--permissions-boundary bounds a role that the walkthrough creates, and --role-arn names one that exists; choose one of them")
	}
	if err := steps.CheckRegionName(a.Region); err != nil {
		return Exit{steps.ExitUsage, err}
	}
	return nil
}

// begin prepares a session for a record. changing takes the run's lock.
func (a *App) begin(ctx context.Context, store run.Store, r *run.Record, todo []steps.Step, changing bool) (_ *session, err error) {
	s := &session{App: a, store: store, todo: todo}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if changing {
		lock, err := store.Lock(r.Run)
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, lock.Release)
		// Another process may have gone on with the run while this one chose it.
		switch fresh, err := store.Load(r.Run); {
		case err == nil && (r.Begun() || fresh.Unfinished()):
			r = fresh
		case err != nil && !errors.Is(err, run.ErrNotFound):
			return nil, err
		}
	}
	s.answers = &Answers{ClientID: a.ClientID, SecretFile: a.SecretFile, Input: a.Terminal.In}
	options, err := s.open(ctx, r)
	if err != nil {
		return nil, err
	}
	if box := options.Sandbox; box == nil || box.Configured {
		// The sandbox ignores LINKEDIN_* as it does AWS_*.
		s.answers.Secret = a.Env("LINKEDIN_CLIENT_SECRET")
		if s.answers.ClientID == "" {
			s.answers.ClientID = a.Env("LINKEDIN_CLIENT_ID")
		}
	}
	if !a.Terminal.Attended {
		s.answers.Patience = pipePatience
	}
	asks := func(step steps.Step) bool {
		return slices.ContainsFunc(step.Asks, func(q engine.Question) bool { return q.Secret })
	}
	if slices.ContainsFunc(todo, asks) {
		switch err := s.answers.Check(ctx); {
		case errors.As(err, &engine.NeedsPerson{}), errors.Is(err, context.Canceled):
			return nil, err
		case err != nil:
			return nil, Exit{steps.ExitUsage, err}
		}
	}
	log, path, err := s.openLog(r.Run)
	if err != nil {
		return nil, err
	}
	settings := steps.Settings{
		Program: shell.Program(), LogPath: path, World: options, Port: a.Port, ReturnURL: a.ReturnURL, RoleARN: a.RoleARN, PermissionsBoundary: a.PermissionsBoundary, Pace: a.Pace,
		Recreate: a.Recreate, RegisterReturnURL: a.RegisterReturnURL, NoBrowser: a.NoBrowser, Unattended: !a.attended(), Yes: a.Yes, Todo: todo, LookOnly: !changing, Given: s.answers.Given, Env: a.Env,
		OpenURL: terminal.NewBrowser(a.Env).Open,
	}
	if settings.Backoff, err = backoff(a.Env("AGENTCORE_3LO_BACKOFF")); err != nil {
		return nil, err
	}
	settings.OwnSandbox = s.ownSandbox
	if options.Sandbox != nil {
		settings.Simulated = a.Person
	}
	s.kit = steps.New(settings, store, r, log)
	s.closers = append(s.closers, func() { s.kit.Close() })
	if a.attended() {
		s.kit.Settings.Console = func() *awsenv.Console { return a.console(s.kit.Redactor, lines{a.Terminal}) }
	}
	if changing && len(todo) > 0 {
		switch err := s.kit.Keep(); {
		case errors.As(err, &advice.Problem{}): // the record could not be written
			return nil, err
		case err != nil:
			return nil, Exit{steps.ExitUsage, err}
		}
	}
	s.kit.Redactor.Add(s.answers.Secret, a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	return s, nil
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

// openSandbox serves the sandbox of the state folder, or joins it.
func (a *App) openSandbox() (*Sandbox, error) {
	dir, err := a.SandboxDir()
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	box, err := a.OpenSandbox(dir)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	return box, nil
}

// attended says whether a person can answer. A secret on standard input takes
// their place there.
func (a *App) attended() bool { return a.Terminal.Attended && a.SecretFile != "-" }

func (s *session) openLog(run string) (*slog.Logger, string, error) {
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

// removeLog deletes the log of a run that is forgotten.
func removeLog(store run.Store, run string) {
	if dir, err := private.Open(store.Dir, "logs"); err == nil {
		defer dir.Close()
		_ = dir.Remove(run + ".log")
	}
}

// list reads the records and tells of those that cannot be read.
func (a *App) list(store run.Store) []*run.Record {
	all, unusable := a.records(store)
	a.warn(unusable)
	return all
}

// warn tells of records that cannot be used.
func (a *App) warn(unusable []error) {
	for _, err := range unusable {
		fmt.Fprintf(a.Terminal.Err, "agentcore-3lo: %s\n", text.CleanLine(err.Error()))
	}
}

// records reads the records; unusable are the errors of the others. A run that was left by a crash before the plan was agreed to created
// nothing: it is forgotten.
func (a *App) records(store run.Store) (all []*run.Record, unusable []error) {
	all, unusable = store.List()
	all = slices.DeleteFunc(all, func(r *run.Record) bool {
		if r.Begun() || !r.Unfinished() {
			return false
		}
		lock, err := store.Lock(r.Run)
		if err != nil { // a process works on it
			return false
		}
		defer lock.Release()
		if store.Remove(r.Run) != nil {
			return false
		}
		removeLog(store, r.Run)
		return true
	})
	return all, unusable
}

// load reads a run named on the command line.
func (a *App) load(ctx context.Context, store run.Store) (*run.Record, error) {
	r, err := store.Load(a.Run)
	if errors.Is(err, run.ErrNotFound) {
		err = Refused(fmt.Sprintf("there is no run %q here", a.Run), "List the runs: "+steps.CommandLine(shell.Program(), "runs"))
	}
	if err == nil && a.selects() && !r.Environment.Within(a.chosen(ctx)) {
		err = a.elsewhere(r)
	}
	return r, err
}

// existing chooses the run for a command that needs one: --run, or the only one
// in the selected environment, else in any, that is not cleaned up; failing that
// the newest that was. command is what to print for each where there are several.
func (a *App) existing(ctx context.Context, command ...string) (run.Store, *run.Record, error) {
	store, err := a.store()
	if err != nil {
		return store, nil, err
	}
	if a.Run != "" {
		r, err := a.load(ctx, store)
		return store, r, err
	}
	chosen := a.chosen(ctx)
	all, unusable := a.records(store)
	left, cleaned := run.Select(all, func(r *run.Record) bool {
		return r.Begun() && (!a.selects() || r.Environment.Within(chosen))
	})
	if len(left) == 0 && len(unusable) > 0 {
		return store, nil, errors.Join(unusable...) // one of these may be meant
	}
	a.warn(unusable)
	r, err := a.oneOf(ctx, left, lines{a.Terminal}, command...)
	if r == nil && err == nil {
		r = cleaned
	}
	return store, r, err
}

// noRun says that there is none for a command that needs one.
func (a *App) noRun() error {
	if !a.selects() {
		return a.noEnvironment("there is no run yet")
	}
	sandbox, aws := a.environmentFlags()
	return Refused("there is no run in this environment yet", "Begin one: "+a.command(slices.Concat([]string{"walk"}, sandbox, aws)...))
}

// front chooses the front end.
func (a *App) front() lineWriter {
	if a.JSON {
		return ndjson.New(a.Terminal)
	}
	return plain.New(a.Terminal, !a.Yes)
}

// failureOf gives the four parts of an error that came before there was a run.
func (a *App) failureOf(err error) engine.Failure {
	r := run.NewRecord(a.Run, run.Environment{Sandbox: a.Sandbox})
	r.Environment.SandboxURL = a.SandboxURL
	kit := steps.New(steps.Settings{Program: shell.Program(), World: a.awsOptions(), Undecided: !a.selects()}, run.Store{}, r, nil)
	kit.Redactor.Add(a.Env("LINKEDIN_CLIENT_SECRET"), a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	f := kit.Explain("", err)
	if problem := (advice.Problem{}); !errors.As(err, &problem) {
		f.Doing = "starting"
	}
	var exit Exit
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
func (a *App) logBefore(f engine.Failure) string {
	home, err := run.Home(a.Env)
	if err == nil {
		s := &session{App: a, store: run.Store{Dir: home}}
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

// quiet is the person of a command that only reports: nobody.
type quiet struct{ out io.Writer }

func (q quiet) Ask(_ context.Context, question engine.Question) (engine.Answer, error) {
	return "", engine.NeedsPerson{Questions: []engine.Question{question}}
}

func (q quiet) Tell(body any) {
	if n, ok := body.(event.Note); ok && q.out != nil {
		fmt.Fprint(q.out, ui.Note(n.Text, ui.Measure))
	}
}

const reportLimit = 2 * time.Minute

// SandboxDir is the folder that keeps the sandbox's state. It is created if it
// is missing.
func (a *App) SandboxDir() (string, error) {
	store, err := a.store()
	if err != nil {
		return "", err
	}
	dir, err := private.Make(store.Dir, "sandbox")
	if err != nil {
		return "", err
	}
	defer dir.Close()
	return dir.Path(""), nil
}
