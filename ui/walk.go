package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/record"
	"agentcore-3lo/internal/world"
	"agentcore-3lo/steps"
)

// Walk goes through the tutorial: a new run, or the one that was begun.
func (a *App) Walk(ctx context.Context) error {
	if err := a.check(); err != nil {
		return a.brokenBefore(err)
	}
	if err := a.chooseWorld(ctx); err != nil {
		return err
	}
	store, r, found, err := a.chooseWalk(ctx)
	if err != nil {
		return a.brokenBefore(err)
	}
	s, err := a.begin(store, r, steps.Tutorial(), true)
	if err != nil {
		return a.brokenBefore(err)
	}
	defer s.close()
	s.screen = a.Terminal.Fancy && !a.Plain && !a.JSON && a.attended()
	if s.screen && found == nil && !r.World.Sandbox {
		// A credential process or an MFA prompt needs the terminal, so the
		// credentials are resolved before the screen takes it.
		found = a.identify(ctx, r)
	}
	if found != nil && found.world.Account != "" {
		s.kit.Adopt(found.world, found.calls)
	}
	mode := steps.Mode{Manual: a.Pace == "manual", Follow: a.Yes || !s.screen}
	return s.drive(ctx, steps.NewMachine(mode, steps.Tutorial(), nil))
}

// chooseWorld asks for the sandbox or AWS when no flag, no variable and no
// unfinished run has chosen.
func (a *App) chooseWorld(ctx context.Context) error {
	chosen := a.Sandbox || a.Region != "" || a.Profile != "" || a.Run != "" || len(world.ConfiguredEndpoints()) > 0
	if chosen || a.Yes || a.JSON || !a.attended() {
		return nil
	}
	answer, err := NewPlain(a.Terminal, false).ask(ctx, steps.Question{Kind: steps.Menu, Prompt: "Where do you want to walk?",
		Choices: []steps.Choice{{Key: "s", Label: "the sandbox: no account, no network, nothing real"},
			{Key: "a", Label: "AWS: your own account" + a.awsNames()}}})
	a.Sandbox = answer == "s"
	return err
}

