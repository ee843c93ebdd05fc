package steps

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
)

// The exit codes.
const (
	ExitDone        = advice.ExitDone
	ExitFailed      = advice.ExitFailed
	ExitUsage       = advice.ExitUsage
	ExitNeedsPerson = advice.ExitNeedsPerson
	ExitDenied      = advice.ExitDenied // not signed in, or not allowed
	ExitInterrupted = advice.ExitInterrupted
)

// explainer turns errors of one command into what a person sees.
type explainer struct {
	account  *account.Account
	commands commandline.Writer
	redactor *text.Redactor
	settings *Settings
}

// explain gives the four parts of an error. What to do next comes from the error
// itself where it knows, else from the table of advice.
func (x explainer) explain(step engine.ID, err error) engine.Failure {
	f := engine.Failure{Doing: "running the step " + string(step), Log: x.settings.LogPath, Exit: ExitFailed}
	var p advice.Problem
	if errors.As(err, &p) {
		f.Doing, f.Next, f.Fix = p.Doing, p.Next, engine.ID(p.Fix)
	}
	var remedy advice.Remedy
	if f.Next == "" && errors.As(err, &remedy) {
		f.Next = remedy.Remedy(x.situation(step))
	}
	cause, known := advice.For(err, vendor.Errors)
	var needs engine.NeedsPerson
	switch {
	case errors.As(err, &needs):
		f.Next, f.Exit = cmp.Or(f.Next, "Repeat the command with the answers:\n"+answersFor(needs.Questions)), ExitNeedsPerson
	case errors.Is(err, context.Canceled) && !x.commands.Run.Begun():
		f.Next, f.Exit = "Nothing was created. To begin again: "+x.again(step), ExitInterrupted
	case known:
		f.Next, f.Exit = cmp.Or(f.Next, cause.Next(x.situation(step))), cause.Exit
		f.Fix = cmp.Or(f.Fix, engine.ID(cause.Fix))
	default:
		f.Next = cmp.Or(f.Next, "This is not an answer that the program knows. Look at https://health.aws.amazon.com/health/status and check the network and any proxy (HTTPS_PROXY), then resume where it stopped: "+x.again(step)+
			"\nIf this continues, ask AWS Support; the log has every call with its request id.")
	}
	f.Exit = cmp.Or(p.Exit, f.Exit)
	f.Why = why(err)
	if p.Err != nil {
		f.Why = why(p.Err)
	}
	if errors.Is(err, context.Canceled) {
		f.Why.Message = "it was interrupted"
	}
	if f.Fix == step {
		f.Fix = ""
	}
	var declined advice.Declined
	f.Declined = errors.As(err, &declined)
	// A server may repeat in any of these what it was told.
	for _, foreign := range []*string{&f.Doing, &f.Why.Service, &f.Why.Code, &f.Why.RequestID, &f.Why.Message, &f.Next} {
		*foreign = text.Clean(x.redactor.Redact(*foreign))
	}
	return f
}

// situation is what the table of advice needs to know of this command.
func (x explainer) situation(step engine.ID) advice.Situation {
	given := x.commands.Run.Record().Consent.Given
	s := advice.Situation{Step: string(step), Retry: x.again(step), Program: x.settings.Program, Flags: x.commands.Flags(), Profile: x.account.Profile(),
		Role:      run.Names{Run: x.commands.Run.Name()}.Role(),
		Consented: !given.IsZero() && time.Since(given) < 2*time.Minute, Run: x.commands.Line, Another: x.commands.Another()}
	if w := x.account.Environment(); w != nil {
		s.Caller = w.CallerARN
	}
	return s
}

// again is the command that repeats what failed.
func (x explainer) again(step engine.ID) string {
	switch {
	case x.settings.Again != "":
		return x.settings.Again
	case x.commands.Run.Name() == "" && step == Cleanup:
		return x.commands.Line("cleanup", "--all")
	case step == Cleanup:
		return x.commands.Line("cleanup")
	}
	return x.commands.Line("walk")
}

func why(err error) engine.Why {
	f := advice.Read(err)
	return engine.Why{Service: f.Service, Code: f.Code, RequestID: f.RequestID, Message: f.Message}
}

// answersFor says how to answer questions beforehand: a line for each way.
func answersFor(questions []engine.Question) string {
	var ways []string
	answers := map[string][]string{}
	for _, q := range questions {
		way := cmp.Or(q.Answers, "a person")
		if answers[way] == nil {
			ways = append(ways, way)
		}
		answers[way] = append(answers[way], cmp.Or(q.Name, q.Prompt))
	}
	for i, way := range ways {
		ways[i] = strings.Join(answers[way], ", ") + ": " + way
	}
	return strings.Join(ways, "\n")
}
