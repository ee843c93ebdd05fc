package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
)

// prerequisites checks the machine and the account, and asks for the yes to the
// plan.
type prerequisites struct {
	account *account.Account
	address *returnurl.Address
	browser returnurl.Browser
	scope   scopes
	early   *earlyCalls
	moment  func(context.Context, engine.ID) error
}

func (x prerequisites) run(ctx context.Context, p engine.Person) error {
	if err := chooseRegion(ctx, p, x.account); err != nil {
		return err
	}
	x.early.replay(ctx, p)
	s, err := x.scope(ctx, p)
	if err != nil {
		return err
	}
	agreed, profile := s.Run.Record().Agreed, x.account.Options(ctx, p).Profile
	if err := s.Run.Update(func(r *run.Record) { noteEnvironment(&r.Environment, s.AWS, profile) }); err != nil {
		return err
	}
	describeEnvironment(p, s.AWS, s.Run.Record().Environment.SandboxURL)
	if err := returnurl.Choose(ctx, p, s.AWS, x.address, x.browser); err != nil {
		return err
	}
	if !agreed.IsZero() {
		if s.Run.Record().Settings.RoleARN != "" { // it may have been given only now
			if err := provision.CheckRoles(ctx, s); err != nil {
				return advice.Fail("checking --role-arn", err)
			}
		}
		p.Tell(event.Fact{Label: "Plan", Value: "agreed on " + agreed.Format("2 January 15:04 MST")})
		return nil
	}
	if err := provision.CheckAccess(ctx, s); err != nil {
		return err
	}
	return agreeToPlan(ctx, p, s, x.account.Commands, x.moment)
}

// noteEnvironment writes down where the run lives.
func noteEnvironment(e *run.Environment, w *awsenv.Environment, profile string) {
	e.Account, e.Region = w.Account, w.Region
	if !w.Sandbox || e.Configured {
		e.Profile = profile
	}
	if !w.Sandbox {
		e.Endpoints = w.Endpoints()
	}
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

// CheckRegionName refuses what is no region; "" passes.
func CheckRegionName(region string) error {
	if region == "" {
		return nil
	}
	return checkRegion(engine.Answer(region))
}

func regionQuestion() engine.Question {
	return engine.Question{Name: "region", Kind: engine.Text, Prompt: "AWS region", Default: "us-east-1", Check: checkRegion,
		Help: []string{"Neither --region, AWS_REGION nor the profile names a region."}, Answers: "--region or AWS_REGION"}
}

// chooseRegion asks for the region where nothing names one.
func chooseRegion(ctx context.Context, p engine.Person, a *account.Account) error {
	if a.SignIn.World.Sandbox != nil || a.Environment() != nil {
		return nil
	}
	w, err := awsenv.Open(ctx, a.Options(ctx, p))
	if err != nil && !errors.Is(err, awsenv.ErrNoRegion) {
		return advice.Fail("reading the AWS configuration", err)
	}
	if w.Region == "" {
		region, err := p.Ask(ctx, regionQuestion())
		if err != nil {
			return err
		}
		a.SignIn.World.Region = strings.TrimSpace(string(region))
		return nil
	}
	if err := checkRegion(engine.Answer(w.Region)); err != nil {
		return advice.Problem{Doing: "finding out the region", Err: err, Next: "Correct --region, AWS_REGION or the profile.", Exit: ExitUsage}
	}
	return nil
}

func describeEnvironment(p engine.Person, w *awsenv.Environment, sandboxURL string) {
	if w.Sandbox {
		where := event.Fact{Label: "Environment", Value: "the sandbox on this machine", Note: "nothing leaves it"}
		if sandboxURL != "" {
			where.Value, where.Note = "the sandbox at "+sandboxURL, "not AWS"
		}
		p.Tell(where)
		return
	}
	p.Tell(event.Fact{Label: "Account", Value: w.Account, Private: true})
	p.Tell(event.Fact{Label: "Region", Value: w.Region, Note: w.RegionFrom})
	p.Tell(event.Fact{Label: "Caller", Value: w.CallerARN, Private: true})
	for _, note := range w.Notes {
		p.Tell(event.Warning{Text: text.CleanLine(note)})
	}
	if !slices.Contains(provision.Regions, w.Region) {
		p.Tell(event.Warning{Text: fmt.Sprintf("AgentCore was not known to be in %s when this was written.", w.Region)})
	}
	if custom := w.Endpoints(); len(custom) > 0 {
		p.Tell(event.Fact{Label: "Custom endpoints", Value: JoinEndpoints(custom)})
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

// earlyCalls were made before there was a run to attribute them to, with what
// credential processes said, redacted.
type earlyCalls struct {
	calls []wire.Exchange
	said  []string
}

// replay reports them, once.
func (e *earlyCalls) replay(ctx context.Context, p engine.Person) {
	for _, x := range e.calls {
		awsenv.Report(ctx, x)
	}
	for _, said := range e.said {
		p.Tell(event.Note{Text: said})
	}
	*e = earlyCalls{}
}