// awsNames is what flags and environment say, without resolving anything.
func (a *App) awsNames() string {
	var names []string
	for _, v := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		if value := a.Env(v); value != "" {
			names = append(names, v+"="+value)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// identity is a world that had to be asked who calls before a run was chosen.
type identity struct {
	world *world.World
	calls []world.Exchange
}

// chooseWalk finds the run to go on with, or begins one.
func (a *App) chooseWalk(ctx context.Context) (record.Store, *record.Record, *identity, error) {
	store, err := a.store()
	if err != nil {
		return store, nil, nil, err
	}
	if a.Run != "" {
		r, err := store.Load(a.Run)
		if errors.Is(err, record.ErrNotFound) {
			return store, steps.NewRecord(a.Run, a.Sandbox), nil, nil
		}
		if err == nil && !r.Unfinished() {
			r = steps.NewRecord(a.Run, r.World.Sandbox)
		}
		return store, r, nil, err
	}
	fresh := steps.NewRecord(steps.NewRunName(time.Now()), a.Sandbox)
	if a.New {
		return store, fresh, nil, nil
	}
	filter := record.Filter{Sandbox: &a.Sandbox, Region: a.Region, Endpoints: world.ConfiguredEndpoints()}
	unfinished, _ := filter.Select(a.list(store))
	if len(unfinished) == 0 {
		return store, fresh, nil, nil
	}
	var found *identity
	if !a.Sandbox {
		// Runs of other accounts are not this world's, so ask who is calling.
		found = a.identify(ctx, unfinished[0])
		if found.world != nil && found.world.Account != "" {
			filter.Account, filter.Region = found.world.Account, found.world.Region
			unfinished, _ = filter.Select(unfinished)
		}
	}
	r, err := a.oneOf(unfinished)
	if r == nil {
		r = fresh
	}
	return store, r, found, err
}

// identify opens AWS as the run would. An error is left for the step that
// meets it again and explains it.
func (a *App) identify(ctx context.Context, like *record.Record) *identity {
	found := &identity{}
	ctx = world.WithObserver(ctx, func(x world.Exchange) { found.calls = append(found.calls, x) })
	o := world.Options{Region: a.Region, Profile: a.Profile, IMDS: a.IMDS, Endpoints: like.World.Endpoints}
	if a.attended() {
		o.MFA = func() (string, error) {
			code, err := NewPlain(a.Terminal, false).ask(ctx, steps.Question{Kind: steps.Text, Prompt: "MFA code for this profile"})
			return string(code), err
		}
	}
	if o.Region == "" {
		o.Region = like.World.Region
	}
	if o.Profile == "" {
		o.Profile = like.World.Profile
	}
	w, err := world.Open(ctx, o)
	if err == nil {
		_ = w.Identify(ctx)
	}
	if w != nil {
		found.world = w
	} else {
		found.world = &world.World{}
	}
	return found
}

// RunSteps carries out the named steps alone, again.
func (a *App) RunSteps(ctx context.Context, words []string) error {
	if err := a.check(); err != nil {
		return a.brokenBefore(err)
	}
	if len(words) == 0 {
		return a.brokenBefore(usage("name the steps to run; %s steps lists them", Program()))
	}
	if slices.Contains(words, string(steps.LinkedIn)) {
		words = append(words, string(steps.Provider)) // a new secret is of use only once AgentCore has it
	}
	ids, err := steps.Parse(words)
	if err != nil {
		return a.brokenBefore(Exit{steps.ExitUsage, err})
	}
	if a.Recreate && !slices.Contains(ids, steps.Provider) && !slices.Contains(ids, steps.Inbound) {
		return a.brokenBefore(usage("--recreate goes with provider or inbound"))
	}
	store, r, err := a.existing()
	if err != nil {
		return a.brokenBefore(err)
	}
	if r == nil {
		return a.brokenBefore(usage("there is no run yet; begin one with: %s walk", Program()))
	}
	var todo []steps.Step
	for _, id := range ids {
		step, _ := steps.Find(id)
		todo = append(todo, step)
	}
	s, err := a.begin(store, r, todo, true)
	if err != nil {
		return a.brokenBefore(err)
	}
	defer s.close()
	done := s.kit.DoneSteps()
	for _, step := range todo {
		for _, need := range step.Needs {
			if !slices.Contains(done, need) && !slices.Contains(ids, need) {
				return a.brokenBefore(usage("%s needs %s, which is not done in run %s; go on with: %s", step.ID, need, r.Run, s.kit.Command("walk")))
			}
		}
	}
	done = slices.DeleteFunc(done, func(id steps.ID) bool { return slices.Contains(ids, id) })
	return s.drive(ctx, steps.NewMachine(steps.Mode{Manual: a.Pace == "manual", Follow: true, Again: true}, todo, done))
}

// drive runs the machine in the front end that was chosen, and cleans up
// afterwards where the person asked for it.
func (s *session) drive(ctx context.Context, m steps.Machine) error {
	defer restoreEcho(s.Terminal.In)()
	front := s.front()
	if p, ok := front.(*Plain); ok {
		p.attach(s.kit)
	}
	var o Outcome
	perform := func(m steps.Machine) (err error) {
		if s.screen {
			o, err = DriveScreen(ctx, s.App, s.kit, s.runner(), m)
			return err
		}
		o = Drive(ctx, s.kit, s.runner(), m, front)
		return nil
	}
	if err := perform(m); err != nil {
		return err
	}
	if o.Cleanup || o.ExitCode == 0 && s.kit.CleanupWanted() {
		if err := perform(steps.NewMachine(steps.Mode{Follow: true}, []steps.Step{cleanupStep()}, nil)); err != nil {
			return err
		}
	}
	front.End(o)
	if o.ExitCode != 0 {
		return Exit{Code: o.ExitCode}
	}
	return nil
}

func (s *session) runner() *steps.Runner {
	return steps.NewRunner(s.kit, s.attended(), s.answers.Answer)
}
