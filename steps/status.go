package steps

import (
	"context"
	"slices"
	"strings"

	"agentcore-3lo/internal/record"
)

// Report is the answer of `status`: what exists, and what is next.
type Report struct {
	Run       string            `json:"run"`
	Sandbox   bool              `json:"sandbox"`
	Account   string            `json:"account,omitempty"`
	Region    string            `json:"region,omitempty"`
	Endpoints map[string]string `json:"endpoints,omitempty"`
	Cleaned   bool              `json:"cleaned"`
	Steps     []StepReport      `json:"steps"`
	Resources []ResourceReport  `json:"resources"`
	Next      string            `json:"next"`
}

// StepReport is one step's state as far as the record knows.
type StepReport struct {
	Step   ID     `json:"step"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// ResourceReport is one resource, looked up just now.
type ResourceReport struct {
	Made
	Exists bool `json:"exists"`
}

// Report looks everything up. It changes nothing.
func (t *Task) Report(ctx context.Context) (Report, error) {
	rec := t.Record()
	r := Report{Run: rec.Run, Sandbox: rec.World.Sandbox, Account: rec.World.Account, Region: rec.World.Region,
		Endpoints: rec.World.Endpoints, Cleaned: !rec.Cleaned.IsZero(), Steps: t.stepReports(), Resources: []ResourceReport{}}
	r.Next = t.nextCommand(r)
	recorded := t.Made()
	if len(recorded) == 0 {
		return r, nil
	}
	w, err := t.connect(ctx)
	if err != nil {
		return r, err
	}
	found := t.survey(ctx, w)
	if found.err != nil {
		return r, fail("looking for what this run made", found.err)
	}
	standing := found.standing
	for _, x := range recorded {
		r.Resources = append(r.Resources, ResourceReport{x, contains(standing, x.Kind)})
		if !contains(standing, x.Kind) {
			r.Next = t.Command("walk") + " (makes what is missing)"
			r.missing(x.Kind)
		}
	}
	for _, x := range standing {
		if !contains(recorded, x.Kind) {
			r.Resources = append(r.Resources, ResourceReport{x, true})
		}
	}
	return r, nil
}

// missing makes the step stale that made a thing which is gone.
func (r *Report) missing(kind string) {
	for i := range r.Steps {
		step, _ := Find(r.Steps[i].Step)
		makes := step.Makes != nil && slices.ContainsFunc(step.Makes(Names{r.Run}), func(x Resource) bool { return x.Kind == kind })
		if makes && r.Steps[i].State == Done {
			r.Steps[i].State, r.Steps[i].Reason = Stale, "its "+strings.ReplaceAll(kind, "_", " ")+" is gone"
		}
	}
}

func (t *Task) stepReports() []StepReport {
	done, stale := t.DoneSteps(), t.StaleSteps()
	var all []StepReport
	for _, s := range Tutorial() {
		x := StepReport{Step: s.ID, State: Waiting}
		missing := slices.DeleteFunc(slices.Clone(s.Needs), func(id ID) bool { return slices.Contains(done, id) })
		switch {
		case slices.Contains(done, s.ID):
			x.State = Done
		case stale[s.ID] != "":
			x.State, x.Reason = Stale, stale[s.ID]
		case len(missing) == 0:
			x.State = Ready
		default:
			x.Reason = "needs " + string(missing[0])
		}
		all = append(all, x)
	}
	return all
}

func (t *Task) nextCommand(r Report) string {
	if r.Cleaned {
		return t.Settings.Program + " walk --new"
	}
	for _, s := range r.Steps {
		if s.State != Done {
			return t.Command("walk")
		}
	}
	return t.Command("run", "invoke") + ", or " + t.Command("cleanup")
}

// Summary is one line of `runs`.
type Summary struct {
	Run     string   `json:"run"`
	Created string   `json:"created"` // RFC 3339
	World   string   `json:"world"`   // "sandbox", or "ACCOUNT REGION"
	State   string   `json:"state"`   // "complete", "unfinished" or "cleaned up"
	Made    []string `json:"made"`    // kinds
}

// Summarize describes a remembered run without calling anything.
func Summarize(r *record.Record) Summary {
	s := Summary{Run: r.Run, Created: r.Created.Format("2006-01-02T15:04:05Z07:00"), World: "sandbox", State: "unfinished", Made: []string{}}
	if !r.World.Sandbox {
		s.World = r.World.Account + " " + r.World.Region
	}
	for _, x := range r.Resources {
		if !x.Made.IsZero() {
			s.Made = append(s.Made, x.Kind)
		}
	}
	if _, invoked := r.Steps[string(Invoke)]; invoked {
		s.State = "complete"
	}
	if !r.Cleaned.IsZero() {
		s.State = "cleaned up"
	}
	return s
}
