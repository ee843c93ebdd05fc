package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/consent"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps/engine"
)

// settle shows one link and waits until its session is bound. again asks for a
// fresh link.
func (d *dialogue) settle(ctx context.Context, link mcp.Elicitation) (again bool, err error) {
	if _, err := text.Inspect(link.URL); err != nil {
		return false, advice.Problem{Doing: "reading the gateway's link", Err: fmt.Errorf("%w; it was neither shown nor opened", err),
			Next: "Nothing of AgentCore's looks like that. Check which gateway answers: " + d.commands.Line("status")}
	}
	if err := d.round.Expect(link.Session); err != nil {
		return false, err
	}
	shown := d.show(link)
	d.person.Tell(event.Progress{What: "the listener is up; waiting for the browser"})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	arrivals := d.useless(ctx)
	defer func() { // all that came is told before the step ends
		cancel()
		for range arrivals {
		}
	}()
	if err := d.playPerson(ctx, link.Session, shown); err != nil {
		return false, err
	}
	expiry := wait.Clock(d.settings.Now).Until(ctx, d.round.Expires())
	help := time.NewTimer(d.settings.HelpAfter)
	defer help.Stop()
	question := d.question()
	for {
		if o, ok := d.round.Settled(link.Session); ok {
			return d.outcome(ctx, o.Err)
		}
		asked := d.put(ctx, question)
		select {
		case o := <-d.round.Outcomes():
			asked.withdraw()
			d.round.Note(o)
		case <-expiry:
			asked.withdraw()
			return d.expired(ctx)
		case said, more := <-arrivals:
			asked.withdraw()
			if !more { // the step is cancelled
				return false, context.Cause(ctx)
			}
			d.say(said)
		case <-help.C:
			asked.withdraw()
			if !d.settings.Unattended {
				d.say("Still waiting. If your browser shows an error, say so: choose “my browser shows an error”.")
			}
		case r := <-asked.reply:
			if r.err != nil {
				return false, r.err
			}
			was := question.Name
			question = d.question()
			switch {
			case was == "consent" && r.answer == "decline":
				question = declineQuestion()
			case was == "consent" && r.answer == "browser-error":
				question = d.symptomQuestion()
			case was == "decline" && r.answer == engine.Yes:
				return false, d.declined()
			case was == "decline", was == "browser_shows" && d.explain(r.answer):
			default:
				done, again, err := d.act(ctx, r.answer, link.Session, shown)
				if done || err != nil {
					return again, err
				}
			}
		}
	}
}

// asked is a question that is open.
type asked struct {
	reply  chan reply
	cancel context.CancelFunc
}

type reply struct {
	answer engine.Answer
	err    error
}

// put puts a question without waiting for the answer.
func (d *dialogue) put(ctx context.Context, q engine.Question) asked {
	ctx, cancel := context.WithCancel(ctx)
	open := asked{reply: make(chan reply, 1), cancel: cancel}
	go func() {
		defer cancel()
		a, err := d.person.Ask(ctx, q)
		open.reply <- reply{a, err}
	}()
	return open
}

// withdraw takes the question back, and waits until that has been seen.
func (a asked) withdraw() {
	a.cancel()
	<-a.reply
}

// playPerson lets the simulated person follow the link, with --yes.
func (d *dialogue) playPerson(ctx context.Context, session string, shown event.Link) error {
	if d.settings.Simulated == nil || !d.settings.Yes {
		return nil
	}
	if err := d.settings.moment(ctx, Consent); err != nil {
		return err
	}
	return d.simulate(ctx, session, shown)
}

