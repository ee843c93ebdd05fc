package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// lobby lobby is where the person is before a run is chosen: plain lines, or the
// first page of the full screen.
type lobby interface {
	// Ask puts a menu and waits for the choice.
	Ask(context.Context, engine.Question) (engine.Answer, error)
	// Release gives the terminal to the work while it lasts: a credential
	// process or an MFA prompt may need it.
	Release(ctx context.Context, saying string, work func())
}

// lines is the lobby of plain lines.
type lines struct{ *terminal.Terminal }

func (l lines) Ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	return plain.New(l.Terminal, false).Put(ctx, q)
}

func (l lines) Release(_ context.Context, _ string, work func()) { work() }

// identity is an environment that had to be asked who calls before a run was
// chosen.
type identity struct {
	world   *awsenv.Environment
	calls   []wire.Exchange
	said    []string // by credential processes, redacted
	secrets []string
}

// moments is how many first pauses of a wait it takes to read a page that plays
// by itself: three seconds by default.
const moments = 12

// enter chooses the run to walk and opens it.
func (a *App) enter(ctx context.Context, l lobby, screen bool) (*session, error) {
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	r, found, err := a.choose(ctx, store, l)
	if err != nil {
		return nil, err
	}
	if err := a.askWhere(ctx, l, r); err != nil {
		return nil, err
	}
	if a.pinned {
		found = nil // it was asked elsewhere
	}
	todo := steps.Tutorial()
	if steps.StateOf(r) == steps.RunCleaningUp {
		todo = []steps.Step{cleanupStep()}
	}
	s, err := a.begin(ctx, store, r, todo, true)
	if err != nil {
		return nil, err
	}
	if err := s.remember(); err != nil {
		s.close()
		return nil, err
	}
	s.screen = screen
	if screen { // where it plays by itself it is to be watched
		s.kit.Settings.Moment = moments * s.kit.Settings.Backoff.First
	}
	world := s.kit.Run.Record().Environment
	if screen && found == nil && !world.Sandbox {
		o := s.kit.Settings.World
		o.Region, o.Profile, o.Endpoints = cmp.Or(o.Region, world.Region), cmp.Or(o.Profile, world.Profile), world.Endpoints
		found = a.identify(ctx, l, o) // it cannot be done while the screen has the terminal
	}
	if found != nil && found.world.Account != "" && !world.Sandbox && cmp.Or(world.Account, found.world.Account) == found.world.Account {
		s.kit.Redactor.Add(found.secrets...)
		s.kit.Adopt(found.world, found.calls, found.said...)
	}
	return s, nil
}

// choose finds the run to resume, or begins one.
func (a *App) choose(ctx context.Context, store run.Store, l lobby) (*run.Record, *identity, error) {
	var named *run.Record
	if a.Run != "" {
		var err error
		if named, err = store.Load(a.Run); err != nil && !errors.Is(err, run.ErrNotFound) {
			return nil, nil, err
		}
	}
	runs, unusable := a.records(store)
	chosen, found := a.chosen(ctx), (*identity)(nil)
	in := func(r *run.Record) bool { return resumable(r) && r.Environment.Within(chosen) }
	if a.selects() && !chosen.Sandbox && a.Run == "" && !a.New && slices.ContainsFunc(runs, in) {
		// Runs of other accounts are in another environment, so ask who is calling.
		found = a.identify(ctx, l, a.awsOptions())
		if w := found.world; w.Account != "" {
			chosen.Account, chosen.Region, chosen.Endpoints = w.Account, w.Region, w.Endpoints()
		}
	}
	d, err := a.decide(named, runs, chosen, a.canAsk())
	unasked := len(unusable) > 0 && !a.New && a.Run == "" // one of these may be meant
	switch {
	case unasked && (err != nil || d.resume == nil && !d.startPage):
		return nil, nil, a.maybeUnusable(unusable)
	case err != nil:
		return nil, nil, err
	case d.startPage:
		r, err := a.startPage(ctx, runs, unusable, l)
		return r, nil, err
	case unasked:
		a.warn(unusable)
	}
	switch {
	case d.resume == nil:
		here := slices.DeleteFunc(slices.Clone(runs), func(r *run.Record) bool { return !r.Environment.Within(chosen) })
		fmt.Fprint(a.Terminal.Err, a.toFinish(here))
		return a.fresh(*d.begin), found, nil
	case found != nil && d.resume.Environment.Profile != "" && d.resume.Environment.Profile != a.Profile:
		found = nil // the run signs in with its own profile
	}
	return d.resume, found, nil
}

