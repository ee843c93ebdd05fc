package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// offered is how many runs the start page offers.
const offered = 5

// startPage offers the runs that are left, the sandbox, and AWS.
func (c *chooser) startPage(ctx context.Context, runs []*run.Record, unusable []error) (*run.Record, error) {
	unfinished := inState(runs, steps.RunUnfinished)
	left := slices.Concat(unfinished, inState(runs, steps.RunCleaningUp), inState(runs, steps.RunComplete))
	if c.program.New {
		left = nil
	}
	left = left[:min(len(left), offered)]
	q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run"}
	for _, err := range unusable {
		q.Help = append(q.Help, "Not offered: "+text.CleanLine(err.Error())+".")
	}
	for i, r := range left {
		offer(&q, startLabel(r), strings.Join([]string{environment(r), progressOf(r)}, ", "))
		q.Choices[i].Other = engine.Answer(cleanUpPrefix + fmt.Sprint(i+1))
	}
	q.Default = engine.Answer(fmt.Sprint(len(left) + 1))
	if len(unfinished) > 0 && len(left) > 0 {
		q.Default = "1"
	}
	aws := run.Environment{}
	if box := awsenv.ConfiguredSandbox(ctx, c.program.awsOptions()); box != nil {
		aws = run.Environment{Sandbox: true, SandboxURL: box.Endpoint, Configured: true}
	}
	offer(&q, "New run in the sandbox", "no account, no network, nothing real")
	if aws.Sandbox {
		offer(&q, "New run in the sandbox at "+aws.SandboxURL, "where your AWS configuration leads")
	} else {
		offer(&q, "New run in AWS", "your own account"+awsNames(ctx))
	}
	n, cleanUp, err := pickOrCleanUp(ctx, c.page, q)
	switch {
	case err != nil:
		return nil, err
	case cleanUp:
		c.cleaning = left[n].Run
		return left[n], nil
	case n < len(left):
		return left[n], nil
	case n == len(left):
		return c.program.newRecord(run.Environment{Sandbox: true}), nil
	default:
		return c.program.newRecord(aws), nil
	}
}

func startLabel(r *run.Record) string {
	verb := map[steps.RunState]string{steps.RunUnfinished: "Resume", steps.RunComplete: "Open", steps.RunCleaningUp: "Finish cleaning up"}
	return verb[steps.StateOf(r)] + " " + r.Run
}

// progressOf is how far a run is, in a few words.
func progressOf(r *run.Record) string {
	if steps.StateOf(r) != steps.RunUnfinished {
		return string(steps.StateOf(r))
	}
	done := steps.DoneSteps(r)
	next := steps.Numbers(steps.Overview)
	for _, s := range steps.Tutorial() {
		if !slices.Contains(done, s.ID) {
			next = steps.Numbers(s.ID)
			break
		}
	}
	return next
}

// offer adds a choice under the next number.
func offer(q *engine.Question, label, note string) {
	q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(len(q.Choices) + 1)), Label: label, Note: note})
}

// cleanUpPrefix begins the answer that wants a run cleaned up instead of opened.
const cleanUpPrefix = "cleanup "

// pickOrCleanUp returns the index of what was chosen, and whether to clean it up.
func pickOrCleanUp(ctx context.Context, l asker, q engine.Question) (n int, cleanUp bool, err error) {
	answer, err := l.Ask(ctx, q)
	id, cleanUp := strings.CutPrefix(string(answer), cleanUpPrefix)
	return slices.IndexFunc(q.Choices, func(c engine.Choice) bool { return string(c.ID) == id }), cleanUp, err
}

// pick returns the index of what was chosen.
func pick(ctx context.Context, l asker, q engine.Question) (int, error) {
	answer, err := l.Ask(ctx, q)
	return slices.IndexFunc(q.Choices, func(c engine.Choice) bool { return c.ID == answer }), err
}

// oneOf returns the only run, or asks which. None is nil.
func (c *chooser) oneOf(ctx context.Context, runs []*run.Record, command ...string) (*run.Record, error) {
	switch {
	case len(runs) == 0:
		return nil, nil
	case len(runs) == 1:
		return runs[0], nil
	case !c.program.canAsk():
		return nil, c.program.several("runs", runs, command...)
	}
	q := engine.Question{Kind: engine.Menu, Prompt: "Which run? Enter takes the newest", Default: "1"}
	for _, r := range runs {
		offer(&q, r.Run, environment(r)+", "+string(steps.StateOf(r)))
	}
	n, err := pick(ctx, c.page, q)
	if err != nil {
		return nil, err
	}
	return runs[n], nil
}
