package steps

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/text"
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

// Problem is advice.Problem.
type Problem = advice.Problem

func fail(doing string, err error) error { return advice.Fail(doing, err) }

// lost is fail for what the record has: where it no longer exists, a walk creates
// it again.
func (k *Kit) lost(doing string, err error) error {
	if isGone(err) {
		return Problem{Doing: doing, Err: err, Next: "It was deleted after this run created it. Create what is missing: " + k.Command("walk")}
	}
	return fail(doing, err)
}

// saidNo is advice.Declined.
type saidNo = advice.Declined

// Explain turns an error into the four parts. What to do next comes from the
// error itself where it knows, else from the table of advice.
func (k *Kit) Explain(step engine.ID, err error) engine.Failure {
	f := engine.Failure{Doing: "running the step " + string(step), Log: k.Settings.LogPath, Exit: ExitFailed}
	var p Problem
	if errors.As(err, &p) {
		f.Doing, f.Next, f.Mender = p.Doing, p.Next, p.Fix
	}
	cause, known := advice.For(err, vendor.Errors)
	var needs engine.NeedsPerson
	switch {
	case errors.As(err, &needs):
		f.Next, f.Exit = cmp.Or(f.Next, "Repeat the command with the answers:\n"+answersFor(needs.Questions)), ExitNeedsPerson
	case errors.Is(err, context.Canceled) && !k.begun():
		f.Next, f.Exit = "Nothing was created. To begin again: "+k.again(step), ExitInterrupted
	case known:
		f.Next, f.Exit = cmp.Or(f.Next, cause.Next(k.situation(step))), cause.Exit
		f.Mender = cmp.Or(f.Mender, cause.Fix)
	default:
		f.Next = cmp.Or(f.Next, "This is not an answer that the program knows. Look at https://health.aws.amazon.com/health/status and check the network and any proxy (HTTPS_PROXY), then resume where it stopped: "+k.again(step)+
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
	if f.Mender == step {
		f.Mender = ""
	}
	var no saidNo
	f.SaidNo = errors.As(err, &no)
	// A server may repeat in any of these what it was told.
	for _, foreign := range []*string{&f.Doing, &f.Why.Service, &f.Why.Code, &f.Why.RequestID, &f.Why.Message, &f.Next} {
		*foreign = text.Clean(k.Redactor.Redact(*foreign))
	}
	return f
}

// situation is what the table of advice needs to know of this command.
func (k *Kit) situation(step engine.ID) advice.Situation {
	s := advice.Situation{Step: string(step), Retry: k.again(step), Program: k.Settings.Program, Flags: CommandLine("", k.environmentFlags()...), Profile: k.profile(),
		Role:      k.Names.Role(),
		Consented: k.consentedWithin(2 * time.Minute), Run: k.Command}
	if w := k.World(); w != nil {
		s.Caller = w.CallerARN
	}
	return s
}

// again is the command that repeats what failed.
func (k *Kit) again(step engine.ID) string {
	switch {
	case k.Settings.Again != "":
		return k.Settings.Again
	case k.Names.Run == "" && step == Cleanup:
		return k.Command("cleanup", "--all")
	case step == Cleanup:
		return k.Command("cleanup")
	}
	return k.Command("walk")
}

func why(err error) engine.Why {
	f := advice.Read(err)
	return engine.Why{Service: f.Service, Code: f.Code, RequestID: f.RequestID, Message: f.Message}
}

// brief is an error in a few words.
func brief(err error) string {
	w := why(err)
	if w.Code != "" {
		return w.Code
	}
	return text.CleanLine(w.Message)
}

func hasCode(err error, codes ...string) bool { return advice.HasCode(err, codes...) }
func says(err error, words string) bool       { return advice.Says(err, words) }
func isGone(err error) bool                   { return advice.Gone(err) }
func isTaken(err error) bool                  { return advice.Taken(err) }

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

// profile is the AWS profile of this command or of the run; "" = the default.
func (k *Kit) profile() string {
	return cmp.Or(k.Settings.World.Profile, k.Record().Environment.Profile)
}