// maybeUnusable says that the run to resume may be one whose record cannot be
// used: no new run takes its place unasked.
func (a *App) maybeUnusable(unusable []error) error {
	for _, x := range allUnusable(errors.Join(unusable...)) {
		if x.Run == "" { // the folder: another run would meet it, too
			return x
		}
	}
	return advice.Problem{Doing: "looking for the run to resume", Err: errors.Join(unusable...),
		Next: "Begin another run. " + a.newRun("walk", "--new") + "\nOr move the file to another folder, and repeat the command."}
}

// chosen is the environment that the flags select.
func (a *App) chosen(ctx context.Context) run.Environment {
	switch {
	case a.SandboxURL != "":
		address, _ := awsenv.LoopbackURL(a.SandboxURL) // checked before
		return run.Environment{Sandbox: true, SandboxURL: address}
	case a.Sandbox || !a.selects():
		return run.Environment{Sandbox: a.Sandbox}
	}
	w := run.Environment{Region: a.Region, Profile: a.Profile}
	if box := awsenv.ConfiguredSandbox(ctx, a.awsOptions()); box != nil {
		w.Sandbox, w.SandboxURL, w.Configured = true, box.Endpoint, true
	}
	return w
}

// awsOptions are what this command says of AWS.
func (a *App) awsOptions() awsenv.Options {
	return awsenv.Options{Region: a.Region, Profile: a.Profile, IMDS: a.IMDS}
}

func (a *App) fresh(w run.Environment) *run.Record {
	r := run.NewRecord(cmp.Or(a.Run, steps.NewRunName(time.Now())), w)
	r.Environment = w
	return r
}

// canAsk says that a person can be asked which run to walk.
func (a *App) canAsk() bool { return a.attended() && !a.Yes && !a.JSON }

// offered is how many runs the start page offers.
const offered = 5

// startPage offers the runs that are left, the sandbox, and AWS.
func (a *App) startPage(ctx context.Context, runs []*run.Record, unusable []error, l lobby) (*run.Record, error) {
	unfinished := inState(runs, steps.RunUnfinished)
	left := slices.Concat(unfinished, inState(runs, steps.RunCleaningUp), inState(runs, steps.RunComplete))
	if a.New {
		left = nil
	}
	left = left[:min(len(left), offered)]
	q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run"}
	for _, err := range unusable {
		q.Help = append(q.Help, "Not offered: "+text.CleanLine(err.Error())+".")
	}
	for _, r := range left {
		offer(&q, startLabel(r))
	}
	q.Default = engine.Answer(fmt.Sprint(len(left) + 1))
	if len(unfinished) > 0 && len(left) > 0 {
		q.Default = "1"
	}
	aws := run.Environment{}
	if box := awsenv.ConfiguredSandbox(ctx, a.awsOptions()); box != nil {
		aws = run.Environment{Sandbox: true, SandboxURL: box.Endpoint, Configured: true}
	}
	offer(&q, "New run in the sandbox: no account, no network, nothing real")
	if aws.Sandbox {
		offer(&q, "New run in the sandbox at "+aws.SandboxURL+", where your AWS configuration leads")
	} else {
		offer(&q, "New run in AWS: your own account"+a.awsNames(ctx))
	}
	switch n, err := pick(ctx, l, q); {
	case err != nil:
		return nil, err
	case n < len(left):
		return left[n], nil
	case n == len(left):
		return a.fresh(run.Environment{Sandbox: true}), nil
	default:
		return a.fresh(aws), nil
	}
}