// simulate lets the simulated person follow the link, and waits for the outcome of the
// session, which follows the last page. A page that says no may only be how the browser
// sees what went wrong with the session: its outcome knows the cause.
func (d *dialogue) simulate(ctx context.Context, session string, shown event.Link) error {
	err := d.settings.Simulated.Allow(ctx, shown.URL)
	if err == nil {
		d.say("The simulated person followed the link and chose Allow.")
	}
	for patience := time.After(2 * time.Second); ; {
		if _, ended := d.round.Settled(session); ended {
			return nil
		}
		select {
		case o := <-d.round.Outcomes():
			d.round.Note(o)
		case <-patience:
			if err == nil {
				return nil
			}
			return d.refusedPage(err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (d *dialogue) question() engine.Question {
	choices := []engine.Choice{{ID: "open", Label: "open it in your browser"}, {ID: "new-link", Label: "fresh link"}, {ID: "decline", Label: "decline"},
		{ID: "browser-error", Label: "my browser shows an error"}, {ID: "inspect", Label: "inspect the exchange"}}
	if d.settings.Simulated != nil {
		choices = append(choices, engine.Choice{ID: "simulate", Label: "let the simulated person do it"})
	}
	return engine.Question{Name: "consent", Kind: engine.Menu, Waits: true, Choices: choices, Answers: "a browser",
		Prompt: "Waiting for your browser. Choose, or paste the address it ended on",
		Check:  choiceOrRedirect(choices)}
}

// choiceOrRedirect takes a menu's choice, or the address on which the browser
// ended.
func choiceOrRedirect(choices []engine.Choice) func(engine.Answer) error {
	return func(a engine.Answer) error {
		if slices.ContainsFunc(choices, func(c engine.Choice) bool { return c.ID == a }) {
			return nil
		}
		if _, _, err := callback.ParseRedirect(string(a)); err != nil {
			return fmt.Errorf("that is neither a choice nor the address of the last page: %w", err)
		}
		return nil
	}
}

func declineQuestion() engine.Question {
	return engine.Question{Name: "decline", Kind: engine.Confirm, Waits: true, Prompt: "Decline, and stop here?", Answers: "a person", Back: engine.No}
}

func (d *dialogue) declined() error {
	return advice.Problem{Doing: "asking for your consent", Err: advice.Declined("you declined; no token was stored"),
		Next: "Change your mind with: " + d.commands.Line("run", "consent", "invoke")}
}

// act does what the person chose. done ends the wait for this link.
func (d *dialogue) act(ctx context.Context, a engine.Answer, session string, shown event.Link) (done, again bool, err error) {
	switch a {
	case "open":
		d.browser.Show(d.person, shown.URL)
	case "new-link":
		return true, true, nil
	case "inspect":
		d.person.Tell(event.Verbatim{Text: d.wire(d.exchange)})
	case "simulate":
		if err := d.simulate(ctx, session, shown); err != nil {
			return true, false, err
		}
	default:
		err := d.round.CompletePasted(ctx, string(a))
		if errors.Is(err, callback.ErrUnknownSession) || errors.Is(err, callback.ErrMalformed) {
			d.say("That address belongs to another session than the one shown here. Open this link, and paste the address it ends on.")
			return false, false, nil
		}
		again, err := d.outcome(ctx, err)
		return true, again, err
	}
	return false, false, nil
}

// outcome turns the end of a session into the end of the wait.
func (d *dialogue) outcome(ctx context.Context, err error) (again bool, _ error) {
	if err == nil {
		return false, nil
	}
	var refused *callback.RefusedError
	cause, _ := advice.For(err, vendor.Errors)
	switch {
	case errors.Is(err, callback.ErrExpired):
		return d.expired(ctx)
	case errors.As(err, &refused) && refused.Declined():
		return false, advice.Problem{Doing: "waiting for your consent", Err: fmt.Errorf("the browser came back with a refusal: %w", err)}
	case errors.As(err, &refused):
		trouble := advice.Problem{Doing: "waiting for your consent", Err: fmt.Errorf("%s reported an error: %w", vendor.Name, err)}
		if cause.Action == advice.FreshLink {
			return d.freshLink(ctx, trouble, vendor.Name+" reports that it could not handle the request. Try a fresh link?")
		}
		return false, trouble
	case cause.Action == advice.FreshLink:
		return d.freshLink(ctx, advice.Problem{Doing: consent.Binding, Err: err}, "AgentCore refuses this session. Try a fresh link?")
	}
	return false, advice.Fail(consent.Binding, err)
}

// freshTries is how often a fresh link is given to the simulated person.
const freshTries = 2

// freshLink offers another link after a trouble that may have passed. The
// simulated person tries a few; with nobody at all it ends.
func (d *dialogue) freshLink(ctx context.Context, trouble advice.Problem, prompt string) (again bool, err error) {
	d.fresh++
	if !d.settings.mayChoose() {
		if d.settings.Simulated == nil || !d.settings.Yes || d.fresh > freshTries {
			return false, trouble
		}
		d.say(sentence(trouble.Err) + " Trying a fresh link.")
		return true, wait.Sleep(ctx, 8*d.settings.Backoff.First)
	}
	a, err := d.person.Ask(ctx, engine.Question{Name: "fresh_link", Kind: engine.Confirm, Default: engine.Yes, Prompt: prompt, Help: []string{sentence(trouble.Err)}, Answers: "a person"})
	if err == nil && a != engine.Yes {
		err = trouble
	}
	return err == nil, err
}

// sentence is what failed, as a sentence.
func sentence(err error) string {
	said := text.CleanLine(cmp.Or(advice.Read(err).Message, err.Error()))
	return strings.ToUpper(said[:1]) + said[1:] + "."
}

// expired offers a fresh link; with nobody there, or with --yes, it ends.
func (d *dialogue) expired(ctx context.Context) (again bool, err error) {
	over := advice.Problem{Doing: "waiting for your consent", Err: errors.New("the link expired before anybody consented"), Exit: ExitNeedsPerson,
		Next: "Get a fresh link: " + d.commands.Line("run", "consent", "invoke")}
	if !d.settings.mayChoose() {
		return false, over
	}
	a, err := d.person.Ask(ctx, engine.Question{Name: "expired", Kind: engine.Confirm, Default: engine.Yes, Prompt: "The link has expired (ten minutes). A fresh one?", Answers: "a person"})
	if err == nil && a != engine.Yes {
		err = over
	}
	return err == nil, err
}
