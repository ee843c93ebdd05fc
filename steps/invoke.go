package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/engine"
)

// invoking calls the tool for the person who consented.
type invoking struct {
	caller     caller
	consenting consenting
	settings   *Settings
	consented  func() error                                               // marks the consent done
	chosen     func(Choice)                                               // what the person wants afterwards
	connection func(context.Context, provision.Scope) (Connection, error) // how to use the gateway elsewhere
	wire       func(event.Result) string                                  // the exchange as a person reads it
}

// Choice is what the person wants when the walkthrough is over.
type Choice string

// The choices.
const (
	Keep    Choice = "keep"     // leave everything as it is
	CleanUp Choice = "clean up" // undo this run
	Anew    Choice = "anew"     // walk another run
)

func (x invoking) run(ctx context.Context, p engine.Person, s provision.Scope, again bool) error {
	if wasDone(s.Run, Invoke) && !again && x.settings.mayChoose() {
		p.Tell(event.Note{Text: "Everything is done."})
		if again, err := x.whatNext(ctx, p, s, nil); err != nil || !again {
			return err
		}
	}
	for {
		result, err := x.call(ctx, p, s)
		if err != nil {
			return err
		}
		p.Tell(result)
		again, err := x.whatNext(ctx, p, s, &result)
		if err != nil || !again {
			return err
		}
	}
}

// vaultLimit is how long AgentCore's vault may take to know a consent that was
// just completed.
const vaultLimit = 30 * time.Second

// call calls without forcing. Where no token is stored, or the vendor refuses
// the stored one, it asks for consent again, once, if this command may. A link
// right after a consent may only mean that the vault is not up to date, so that
// is waited out first.
func (x invoking) call(ctx context.Context, p engine.Person, s provision.Scope) (event.Result, error) {
	began, pause, asked := time.Now(), 4*s.Backoff.First, false
	for tries := 1; ; tries++ {
		result, _, err := x.caller.call(ctx, p, s, tokenLeastLife, false)
		if err == nil {
			return newResult(vendor.Tool(), result), nil
		}
		var needed *mcp.ElicitationError
		missing := errors.As(err, &needed)
		limit := s.Backoff.Scaled(vaultLimit)
		if missing && consentedWithin(s, 2*vaultLimit) && (tries < leastTries || time.Since(began)+pause < limit) {
			p.Tell(event.Progress{What: fmt.Sprintf("AgentCore does not find the token of this consent yet; retrying for up to %s", limit)})
			if err := wait.Sleep(ctx, pause); err != nil {
				return event.Result{}, err
			}
			continue
		}
		err = advice.Fail("calling the tool "+vendor.Tool(), err)
		cause, _ := advice.For(err, vendor.Errors)
		if asked || cause.Action != advice.FreshConsent || !missing && consentedWithin(s, 2*vaultLimit) {
			return event.Result{}, err
		}
		if agreed, askErr := x.agree(ctx, p, err); askErr != nil || !agreed {
			return event.Result{}, cmp.Or(askErr, err)
		}
		asked = true
		if err := x.consentAgain(ctx, p, s, missing); err != nil {
			return event.Result{}, err
		}
		began, tries = time.Now(), 0
	}
}

// agree says whether to go through another consent: a command that has the
// consent step does, and otherwise the person is asked, if there is one.
func (x invoking) agree(ctx context.Context, p engine.Person, why error) (bool, error) {
	if may := x.settings.will(Consent); may || !x.settings.mayChoose() {
		return may, nil
	}
	a, err := p.Ask(ctx, engine.Question{Name: "consent_again", Kind: engine.Confirm, Default: engine.Yes, Prompt: "Consent again now?", Answers: "run consent invoke",
		Help: []string{sentence(why)}})
	return a == engine.Yes, err
}

// consentAgain goes through another consent. missing says that the vault has no
// token, so that there is none to discard.
func (x invoking) consentAgain(ctx context.Context, p engine.Person, s provision.Scope, missing bool) error {
	said := vendor.Name + " no longer accepts the stored token: it was revoked or has expired. Here is a link for a fresh consent."
	if missing {
		said = "The gateway asks for consent once more: the stored token is gone or has expired."
	}
	p.Tell(event.Note{Text: said})
	if err := s.Run.Update(func(r *run.Record) {
		delete(r.Steps, string(Consent))
		r.Consent = run.Consent{Round: r.Consent.Round + 1, Open: true, Forced: missing}
	}); err != nil {
		return err
	}
	if err := x.consenting.run(ctx, p, s, true); err != nil {
		return err
	}
	return x.consented()
}

// whatNext offers what can be done with a working gateway. Enter keeps it. The
// result is nil where nothing was called yet.
func (x invoking) whatNext(ctx context.Context, p engine.Person, s provision.Scope, r *event.Result) (again bool, err error) {
	if !x.settings.mayChoose() && !x.settings.Stays {
		return false, nil
	}
	choices := []engine.Choice{{ID: "keep", Label: "keep it and leave"}, {ID: "again", Label: "call again"}}
	if r != nil {
		choices = append(choices, engine.Choice{ID: "inspect", Label: "inspect the exchange"})
	}
	choices = append(choices, engine.Choice{ID: "connect", Label: "use the gateway elsewhere"}, engine.Choice{ID: "another", Label: "walk another run"}, engine.Choice{ID: "cleanup", Label: "clean up"})
	for {
		a, err := p.Ask(ctx, engine.Question{Name: "next", Kind: engine.Menu, Default: "keep", Prompt: "What now? Enter keeps everything", Answers: "--yes", Choices: choices, Final: true})
		if err != nil {
			return false, err
		}
		switch a {
		case "again":
			return true, nil
		case "inspect":
			p.Tell(event.Verbatim{Text: x.wire(*r)})
		case "connect":
			c, err := x.connection(ctx, s)
			if err != nil {
				return false, err
			}
			p.Tell(event.Verbatim{Text: c.Text()})
		default:
			x.chosen(map[engine.Answer]Choice{"another": Anew, "cleanup": CleanUp, "keep": Keep}[a])
			return false, nil
		}
	}
}
