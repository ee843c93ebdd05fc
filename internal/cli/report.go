package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/ndjson"
)

// Status tells what exists, looked up just now, and what is next.
func (a *App) Status(ctx context.Context) error {
	s, err := a.reader(ctx, true, "status")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	report, failed := steps.Look(ctx, s.kit.Commands, func(ctx context.Context) (provision.Scope, error) { return s.kit.Scope(ctx, quiet{}) })
	if a.JSON {
		if err := ndjson.Value(a.Terminal.Out, "status", report.Run, report); err != nil {
			return err
		}
		return s.failed(failed)
	}
	out := a.Terminal.Out
	fmt.Fprintln(out, ui.Heading(ui.RunOf(s.kit)))
	fmt.Fprintln(out, "\nSteps")
	for _, x := range report.Steps {
		line := fmt.Sprintf("  %2d  %-14s %-8s %s", steps.Number(x.Step), x.Step, x.State, x.Reason)
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	if len(report.Resources) > 0 {
		fmt.Fprintln(out, "\nResources")
		for _, x := range report.Resources {
			state := "exists"
			if !x.Exists {
				state = "GONE"
			}
			fmt.Fprintf(out, "  %-7s %-20s %s\n", state, strings.ReplaceAll(x.Kind, "_", " "), x.Name)
			if x.ID != "" && x.ID != x.Name {
				fmt.Fprintf(out, "  %-7s %-20s %s\n", "", "", x.ID)
			}
		}
	}
	if failed == nil {
		fmt.Fprintf(out, "\nState: %s\nNext: %s\n", report.State, report.Next)
	}
	return s.failed(failed)
}

// tellingWaits tells on the error stream of an answer that is long in coming, for
// a command that runs no step.
func (s *session) tellingWaits(ctx context.Context) context.Context {
	return awsenv.WithWaiting(ctx, s.kit.Settings.TellAfter, func(service, operation string) {
		fmt.Fprintf(s.Terminal.Err, "… %s %s: waiting for the answer\n", service, operation)
	})
}

// reader prepares a session that changes nothing at the services. locking keeps
// other processes off the run if none works on it, so that its record can be
// brought up to date.
func (a *App) reader(ctx context.Context, locking bool, command string) (*session, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	store, r, err := a.existing(ctx, command)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, a.noRun()
	}
	if command != "status" {
		if err := a.over(r); err != nil {
			return nil, err
		}
	}
	s, err := a.begin(ctx, store, r, nil, locking)
	var held *run.HeldError
	if errors.As(err, &held) {
		s, err = a.begin(ctx, store, r, nil, false)
	}
	if err != nil {
		return nil, err
	}
	if a.attended() {
		s.kit.Settings.MFA = func(r awsenv.MFARequest) (string, error) { return a.askMFAAside(ctx, r) }
	}
	return s, nil
}

// Runs lists what is remembered here.
func (a *App) Runs(ctx context.Context) error {
	if err := a.check(); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	all := []steps.Summary{}
	records, unusable := a.records(store)
	for _, r := range records {
		if a.Run == "" || a.Run == r.Run {
			all = append(all, steps.Summarize(shell.Program(), r))
		}
	}
	var failed error
	for _, x := range allUnusable(errors.Join(unusable...)) {
		if a.Run == "" || x.Run == "" || a.Run == x.Run {
			failed = errors.Join(failed, x)
			if x.Run != "" {
				all = append(all, steps.Summary{Run: x.Run, State: steps.RunDamaged, Made: []string{}})
			}
		}
	}
	if a.Run != "" && len(all) == 0 && failed == nil {
		if _, err := a.load(ctx, store); err != nil { // why there is none of that name
			return err
		}
	}
	if a.JSON {
		return errors.Join(ndjson.Value(a.Terminal.Out, "runs", "", map[string]any{"runs": all}), failed)
	}
	if len(all) == 0 && failed == nil {
		fmt.Fprintln(a.Terminal.Out, "No run yet. In the sandbox: "+a.command("walk", "--sandbox")+"\nIn AWS: "+a.command("walk", "--aws"))
	}
	for _, x := range all {
		if x.State == steps.RunDamaged {
			fmt.Fprintf(a.Terminal.Out, "%-36s  %s\n", x.Run, x.State)
			continue
		}
		created, _ := time.Parse(time.RFC3339, x.Created)
		world := x.World
		if x.SandboxURL != "" {
			world += " at " + x.SandboxURL
		}
		fmt.Fprintf(a.Terminal.Out, "%-36s  %-18s  %-26s  %s\n", x.Run, x.State, world, created.Local().Format("2 Jan 15:04"))
	}
	return failed
}

