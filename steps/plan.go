package steps

import (
	"context"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// Plan is what would be created, and where.
type Plan struct {
	Run       string               `json:"run"`
	Sandbox   bool                 `json:"sandbox"`
	Account   string               `json:"account,omitempty"`
	Caller    string               `json:"caller,omitempty"`
	Region    string               `json:"region,omitempty"`
	Endpoints map[string]string    `json:"endpoints,omitempty"`
	ReturnURL string               `json:"return_url,omitempty"`
	Resources []provision.Resource `json:"resources"`
	Cost      string               `json:"cost"`
	Time      string               `json:"takes"`
	Needs     string               `json:"needs"`
}

// NewPlan describes a run before it begins. It calls nothing.
func NewPlan(name string, sandbox bool) Plan {
	return planOf(provision.Inputs{Record: run.Record{Run: name, Environment: run.Environment{Sandbox: sandbox}}, Vendor: vendor})
}

func planOf(in provision.Inputs) Plan {
	p := Plan{Run: in.Record.Run, Sandbox: in.Record.Environment.Sandbox, Resources: provision.Describe(in),
		Time: "About 5 minutes with an app at " + vendor.Name + " that exists, 15 with a new one.",
		Cost: "Cognito charges a little for an app client each month, and for each token; AgentCore charges for gateway calls and searches. " +
			"For an afternoon that is a few cents. After cleanup there are no further costs.",
		Needs: vendor.Words.Account,
	}
	if p.Sandbox {
		p.Cost = "Nothing: the sandbox is part of this program."
		p.Needs = "Nothing: the sandbox plays AWS and " + vendor.Name + "."
		p.Time = "About 2 minutes."
	}
	return p
}

// agreeToPlan shows what would be created, and where, and waits for the yes.
// Before it nothing is changed anywhere.
func agreeToPlan(ctx context.Context, p engine.Person, s provision.Scope, commands commandline.Writer, moment func(context.Context, engine.ID) error) error {
	w := s.AWS
	plan := planOf(s.Inputs())
	plan.Sandbox, plan.Account, plan.Caller, plan.Region, plan.ReturnURL = w.Sandbox, w.Account, w.CallerARN, w.Region, s.Run.Record().Settings.ReturnURL
	if !w.Sandbox {
		plan.Endpoints = w.Endpoints()
	}
	p.Tell(plan)
	if err := moment(ctx, Prerequisites); err != nil {
		return err
	}
	a, err := p.Ask(ctx, planQuestion(w.Sandbox))
	if err != nil {
		return err
	}
	if a != engine.Yes {
		return advice.Problem{Doing: "asking for your yes", Err: advice.Declined("you did not agree to the plan; nothing was made"),
			Next: "Begin again whenever you like: " + commands.Line("walk")}
	}
	return s.Run.Agree()
}

func planQuestion(sandbox bool) engine.Question {
	q := engine.Question{Name: "plan", Kind: engine.Confirm, Prompt: "Create these?", Answers: "--yes", Yes: true}
	if sandbox {
		q.Default = engine.Yes // nothing real is at stake
	}
	return q
}
