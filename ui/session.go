package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/steps"
)

// Options are the flags of the command line.
type Options struct {
	Sandbox, AWS, New, Plain, JSON, Yes, NoBrowser, IMDS, Recreate bool
	RegisterReturnURL                                              bool
	SandboxURL, Latency, PublicURL                                 string
	Region, Profile, Run, Pace, ReturnURL, RoleARN                 string
	ClientID, SecretFile                                           string
	Port                                                           int
}

// Sandbox is the embedded world, serving.
type Sandbox struct {
	World  awsenv.Sandbox
	Person steps.Simulated
	Close  func()
}

// App carries out commands. Main fills it.
type App struct {
	Options
	Terminal *Terminal
	Env      func(string) string
	Version  string
	// OpenSandbox serves the sandbox whose world is kept in the folder, or joins
	// the process that does.
	OpenSandbox func(dir string) (*Sandbox, error)
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
	store   record.Store
	kit     *steps.Kit
	answers *Answers
	sandbox *Sandbox
	screen  bool // the full-screen front end is wanted and possible
	closers []func()
}

func (s *session) close() {
	for _, c := range slices.Backward(s.closers) {
		c()
	}
}

// store opens the folder of records.
func (a *App) store() (record.Store, error) {
	home, err := record.Home(a.Env)
	return record.Store{Dir: home}, err
}

// check refuses flags that contradict one another.
func (a *App) check() error {
	switch {
	case a.Sandbox && a.Profile != "":
		return usage("--sandbox needs no AWS profile; leave --profile out")
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
	}
	if a.Run != "" {
		if err := steps.CheckRunName(a.Run); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if a.ReturnURL != "" {
		if err := steps.CheckReturnURL(a.ReturnURL); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if a.RoleARN != "" {
		if err := steps.CheckRoleARN(a.RoleARN); err != nil {
			return Exit{steps.ExitUsage, err}
		}
	}
	if err := steps.CheckRegionName(a.Region); err != nil {
		return Exit{steps.ExitUsage, err}
	}
	return nil
}

// begin prepares a session for a record. changing takes the run's lock.
func (a *App) begin(store record.Store, r *record.Record, todo []steps.Step, changing bool) (_ *session, err error) {
	s := &session{App: a, store: store}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if a.Sandbox && !r.World.Sandbox && !r.Agreed.IsZero() {
		return nil, usage("run %s lives in AWS account %s; leave --sandbox out, or begin another run with --new", r.Run, r.World.Account)
	}
	if changing {
		lock, err := store.Lock(r.Run)
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, lock.Release)
		// Another process may have gone on with the run while this one chose it.
		switch fresh, err := store.Load(r.Run); {
		case err == nil:
			r = fresh
		case !errors.Is(err, record.ErrNotFound):
			return nil, err
		}
	}
	s.answers = &Answers{ClientID: a.ClientID, SecretFile: a.SecretFile}
	options := awsenv.Options{Region: a.Region, Profile: a.Profile, IMDS: a.IMDS}
	if r.World.Sandbox {
		if s.sandbox, err = a.openSandbox(); err != nil {
			return nil, err
		}
		s.closers = append(s.closers, s.sandbox.Close)
		options = awsenv.Options{Sandbox: &s.sandbox.World}
		if a.Region != "" {
			s.sandbox.World.Region = a.Region
		} else if r.World.Region != "" {
			s.sandbox.World.Region = r.World.Region
		}
	} else {
		// The sandbox ignores LINKEDIN_* as it does AWS_*.
		s.answers.Secret = a.Env("LINKEDIN_CLIENT_SECRET")
		if s.answers.ClientID == "" {
			s.answers.ClientID = a.Env("LINKEDIN_CLIENT_ID")
		}
	}
	asks := func(step steps.Step) bool { return slices.Contains(step.Asks, "linkedin_client_secret") }
	if slices.ContainsFunc(todo, asks) {
		if err := s.answers.Check(); err != nil {
			return nil, Exit{steps.ExitUsage, err}
		}
	}
	log, path, err := s.openLog(r.Run)
	if err != nil {
		return nil, err
	}
	settings := steps.Settings{
		Program: Program(), Home: store.Dir, LogPath: path, World: options, Port: a.Port, ReturnURL: a.ReturnURL, RoleARN: a.RoleARN, Pace: a.Pace,
		Recreate: a.Recreate, RegisterReturnURL: a.RegisterReturnURL, NoBrowser: a.NoBrowser, Unattended: !a.attended(), Yes: a.Yes, Todo: todo, Given: s.answers.Given, Env: a.Env,
		OpenURL: NewBrowser(a.Env).Open,
	}
	if settings.Backoff, err = backoff(a.Env("AGENTCORE_3LO_BACKOFF")); err != nil {
		return nil, err
	}
	if s.sandbox != nil {
		settings.Simulated = s.sandbox.Person
	}
	s.kit = steps.NewKit(settings, store, r, log)
	s.closers = append(s.closers, func() { s.kit.Close() })
	if changing {
		if err := s.kit.Keep(); err != nil {
			return nil, Exit{steps.ExitUsage, err}
		}
	}
	s.kit.Redactor.Add(s.answers.Secret, a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	return s, nil
}

// backoff reads the one setting for every wait: the first pause of a poll. The
// longest is twenty times that, as by default.
func backoff(setting string) (steps.Backoff, error) {
	if setting == "" {
		return steps.DefaultBackoff, nil
	}
	first, err := time.ParseDuration(setting)
	if err != nil || first <= 0 {
		return steps.Backoff{}, usage("AGENTCORE_3LO_BACKOFF is a duration such as 250ms, not %q", setting)
	}
	return steps.Backoff{First: first, Max: 20 * first}, nil
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
	s.closers = append(s.closers, func() { file.Close() })
	return slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})), dir.Path(name), nil
}