// Steps lists the steps and their needs.
func (a *App) Steps(context.Context) error {
	type row struct {
		Number int         `json:"number"`
		Step   engine.ID   `json:"step"`
		Title  string      `json:"title"`
		Does   string      `json:"does"`
		Needs  []engine.ID `json:"needs"`
	}
	var rows []row
	for _, s := range append(steps.Tutorial(), cleanupStep()) {
		needs := s.Needs
		if needs == nil {
			needs = []engine.ID{}
		}
		rows = append(rows, row{steps.Number(s.ID), s.ID, s.Title, s.Does, needs})
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "steps", "", map[string]any{"steps": rows})
	}
	for _, r := range rows {
		number, needs := fmt.Sprint(r.Number), make([]string, len(r.Needs))
		if r.Number == 0 {
			number = ""
		}
		for i, n := range r.Needs {
			needs[i] = string(n)
		}
		fmt.Fprintf(a.Terminal.Out, "%2s  %-14s %s\n", number, r.Step, r.Title)
		fmt.Fprintf(a.Terminal.Out, "%s", ui.Wrap(r.Does, a.Terminal.Width, strings.Repeat(" ", 19)))
		if len(needs) > 0 {
			fmt.Fprintf(a.Terminal.Out, "%19sneeds %s\n", "", strings.Join(needs, ", "))
		}
	}
	return nil
}

// Plan tells what a new run would create, or what a remembered one does. It calls
// nothing.
func (a *App) Plan(ctx context.Context) error {
	if err := a.check(); err != nil {
		return err
	}
	name, world := a.Run, a.chosen(ctx)
	if name == "" {
		name = steps.NewRunName(time.Now())
	} else if store, err := a.store(); err == nil {
		r, err := store.Load(name)
		switch {
		case errors.Is(err, run.ErrNotFound):
		case err != nil:
			return err
		case a.selects() && !r.Environment.Within(world):
			return a.elsewhere(r)
		default:
			world = r.Environment
		}
	}
	plan := steps.NewPlan(name, world.Sandbox)
	plan.Account, plan.Region, plan.ReturnURL = world.Account, world.Region, a.ReturnURL
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "plan", name, plan)
	}
	fmt.Fprint(a.Terminal.Out, ui.RenderPlan(plan, a.Terminal.Width))
	return nil
}

// Connect tells how to use the gateway elsewhere.
func (a *App) Connect(ctx context.Context) error {
	s, err := a.reader(ctx, false, "connect")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	scope, err := s.kit.Scope(ctx, quiet{})
	if err != nil {
		return s.failed(err)
	}
	c, err := steps.Connect(ctx, scope, s.kit.Surroundings())
	if err != nil {
		return s.failed(err)
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "connect", c.Run, c)
	}
	fmt.Fprintln(a.Terminal.Out, c.Text())
	return nil
}

// Token prints a bearer and nothing else.
func (a *App) Token(ctx context.Context) error {
	s, err := a.reader(ctx, false, "token")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	token, err := s.kit.AccessToken(ctx)
	if err != nil {
		return s.failed(err)
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "token", s.kit.Run.Name(), map[string]any{"token": token})
	}
	fmt.Fprintln(a.Terminal.Out, token)
	return nil
}

// Policy prints the IAM policy that the caller needs. Account and region are
// those of --run, or of the only run in AWS, and wildcards otherwise.
func (a *App) Policy(ctx context.Context) error {
	if err := a.check(); err != nil {
		return err
	}
	store, err := a.store()
	if err != nil {
		return err
	}
	var r *run.Record
	if a.Run != "" {
		if r, err = a.load(ctx, store); err != nil {
			return err
		}
	} else if in, _ := run.Select(a.list(store), func(r *run.Record) bool {
		return !r.Environment.Sandbox && r.Environment.Within(run.Environment{Region: a.Region})
	}); len(in) == 1 {
		r = in[0]
	}
	scope := provision.PolicyScope{Account: "*", Region: cmp.Or(a.Region, "*"), RoleARN: a.RoleARN, Boundary: a.PermissionsBoundary}
	if r != nil && !r.Environment.Sandbox {
		scope = provision.ScopeOf(r, scope)
	}
	policy := provision.CallerPolicy(scope)
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "policy", a.Run, map[string]any{"policy": json.RawMessage(policy)})
	}
	fmt.Fprintln(a.Terminal.Out, policy)
	return nil
}
