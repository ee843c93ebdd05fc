package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/record"
	"agentcore-3lo/steps"
)

// A lobby is where the person is before a run is chosen: plain lines, or the
// first page of the full screen.
type lobby interface {
	// ask puts a menu and waits for the choice.
	ask(context.Context, steps.Question) (steps.Answer, error)
	// release gives the terminal to the work while it lasts: a credential
	// process or an MFA prompt may need it.
	release(ctx context.Context, saying string, work func())
}

// lines is the lobby of plain lines.
type lines struct{ *Terminal }

func (l lines) ask(ctx context.Context, q steps.Question) (steps.Answer, error) {
	return NewPlain(l.Terminal, false).ask(ctx, q)
}

func (l lines) release(_ context.Context, _ string, work func()) { work() }

// identity is a world that had to be asked who calls before a run was chosen.
type identity struct {
	world *awsenv.Environment
	calls []awsenv.Exchange
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
	s, err := a.begin(store, r, steps.Tutorial(), true)
	if err != nil {
		return nil, err
	}
	s.screen = screen
	if screen { // where it plays by itself it is to be watched
		s.kit.Settings.Moment = moments * s.kit.Settings.Backoff.First
	}
	if screen && found == nil && !r.World.Sandbox {
		found = a.identify(ctx, l, r) // it cannot be done while the screen has the terminal
	}
	if found != nil && found.world.Account != "" {
		s.kit.Adopt(found.world, found.calls)
	}
	return s, nil
}

// choose finds the run to go on with, or begins one.
func (a *App) choose(ctx context.Context, store record.Store, l lobby) (*record.Record, *identity, error) {
	if a.Run != "" {
		r, err := store.Load(a.Run)
		if errors.Is(err, record.ErrNotFound) {
			return steps.NewRecord(a.Run, a.Sandbox), nil, nil
		}
		if err == nil && !r.Unfinished() {
			r = steps.NewRecord(a.Run, r.World.Sandbox)
		}
		return r, nil, err
	}
	if a.undecided() {
		r, err := a.chooseAnywhere(ctx, store, l)
		return r, nil, err
	}
	fresh := a.fresh(a.Sandbox)
	if a.New {
		return fresh, nil, nil
	}
	filter := record.Filter{Sandbox: &a.Sandbox, Region: a.Region, Endpoints: awsenv.ConfiguredEndpoints()}
	unfinished, _ := filter.Select(a.list(store))
	if len(unfinished) == 0 {
		return fresh, nil, nil
	}
	var found *identity
	if !a.Sandbox {
		// Runs of other accounts are not this world's, so ask who is calling.
		found = a.identify(ctx, l, unfinished[0])
		if found.world.Account != "" {
			filter.Account, filter.Region = found.world.Account, found.world.Region
			unfinished, _ = filter.Select(unfinished)
		}
	}
	r, err := a.oneOf(ctx, unfinished, l)
	if r == nil {
		r = fresh
	}
	return r, found, err
}

func (a *App) fresh(sandbox bool) *record.Record {
	return steps.NewRecord(steps.NewRunName(time.Now()), sandbox)
}

// undecided says that neither flag nor variable chose a world, and that there
// is somebody to ask.
func (a *App) undecided() bool {
	chosen := a.Sandbox || a.Region != "" || a.Profile != "" || len(awsenv.ConfiguredEndpoints()) > 0
	return !chosen && !a.Yes && !a.JSON && a.attended()
}

// offered is how many runs the first page offers to go on with.
const offered = 5

// chooseAnywhere offers the runs that were begun, the sandbox, and AWS.
func (a *App) chooseAnywhere(ctx context.Context, store record.Store, l lobby) (*record.Record, error) {
	var begun []*record.Record
	if !a.New {
		begun, _ = record.Filter{}.Select(a.list(store))
		begun = begun[:min(len(begun), offered)]
	}
	q := steps.Question{Kind: steps.Menu, Prompt: "Where do you want to walk?", Default: "1"}
	for _, r := range begun {
		offer(&q, "Go on with run "+runLine(r))
	}
	offer(&q, "A new run in the sandbox: no account, no network, nothing real")
	offer(&q, "A new run in AWS: your own account"+a.awsNames(ctx))
	n, err := pick(ctx, l, q)
	if err != nil {
		return nil, err
	}
	if n < len(begun) {
		return begun[n], nil
	}
	return a.fresh(n == len(begun)), nil
}

// runLine is a run in a few words.
func runLine(r *record.Record) string {
	x := steps.Summarize(Program(), r)
	return fmt.Sprintf("%s (%s, %s)", x.Run, x.World, x.State)
}

// offer adds a choice under the next number.
func offer(q *steps.Question, label string) {
	q.Choices = append(q.Choices, steps.Choice{Key: steps.Answer(fmt.Sprint(len(q.Choices) + 1)), Label: label})
}

// pick returns the index of what was chosen.
func pick(ctx context.Context, l lobby, q steps.Question) (int, error) {
	answer, err := l.ask(ctx, q)
	return slices.IndexFunc(q.Choices, func(c steps.Choice) bool { return c.Key == answer }), err
}

// oneOf returns the only run, or asks which. None is nil.
func (a *App) oneOf(ctx context.Context, runs []*record.Record, l lobby) (*record.Record, error) {
	switch {
	case len(runs) == 0:
		return nil, nil
	case len(runs) == 1:
		return runs[0], nil
	case !a.attended() || a.JSON || a.Yes:
		return nil, Exit{steps.ExitUsage, fmt.Errorf("%w; name one with --run", &record.AmbiguousError{Runs: record.Names(runs)})}
	}
	q := steps.Question{Kind: steps.Menu, Prompt: "Which run? Enter takes the newest", Default: "1"}
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

// identify opens AWS as the run would. An error is left for the step that
// meets it again and explains it.
func (a *App) identify(ctx context.Context, l lobby, like *record.Record) *identity {
	found := &identity{world: &awsenv.Environment{}}
	o := awsenv.Options{Region: cmp.Or(a.Region, like.World.Region), Profile: cmp.Or(a.Profile, like.World.Profile), IMDS: a.IMDS, Endpoints: like.World.Endpoints}
	var free atomic.Bool
	if a.attended() {
		o.MFA = func(r awsenv.MFARequest) (string, error) {
			if !free.Load() {
				return "", awsenv.ErrMFASessionEnded
			}
			return a.askMFA(r)
		}
	}
	l.release(ctx, "Asking AWS who is calling …", func() {
		free.Store(true)
		defer free.Store(false)
		ctx := awsenv.WithObserver(ctx, func(x awsenv.Exchange) { found.calls = append(found.calls, x) })
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
func (a *App) askMFA(r awsenv.MFARequest) (string, error) {
	code, err := NewPlain(a.Terminal, false).ask(context.Background(), steps.MFAQuestion(r))
	return string(code), err
}
