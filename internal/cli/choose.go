package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/plain"
	"agentcore-3lo/ui/terminal"
)

// asker is where the person is before a run is chosen: plain lines, or the
// first page of the full screen.
type asker interface {
	// Ask puts a menu and waits for the choice.
	Ask(context.Context, engine.Question) (engine.Answer, error)
	// Release gives the terminal to the work while it lasts: a credential
	// process or an MFA prompt may need it.
	Release(ctx context.Context, saying string, work func())
}

// plainLines asks in plain lines.
type plainLines struct{ *terminal.Terminal }

func (l plainLines) Ask(ctx context.Context, q engine.Question) (engine.Answer, error) {
	return plain.New(l.Terminal, false).Put(ctx, q)
}

func (l plainLines) Release(_ context.Context, _ string, work func()) { work() }

// readingPauses is how many first pauses of a wait it takes to read a page that plays
// by itself: three seconds by default.
const readingPauses = 12

// chooseAndOpen chooses the run to walk and opens it.
func (a *program) chooseAndOpen(ctx context.Context, page asker, screen bool) (*opened, error) {
	store, err := a.store()
	if err != nil {
		return nil, err
	}
	c := &chooser{program: a, store: store, page: page}
	r, found, err := c.choose(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.confirmEndpoints(ctx, r); err != nil {
		return nil, err
	}
	if a.keepEndpoints {
		found = nil // it was asked elsewhere
	}
	todo := steps.Tutorial()
	if steps.StateOf(r) == steps.RunCleaningUp || c.cleaning == r.Run && r.Run != "" {
		todo = []steps.Step{cleanupStep()}
	}
	s, err := a.open(ctx, store, r, todo, true)
	if err != nil {
		return nil, err
	}
	if err := s.remember(); err != nil {
		s.close()
		return nil, err
	}
	s.screen = screen
	if a.Stage { // from the first frame
		s.walk.Run.SetMasked(true)
		if err := s.walk.Run.KeepMask(); err != nil {
			s.close()
			return nil, err
		}
	}
	if screen { // where it plays by itself it is to be watched
		s.walk.Settings.Moment = time.Duration(float64(readingPauses*s.walk.Settings.Backoff.First) / a.Speed)
		s.walk.Settings.Rehearsal = len(a.Faults) > 0
		s.walk.Settings.Stays = a.Yes && s.walk.Run.Record().Environment.Sandbox
	}
	place := s.walk.Run.Record().Environment
	if screen && found == nil && !place.Sandbox {
		o := s.walk.Settings.World
		o.Region, o.Profile, o.Endpoints = cmp.Or(o.Region, place.Region), cmp.Or(o.Profile, place.Profile), place.Endpoints
		found = c.identify(ctx, o) // it cannot be done while the screen has the terminal
	}
	if found != nil && found.place.Account != "" && !place.Sandbox && cmp.Or(place.Account, found.place.Account) == found.place.Account {
		s.walk.Redactor.Add(found.secrets...)
		s.walk.Adopt(found.place, found.calls, found.said...)
	}
	return s, nil
}

// chooser finds the run to walk.
type chooser struct {
	program *program
	store   run.Store
	page    asker
	// cleaning is the run that the person wants cleaned up; "" = none.
	cleaning string
}

// choose finds the run to resume, or begins one.
func (c *chooser) choose(ctx context.Context) (*run.Record, *identity, error) {
	var named *run.Record
	if c.program.Run != "" {
		var err error
		if named, err = c.store.Load(c.program.Run); err != nil && !errors.Is(err, run.ErrNotFound) {
			return nil, nil, err
		}
	}
	runs, unusable := records(c.store)
	chosen, found := c.program.chosen(ctx), (*identity)(nil)
	in := func(r *run.Record) bool { return resumable(r) && r.Environment.Within(chosen) }
	if c.program.selects() && !chosen.Sandbox && c.program.Run == "" && !c.program.New && slices.ContainsFunc(runs, in) {
		// Runs of other accounts are in another environment, so ask who is calling.
		found = c.identify(ctx, c.program.awsOptions())
		if w := found.place; w.Account != "" {
			chosen.Account, chosen.Region, chosen.Endpoints = w.Account, w.Region, w.Endpoints()
		}
	}
	d, err := c.program.decide(named, runs, chosen, c.program.canAsk())
	unasked := len(unusable) > 0 && !c.program.New && c.program.Run == "" // one of these may be meant
	switch {
	case unasked && (err != nil || d.resume == nil && !d.startPage):
		return nil, nil, c.program.maybeUnusable(unusable)
	case err != nil:
		return nil, nil, err
	case d.startPage:
		r, err := c.startPage(ctx, runs, unusable)
		return r, nil, err
	case unasked:
		warn(c.program.Terminal.Err, unusable)
	}
	switch {
	case d.resume == nil:
		here := slices.DeleteFunc(slices.Clone(runs), func(r *run.Record) bool { return !r.Environment.Within(chosen) })
		fmt.Fprint(c.program.Terminal.Err, c.program.toFinish(here))
		return c.program.newRecord(*d.begin), found, nil
	case found != nil && d.resume.Environment.Profile != "" && d.resume.Environment.Profile != c.program.Profile:
		found = nil // the run signs in with its own profile
	}
	return d.resume, found, nil
}

// maybeUnusable says that the run to resume may be one whose record cannot be
// used: no new run takes its place unasked.
func (o flags) maybeUnusable(unusable []error) error {
	for _, x := range allUnusable(errors.Join(unusable...)) {
		if x.Run == "" { // the folder: another run would meet it, too
			return x
		}
	}
	return advice.Problem{Doing: "looking for the run to resume", Err: errors.Join(unusable...),
		Next: "Begin another run. " + o.newRun("walk", "--new") + "\nOr move the file to another folder, and repeat the command."}
}

// chosen is the environment that the flags select.
func (o flags) chosen(ctx context.Context) run.Environment {
	switch {
	case o.SandboxURL != "":
		address, _ := awsenv.LoopbackURL(o.SandboxURL) // checked before
		return run.Environment{Sandbox: true, SandboxURL: address}
	case o.Sandbox || !o.selects():
		return run.Environment{Sandbox: o.Sandbox}
	}
	w := run.Environment{Region: o.Region, Profile: o.Profile}
	if box := awsenv.ConfiguredSandbox(ctx, o.awsOptions()); box != nil {
		w.Sandbox, w.SandboxURL, w.Configured = true, box.Endpoint, true
	}
	return w
}

func (o flags) newRecord(w run.Environment) *run.Record {
	if o.Run == "" {
		return run.Begin(time.Now(), w)
	}
	return run.NewRecord(o.Run, w)
}

// canAsk says that a person can be asked which run to walk.
func (a *program) canAsk() bool { return a.attended() && !a.Yes && !a.JSON }
