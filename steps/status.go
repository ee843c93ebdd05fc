package steps

import (
	"context"
	"slices"
	"time"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// Report is the answer of `status`: what exists, and what is next.
type Report struct {
	Run       string            `json:"run"`
	Sandbox   bool              `json:"sandbox"`
	Account   string            `json:"account,omitempty"`
	Region    string            `json:"region,omitempty"`
	Endpoints map[string]string `json:"endpoints,omitempty"`
	Cleaned   bool              `json:"cleaned"`
	State     RunState          `json:"state"`
	Steps     []StepReport      `json:"steps"`
	Resources []ResourceReport  `json:"resources"`
	Next      string            `json:"next"`
}

// StepReport is one step's state as far as the record knows.
type StepReport struct {
	Step   engine.ID    `json:"step"`
	State  engine.State `json:"state"`
	Reason string       `json:"reason,omitempty"`
}

// ResourceReport is one resource, looked up just now.
type ResourceReport struct {
	provision.Made
	Exists bool `json:"exists"`
}

// Look reports on a run with everything looked up. It changes nothing but the
// record, which remembers what is gone. open opens the run's environment.
func Look(ctx context.Context, c commandline.Writer, open func(context.Context) (provision.Scope, error)) (Report, error) {
	found, err := lookUp(ctx, c.Run, open)
	rec := c.Run.Record()
	r := Report{Run: rec.Run, Sandbox: rec.Environment.Sandbox, Account: rec.Environment.Account, Region: rec.Environment.Region,
		Endpoints: rec.Environment.Endpoints, Cleaned: !rec.Cleaned.IsZero(), State: StateOf(&rec), Steps: stepReports(&rec), Resources: []ResourceReport{}, Next: NextCommand(c)}
	recorded := provision.Recorded(&rec)
	if err != nil || len(recorded) == 0 {
		return r, err
	}
	for _, x := range recorded {
		r.Resources = append(r.Resources, ResourceReport{x, hasKind(found, x.Kind)})
	}
	for _, x := range found {
		if !hasKind(recorded, x.Kind) {
			r.Resources = append(r.Resources, ResourceReport{x, true})
		}
	}
	return r, nil
}

func hasKind(all []provision.Made, kind string) bool {
	return slices.ContainsFunc(all, func(x provision.Made) bool { return x.Kind == kind })
}

// lookUp returns what exists of the run's resources.
func lookUp(ctx context.Context, r *run.Run, open func(context.Context) (provision.Scope, error)) ([]provision.Made, error) {
	rec := r.Record()
	if len(provision.Recorded(&rec)) == 0 {
		return nil, nil
	}
	s, err := open(ctx)
	if err != nil {
		return nil, err
	}
	found := provision.Look(ctx, s)
	if found.Err != nil {
		return nil, advice.Fail("looking for what this run made", found.Err)
	}
	return found.Made(), notice(r, found)
}

// notice remembers which of the run's resources are gone: then every command
// says the same about the run.
func notice(r *run.Run, found provision.Inventory) error {
	gone := func(x run.Resource) bool { return !x.Made.IsZero() && !found.Has(x.Kind) }
	if rec := r.Record(); !slices.ContainsFunc(rec.Resources, func(x run.Resource) bool { return gone(x) != !x.Gone.IsZero() }) {
		return nil
	}
	return r.Update(func(rec *run.Record) {
		for i := range rec.Resources {
			switch x := &rec.Resources[i]; {
			case !gone(*x):
				x.Gone = time.Time{}
			case x.Gone.IsZero():
				x.Gone = time.Now().UTC()
			}
		}
	})
}

func stepReports(r *run.Record) []StepReport {
	done, stale := DoneSteps(r), StaleSteps(r)
	var all []StepReport
	for _, s := range Tutorial() {
		x := StepReport{Step: s.ID, State: engine.Waiting}
		missing := slices.DeleteFunc(slices.Clone(s.Needs), func(id engine.ID) bool { return slices.Contains(done, id) })
		switch {
		case slices.Contains(done, s.ID):
			x.State = engine.Done
		case stale[s.ID] != "":
			x.State, x.Reason = engine.Stale, stale[s.ID]
		case len(missing) == 0:
			x.State = engine.Ready
		default:
			x.Reason = "needs " + string(missing[0])
		}
		all = append(all, x)
	}
	return all
}

// Summary is one line of `runs`.
type Summary struct {
	Run        string   `json:"run"`
	Created    string   `json:"created"`               // RFC 3339
	World      string   `json:"world"`                 // "sandbox", or "ACCOUNT REGION"
	SandboxURL string   `json:"sandbox_url,omitempty"` // where another process serves the sandbox
	State      RunState `json:"state"`
	Made       []string `json:"made"` // kinds
	Next       string   `json:"next"` // the command that goes on with the run
}

// Summarize describes a remembered run without calling anything.
func Summarize(program string, r *run.Record) Summary {
	s := Summary{Run: r.Run, Created: r.Created.Format("2006-01-02T15:04:05Z07:00"), World: "sandbox", SandboxURL: r.Environment.SandboxURL, State: StateOf(r), Made: []string{},
		Next: NextCommand(commandline.Writer{Program: program, Run: run.New(run.Store{}, r, false), World: &awsenv.Options{}})}
	switch {
	case !r.Environment.Sandbox && r.Environment.Account == "":
		s.World = "AWS"
	case !r.Environment.Sandbox:
		s.World = r.Environment.Account + " " + r.Environment.Region
	}
	for _, x := range r.Resources {
		if !x.Made.IsZero() && x.Gone.IsZero() {
			s.Made = append(s.Made, x.Kind)
		}
	}
	return s
}
