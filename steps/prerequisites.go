package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

func prerequisitesStep() Step {
	return Step{ID: Prerequisites, Title: "This machine and account", Foreground: true,
		Does: "checks account, caller, region, return URL and browser; shows the plan and asks",
		Asks: []string{"region", "plan"},
		Run:  prerequisites,
	}
}

func prerequisites(ctx context.Context, t *Task) error {
	if err := t.chooseRegion(ctx); err != nil {
		return err
	}
	t.replayEarlyCalls(ctx)
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	agreed := !t.Record().Agreed.IsZero()
	profile := t.worldOptions(ctx).Profile
	if err := t.update(func(r *run.Record) {
		r.Environment.Account, r.Environment.Region = w.Account, w.Region
		if !w.Sandbox || r.Environment.Configured {
			r.Environment.Profile = profile
		}
		if !w.Sandbox {
			r.Environment.Endpoints = w.Endpoints()
		}
	}); err != nil {
		return err
	}
	t.describeWorld(w)
	if err := t.chooseReturnURL(ctx, w); err != nil {
		return err
	}
	if agreed {
		if t.Record().Settings.RoleARN != "" { // it may have been given only now
			if err := t.checkRoles(ctx, w); err != nil {
				return fail("checking --role-arn", err)
			}
		}
		t.say("You agreed to this run's plan on %s; going on.", t.Record().Agreed.Format("2 January 15:04 MST"))
		return nil
	}
	if err := t.checkAccess(ctx, w); err != nil {
		return err
	}
	return t.agreeToPlan(ctx, w)
}

// regionForm is how AWS writes a region. What is well-formed but unheard of is
// a hint, not an error: AgentCore's list grows.
var regionForm = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

func checkRegion(a engine.Answer) error {
	if !regionForm.MatchString(strings.TrimSpace(string(a))) {
		return fmt.Errorf("%q is no AWS region; one looks like us-east-1", a)
	}
	return nil
}

// agentCoreRegions had Gateway and Identity when this was written (AgentCore
// developer guide, "Supported AWS Regions").
var agentCoreRegions = strings.Fields(`us-east-1 us-east-2 us-west-1 us-west-2 eu-central-1 eu-west-1 eu-west-2 eu-west-3
	eu-south-1 eu-south-2 eu-north-1 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-5 ap-southeast-7
	ap-northeast-1 ap-northeast-2 ca-central-1 sa-east-1 us-gov-west-1`)

func regionQuestion() engine.Question {
	return engine.Question{Name: "region", Kind: engine.Text, Prompt: "AWS region", Default: "us-east-1", Check: checkRegion,
		Help: []string{"Neither --region, AWS_REGION nor the profile names a region."}, Answers: "--region or AWS_REGION"}
}

// chooseRegion asks for the region where nothing names one.
func (t *Task) chooseRegion(ctx context.Context) error {
	if t.Settings.World.Sandbox != nil || t.World() != nil {
		return nil
	}
	w, err := awsenv.Open(ctx, t.worldOptions(ctx))
	if err != nil && !errors.Is(err, awsenv.ErrNoRegion) {
		return fail("reading the AWS configuration", err)
	}
	if w.Region == "" {
		a, err := t.Ask(ctx, regionQuestion())
		if err != nil {
			return err
		}
		t.Settings.World.Region = strings.TrimSpace(string(a))
		return nil
	}
	if err := checkRegion(engine.Answer(w.Region)); err != nil {
		return Problem{Doing: "finding out the region", Err: err, Next: "Correct --region, AWS_REGION or the profile.", Exit: ExitUsage}
	}
	return nil
}

// replayEarlyCalls reports calls made before there was a run.
func (t *Task) replayEarlyCalls(ctx context.Context) {
	for _, x := range t.early {
		awsenv.Report(ctx, x)
	}
	for _, said := range t.earlySaid {
		t.say("%s", said)
	}
	t.early, t.earlySaid = nil, nil
}

func (t *Task) describeWorld(w *awsenv.Environment) {
	if w.Sandbox {
		if at := t.Record().Environment.SandboxURL; at != "" {
			t.say("Environment: the sandbox at %s, not AWS.", at)
		} else {
			t.say("Environment: the sandbox on this machine. Nothing leaves it.")
		}
	} else {
		t.say("Environment: AWS account %s, region %s.\nCaller: %s", w.Account, w.Region, w.CallerARN)
		for _, note := range w.Notes {
			t.say("! %s", text.CleanLine(note))
		}
		if !slices.Contains(agentCoreRegions, w.Region) {
			t.say("AgentCore was not known to be in %s when this was written.", w.Region)
		}
	}
	if custom := w.Endpoints(); len(custom) > 0 && !w.Sandbox {
		t.say("Custom endpoints are in force: %s", JoinEndpoints(custom))
	}
}

// JoinEndpoints lists custom endpoints for a person, each once.
func JoinEndpoints(all map[string]string) string {
	var unique []string
	for _, url := range all {
		if !slices.Contains(unique, url) {
			unique = append(unique, url)
		}
	}
	slices.Sort(unique)
	return strings.Join(unique, ", ")
}

// CheckRegionName refuses what is no region; "" passes.
func CheckRegionName(region string) error {
	if region == "" {
		return nil
	}
	return checkRegion(engine.Answer(region))
}

// agreeToPlan shows what would be made, and where, and waits for the yes.
// Before it nothing is changed anywhere.
func (t *Task) agreeToPlan(ctx context.Context, w *awsenv.Environment) error {
	plan := NewPlan(t.Names.Run, w.Sandbox)
	plan.Account, plan.Caller, plan.Region, plan.ReturnURL = w.Account, w.CallerARN, w.Region, t.returnURL()
	if !w.Sandbox {
		plan.Endpoints = w.Endpoints()
	}
	if t.Record().Settings.RoleARN != "" {
		plan.Resources = slices.DeleteFunc(plan.Resources, func(r Resource) bool { return r.Kind == KindRole })
	}
	if searchIn(w.Region) == "" {
		for i := range plan.Resources {
			if plan.Resources[i].Kind == KindGateway {
				plan.Resources[i].For += "; without semantic search, which " + w.Region + " does not have"
			}
		}
	}
	t.Tell(plan)
	if err := t.moment(ctx); err != nil {
		return err
	}
	a, err := t.Ask(ctx, planQuestion(w.Sandbox))
	if err != nil {
		return err
	}
	if a != engine.Yes {
		return Problem{Doing: "asking for your yes", Err: saidNo("you did not agree to the plan; nothing was made"),
			Next: "Begin again whenever you like: " + t.Command("walk")}
	}
	return t.agree()
}

func planQuestion(sandbox bool) engine.Question {
	q := engine.Question{Name: "plan", Kind: engine.Confirm, Prompt: "Create these?", Answers: "--yes", Yes: true}
	if sandbox {
		q.Default = engine.Yes // nothing real is at stake
	}
	return q
}