// list reads the records and tells of those that cannot be read.
func (a *App) list(store record.Store) []*record.Record {
	all, broken := store.List()
	for _, err := range broken {
		fmt.Fprintf(a.Terminal.Err, "agentcore-3lo: %v\n", err)
	}
	return all
}

// load reads a run named on the command line.
func (a *App) load(store record.Store) (*record.Record, error) {
	r, err := store.Load(a.Run)
	if errors.Is(err, record.ErrNotFound) {
		err = usage("there is no run %q here; %s runs lists them", a.Run, Program())
	}
	return r, err
}

// existing chooses the run for a command that needs one: --run, or the only
// unfinished one; failing that the newest that was cleaned up.
func (a *App) existing() (record.Store, *record.Record, error) {
	store, err := a.store()
	if err != nil {
		return store, nil, err
	}
	if a.Run != "" {
		r, err := a.load(store)
		return store, r, err
	}
	filter := record.Filter{Region: a.Region, Endpoints: awsenv.ConfiguredEndpoints()}
	if a.Sandbox {
		filter = record.Filter{Sandbox: &a.Sandbox}
	}
	unfinished, cleaned := filter.Select(a.list(store))
	r, err := a.oneOf(context.Background(), unfinished, lines{a.Terminal})
	if r == nil && err == nil {
		r = cleaned
	}
	return store, r, err
}

// front chooses the front end.
func (a *App) front() FrontEnd {
	if a.JSON {
		return NewNDJSON(a.Terminal)
	}
	return NewPlain(a.Terminal, !a.Yes)
}

// brokenBefore ends a command that failed before its run began. With --json
// the last line is written all the same.
func (a *App) brokenBefore(err error) error {
	f := a.failureOf(err)
	switch {
	case a.JSON:
		writeLine(a.Terminal.Out, "failed", a.Run, map[string]any{"step": "", "doing": f.Doing, "why": f.Why, "next": f.Next, "log": f.Log})
		writeLine(a.Terminal.Out, "finished", a.Run, map[string]any{"ok": false, "exit_code": f.Exit, "made": []string{}, "left": []string{}})
	case f.Exit == steps.ExitUsage:
		return err // one line is enough
	default:
		fmt.Fprint(a.Terminal.Err, RenderFailure(f, unwrapped))
	}
	return Exit{Code: f.Exit}
}

// failureOf gives the four parts of an error that came before there was a run.
func (a *App) failureOf(err error) steps.Failure {
	kit := steps.NewKit(steps.Settings{Program: Program(), World: awsenv.Options{Region: a.Region, Profile: a.Profile}}, record.Store{}, steps.NewRecord(a.Run, a.Sandbox), nil)
	kit.Redactor.Add(a.Env("LINKEDIN_CLIENT_SECRET"), a.Env("AWS_SECRET_ACCESS_KEY"), a.Env("AWS_SESSION_TOKEN"))
	f := kit.Explain("", err)
	f.Doing = "starting"
	var exit Exit
	if errors.As(err, &exit) {
		f.Exit, f.Next = exit.Code, "See: "+Program()+" --help"
	}
	f.Log = a.logBefore(f)
	return f
}

// logBefore writes the failure to the log of starts and returns where that is.
func (a *App) logBefore(f steps.Failure) string {
	home, err := record.Home(a.Env)
	if err == nil {
		s := &session{App: a, store: record.Store{Dir: home}}
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

func (q quiet) Ask(_ context.Context, question steps.Question) (steps.Answer, error) {
	return "", steps.NeedsPerson{Questions: []steps.Question{question}}
}

func (q quiet) Tell(n steps.Note) {
	if n.Text != "" && q.out != nil {
		fmt.Fprint(q.out, note(n.Text, measure))
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
