package steps

import (
	"context"
	"slices"
	"time"

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
	Made
	Exists bool `json:"exists"`
}

// Report looks everything up. It changes nothing but the record, which remembers
// what is gone.
func (t *Task) Report(ctx context.Context) (Report, error) {
	found, err := t.lookUp(ctx)
	rec := t.Record()
	r := Report{Run: rec.Run, Sandbox: rec.Environment.Sandbox, Account: rec.Environment.Account, Region: rec.Environment.Region,
		Endpoints: rec.Environment.Endpoints, Cleaned: !rec.Cleaned.IsZero(), State: StateOf(&rec), Steps: t.stepReports(), Resources: []ResourceReport{}, Next: t.Next()}
	recorded := t.Made()
	if err != nil || len(recorded) == 0 {
		return r, err
	}
	for _, x := range recorded {
		r.Resources = append(r.Resources, ResourceReport{x, contains(found, x.Kind)})
	}
	for _, x := range found {
		if !contains(recorded, x.Kind) {
			r.Resources = append(r.Resources, ResourceReport{x, true})
		}
	}
	return r, nil
}

// lookUp returns what exists of the run's resources.
func (t *Task) lookUp(ctx context.Context) ([]Made, error) {
	if len(t.Made()) == 0 {
		return nil, nil
	}
	w, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	found := t.survey(ctx, w)
	if found.err != nil {
		return nil, fail("looking for what this run made", found.err)
	}
	return found.standing, t.notice(found.standing)
}

// notice remembers which of the run's resources are gone: then every command
// says the same about the run.
func (t *Task) notice(standing []Made) error {
	gone := func(x run.Resource) bool { return !x.Made.IsZero() && !contains(standing, x.Kind) }
	known := true
	t.read(func(r *run.Record) {
		for _, x := range r.Resources {
			known = known && gone(x) == !x.Gone.IsZero()
		}
	})
	if known {
		return nil
	}
	return t.update(func(r *run.Record) {
		for i := range r.Resources {
			switch x := &r.Resources[i]; {
			case !gone(*x):
				x.Gone = time.Time{}
			case x.Gone.IsZero():
				x.Gone = time.Now().UTC()
			}
		}
	})
}

func (t *Task) stepReports() []StepReport {
	done, stale := t.DoneSteps(), t.StaleSteps()
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
		Next: NewKit(Settings{Program: program}, run.Store{}, r, nil).Next()}
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
