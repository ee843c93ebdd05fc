package steps

import (
	"context"
	"errors"
	"net/http"
	"time"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
)

// consenting carries out consent rounds.
type consenting struct {
	caller   caller
	address  *returnurl.Address
	browser  returnurl.Browser
	settings *Settings
	commands commandline.Writer
	log      warner
	wire     func(mcp.Exchange) string // an exchange as a person reads it
	observed func(engine.Person) func(context.Context) context.Context
}

type warner interface{ Warn(msg string, args ...any) }

// run goes through a consent, unless its inputs have not changed since one.
func (x consenting) run(ctx context.Context, p engine.Person, s provision.Scope, again bool) error {
	if wasDone(s.Run, Consent) && !again {
		p.Tell(event.Note{Text: "You consented before, and nothing that it rests on has changed."})
		return nil
	}
	if err := openRound(p, s.Run); err != nil {
		return err
	}
	d := &dialogue{consenting: x, person: p, scope: s, round: &consent.Round{AWS: s.AWS, Run: s.Run, Life: x.settings.LinkLife, Hide: s.Hide, Tell: s.Tell,
		Clock: x.settings.Now, Observed: x.observed(p), Stored: func(ctx context.Context, token string) bool { return x.stored(ctx, s, token) }}}
	port, err := x.address.Hold(ctx, p, s.AWS)
	if err != nil {
		return err
	}
	d.port = port.Number()
	if err := d.round.Listen(ctx, port, x.address.Options()); err != nil {
		return x.address.Unusable(port, err)
	}
	defer d.round.Close()
	if err := x.followReturnURL(ctx, p, s); err != nil {
		return err
	}
	links, err := d.call(ctx)
	if err != nil {
		return err
	}
	for len(links) > 0 {
		again, err := d.settle(ctx, links[0])
		if err != nil {
			return err
		}
		if again { // a fresh link: never forced
			if links, err = d.call(ctx); err != nil {
				return err
			}
			continue
		}
		links = links[1:]
	}
	p.Tell(event.Confirmed{Text: "Consent is given and bound to this session's user."})
	return s.Run.Update(func(r *run.Record) {
		r.Consent.Open, r.Consent.Sessions, r.Consent.Given = false, nil, time.Now().UTC()
	})
}

// openRound begins a consent round, or resumes the one that is open. A round
// forces authentication once: what comes after its first link never does.
func openRound(p engine.Person, r *run.Run) error {
	if r.Record().Consent.Open {
		p.Tell(event.Note{Text: "The consent that was begun goes on, with a new link."})
		return nil
	}
	if wasDone(r, Consent) {
		p.Tell(event.Note{Text: "The present consent will be discarded: this call removes the stored token from the vault."})
	}
	return r.Update(func(r *run.Record) {
		r.Consent = run.Consent{Round: r.Consent.Round + 1, Open: true}
		delete(r.Steps, string(Consent))
	})
}

// followReturnURL makes the target's default the URL that the listener really
// has: another port may have been taken since the target was created.
func (x consenting) followReturnURL(ctx context.Context, p engine.Person, s provision.Scope) error {
	followed, err := provision.Follow(ctx, s, provision.Target)
	if err != nil {
		return advice.Fail("checking the target", err)
	}
	if !followed {
		return nil
	}
	return x.caller.registration.keepRegistered(ctx, p, s)
}

// stored says whether the vault has a token for the caller: then the vendor is
// asked with it, whatever it answers.
func (x consenting) stored(ctx context.Context, s provision.Scope, token string) bool {
	_, err := x.caller.callTool(ctx, s, token, false)
	var tool *mcp.ToolError
	return err == nil || errors.As(err, &tool) && tool.Upstream.Status != 0
}

// dialogue is one consent round with the person.
type dialogue struct {
	consenting
	person engine.Person
	scope  provision.Scope
	round  *consent.Round
	port   int // of the listener

	exchange mcp.Exchange // that brought the present links
	fresh    int          // links that were tried after a trouble of the vendor's
}

func (d *dialogue) say(text string) { d.person.Tell(event.Note{Text: text}) }

// call asks the gateway for the profile. While there is no token it answers
// with links; none means that the vault has one already. A token that the vendor
// refuses is replaced: the call is repeated once, and asks for a new one.
func (d *dialogue) call(ctx context.Context) ([]mcp.Elicitation, error) {
	for again := false; ; again = true {
		force := !d.scope.Run.Record().Consent.Forced
		_, token, err := d.caller.call(ctx, d.person, d.scope, d.settings.LinkLife+2*time.Minute, force)
		var needed *mcp.ElicitationError
		if errors.As(err, &needed) {
			d.exchange = needed.Exchange
			// The round has forced, whatever its links are worth.
			if err := d.scope.Run.Update(func(r *run.Record) { r.Consent.Forced = true }); err != nil {
				return nil, err
			}
			return needed.Elicitations, d.round.Remember(token, needed.Elicitations)
		}
		if err == nil {
			d.say("AgentCore already holds a token for this caller; no consent is needed.")
			return nil, nil
		}
		if again || !tokenRefused(err) {
			return nil, advice.Fail("calling the tool "+vendor.Tool(), err)
		}
		d.say(vendor.Name + " refuses the token in AgentCore's vault. Asking for a new one.")
		if err := d.scope.Run.Update(func(r *run.Record) { r.Consent.Forced = false }); err != nil {
			return nil, err
		}
	}
}

// tokenRefused says that the vendor's API refused the token of the vault, or
// what it may be used for. A new consent gives another one.
func tokenRefused(err error) bool {
	var tool *mcp.ToolError
	if !errors.As(err, &tool) {
		return false
	}
	cause, _ := advice.For(err, vendor.Errors)
	return cause.Action == advice.FreshConsent || tool.Upstream.Status == http.StatusForbidden
}

// show tells which server asks, what for, and the whole link.
func (d *dialogue) show(link mcp.Elicitation) event.Link {
	shown := d.round.Link(link)
	if len(shown.Warnings) > 0 {
		d.log.Warn("a link to look at twice", "host", shown.Host, "warnings", shown.Warnings)
	}
	if shown.Far = d.address.Far(d.scope.AWS, d.port, !d.settings.Unattended); shown.Far != "" {
		d.say(shown.Far)
	}
	d.say(shown.Asks)
	d.person.Tell(shown)
	return shown
}