func startLabel(r *run.Record) string {
	verb := map[steps.RunState]string{steps.RunUnfinished: "Resume", steps.RunComplete: "Open", steps.RunCleaningUp: "Finish cleaning up"}
	return verb[steps.StateOf(r)] + " " + runLine(r)
}

// runLine is a run in a few words.
func runLine(r *run.Record) string {
	return fmt.Sprintf("%s (%s, %s)", r.Run, environment(r), steps.StateOf(r))
}

// offer adds a choice under the next number.
func offer(q *engine.Question, label string) {
	q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(len(q.Choices) + 1)), Label: label})
}

// pick returns the index of what was chosen.
func pick(ctx context.Context, l lobby, q engine.Question) (int, error) {
	answer, err := l.Ask(ctx, q)
	return slices.IndexFunc(q.Choices, func(c engine.Choice) bool { return c.ID == answer }), err
}

// oneOf returns the only run, or asks which. None is nil.
func (a *App) oneOf(ctx context.Context, runs []*run.Record, l lobby, command ...string) (*run.Record, error) {
	switch {
	case len(runs) == 0:
		return nil, nil
	case len(runs) == 1:
		return runs[0], nil
	case !a.canAsk():
		return nil, a.several("runs", runs, command...)
	}
	q := engine.Question{Kind: engine.Menu, Prompt: "Which run? Enter takes the newest", Default: "1"}
	for _, r := range runs {
		offer(&q, runLine(r))
	}
	n, err := pick(ctx, l, q)
	if err != nil {
		return nil, err
	}
	return runs[n], nil
}

// awsNames is what environment and configuration files say of AWS, without
// resolving anything.
func (a *App) awsNames(ctx context.Context) string {
	profile, region := awsenv.Names(ctx)
	var names []string
	if profile != "" {
		names = append(names, "profile "+profile)
	}
	if region != "" {
		names = append(names, "region "+region)
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// identify opens AWS and asks who is calling. An error is left for the step that
// meets it again and explains it.
func (a *App) identify(ctx context.Context, l lobby, o awsenv.Options) *identity {
	found := &identity{world: &awsenv.Environment{}}
	var free atomic.Bool
	secrets := &text.Redactor{}
	o.Secrets = func(all ...string) {
		secrets.Add(all...)
		found.secrets = append(found.secrets, all...)
	}
	o.HelperSaid = func(profile, said string) { found.said = append(found.said, steps.HelperSaid(secrets, profile, said)) }
	if a.attended() {
		o.Console = func() *awsenv.Console {
			if !free.Load() {
				return nil
			}
			return a.console(secrets, l)
		}
		o.MFA = func(r awsenv.MFARequest) (string, error) {
			if !free.Load() {
				return "", awsenv.ErrMFASessionEnded
			}
			return a.askMFA(ctx, r)
		}
	}
	l.Release(ctx, "Asking AWS who is calling …", func() {
		free.Store(true)
		defer free.Store(false)
		ctx := awsenv.WithObserver(ctx, func(x wire.Exchange) { found.calls = append(found.calls, x) })
		w, err := awsenv.Open(ctx, o)
		if err == nil {
			_ = w.Identify(ctx)
		}
		if w != nil {
			found.world = w
		}
	})
	if ctx.Err() != nil { // the work may not have ended
		return &identity{world: &awsenv.Environment{}}
	}
	return found
}

// askMFA asks in plain lines.
func (a *App) askMFA(ctx context.Context, r awsenv.MFARequest) (string, error) {
	code, err := plain.New(a.Terminal, false).Put(ctx, steps.MFAQuestion(r))
	return string(code), err
}
