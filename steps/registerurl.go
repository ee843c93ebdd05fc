package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// registration is about the list of return URLs that a gateway's workload
// identity may have.
type registration struct {
	commands commandline.Writer
	asked    bool // this command says that the return URL is to be registered
	nobody   bool // nobody is there to agree
}

// keepRegistered keeps the list, where that was asked for. Without the right to
// do so it is an error: who asked for it should not believe that it is done. A
// list that somebody has changed meanwhile is widened only if this command says
// so, or the person.
func (r registration) keepRegistered(ctx context.Context, p engine.Person, s provision.Scope) error {
	switch {
	case !r.asked && !s.Run.Record().Settings.RegisterReturnURL:
		return nil
	case !r.asked && listLacksReturnURL(ctx, s):
		return r.fix(ctx, p, s)
	}
	return advice.Fail("registering the return URL", registerReturnURL(ctx, p, s))
}

// listLacksReturnURL says that there is a list without the run's return URL.
func listLacksReturnURL(ctx context.Context, s provision.Scope) bool {
	urls, err := provision.ReturnURLs(ctx, s)
	return err == nil && len(urls) > 0 && !slices.Contains(urls, s.Run.Record().Settings.ReturnURL)
}

func registerReturnURL(ctx context.Context, p engine.Person, s provision.Scope) error {
	all, added, err := provision.RegisterReturnURL(ctx, s)
	if err != nil {
		return err
	}
	said := "registered before"
	if added {
		said = "registered now"
	}
	p.Tell(event.Fact{Label: "Return URLs that AgentCore redirects to", Value: strings.Join(all, ", "), Note: said})
	return nil
}

// offerUnsaid offers to register the return URL where the gateway refuses
// without a reason, unless it is registered. offered is false then.
func (r registration) offerUnsaid(ctx context.Context, p engine.Person, s provision.Scope) (offered bool, err error) {
	urls, err := provision.ReturnURLs(ctx, s)
	if err != nil || slices.Contains(urls, s.Run.Record().Settings.ReturnURL) {
		return false, nil // the gateway's own refusal is the one to report
	}
	return true, r.fix(ctx, p, s)
}

// fix adds the return URL to a list that lacks it: where this command says so,
// or the person. --yes alone does not. With nobody to ask, a list that is empty
// is written, since it belongs to this run's own gateway.
func (r registration) fix(ctx context.Context, p engine.Person, s provision.Scope) error {
	urls, err := provision.ReturnURLs(ctx, s)
	if err != nil {
		return advice.Fail("reading the gateway's list of return URLs", err)
	}
	own := s.Run.Record().Settings.ReturnURL
	reason := fmt.Sprintf("the gateway's workload identity has a list of return URLs, and %s is not on it", own)
	if len(urls) == 0 {
		reason = fmt.Sprintf("AgentCore asks for a registered return URL, and %s is not registered with the gateway's workload identity", own)
	}
	refused := advice.Problem{Doing: "checking the allowed return URLs", Exit: ExitNeedsPerson, Err: errors.New(reason),
		Next: "Add it, and keep the others: " + r.commands.Line("run", "target", "consent", "invoke", "--register-return-url")}
	switch {
	case r.asked:
	case r.nobody && len(urls) > 0:
		return refused
	case r.nobody:
		p.Tell(event.Note{Text: fmt.Sprintf("AgentCore asks for a registered return URL. The list is empty, and the gateway is this run's own, so %s is registered.", own)})
	default:
		a, err := p.Ask(ctx, engine.Question{Name: "register_return_url", Kind: engine.Confirm, Answers: "--register-return-url",
			Prompt: "Add it?", Help: []string{strings.ToUpper(reason[:1]) + reason[1:] + "."}})
		if err != nil {
			return err
		}
		if a != engine.Yes {
			return refused
		}
	}
	return advice.Fail("registering the return URL", registerReturnURL(ctx, p, s))
}
