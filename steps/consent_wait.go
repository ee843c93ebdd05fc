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
	"agentcore-3lo/internal/mcp"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

// settle shows one link and waits until its session is bound. again asks for a
// fresh link.
func (r *round) settle(ctx context.Context, link mcp.Elicitation) (again bool, err error) {
	if _, err := text.Inspect(link.URL); err != nil {
		return false, Problem{Doing: "reading the gateway's link", Err: fmt.Errorf("%w; it was neither shown nor opened", err),
			Next: "Nothing of AgentCore's looks like that. Check which gateway answers: " + r.Command("status")}
	}
	if err := r.expect(link.Session); err != nil {
		return false, err
	}
	shown := r.show(link)
	r.Tell(Progress{"the listener is up; waiting for the browser"})
	if sim := r.Settings.Simulated; sim != nil && r.Settings.Yes {
		if err := r.moment(ctx); err != nil {
			return false, err
		}
		if err := r.simulate(ctx, link.Session, shown); err != nil {
			return false, err
		}
		r.say("The simulated person followed the link and pressed Allow.")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	expiry := r.due(ctx, r.expires)
	help := time.NewTimer(r.Settings.HelpAfter)
	defer help.Stop()
	unusable := r.unusable(ctx)
	defer func() { // all that came is told before the step ends
		cancel()
		for range unusable {
		}
	}()
	question := r.question(shown)
	for {
		if o, ok := r.settled(link.Session); ok {
			return r.outcome(ctx, o.Err)
		}
		asking, withdraw := context.WithCancel(ctx)
		answers := make(chan engine.Answer, 1)
		failed := make(chan error, 1)
		go func() {
			a, err := r.Ask(asking, question)
			if err != nil {
				failed <- err
				return
			}
			answers <- a
		}()
		select {
		case o := <-r.listener.Outcomes():
			withdraw()
			<-drained(answers, failed)
			r.outcomes[o.Session] = o
		case <-expiry:
			withdraw()
			<-drained(answers, failed)
			return r.expired(ctx)
		case said := <-unusable:
			withdraw()
			<-drained(answers, failed)
			r.say("%s", said)
		case <-help.C:
			withdraw()
			<-drained(answers, failed)
			if !r.Settings.Unattended {
				r.say("Still waiting. If the browser shows something odd, choose “what does my browser show?”.")
			}
		case err := <-failed:
			withdraw()
			return false, err
		case a := <-answers:
			withdraw()
			asked := question
			question = r.question(shown)
			switch {
			case asked.Name == "consent" && a == "decline":
				question = declineQuestion()
			case asked.Name == "consent" && a == "browser-error":
				question = r.symptomQuestion()
			case asked.Name == "decline" && a == engine.Yes:
				return false, r.declined()
			case asked.Name == "decline", asked.Name == "browser_shows" && r.explain(a):
			default:
				done, again, err := r.act(ctx, a, link.Session, shown)
				if done || err != nil {
					return again, err
				}
			}
		}
	}
}

// simulate lets the simulated person follow the link. A page that says no may
// only be how the browser sees what went wrong with the session: its outcome,
// which follows the page, knows the cause.
func (r *round) simulate(ctx context.Context, session string, shown URL) error {
	err := r.Settings.Simulated.Allow(ctx, shown.URL)
	if err == nil {
		return nil
	}
	for patience := time.After(2 * time.Second); ; {
		if _, ended := r.settled(session); ended {
			return nil
		}
		select {
		case o := <-r.listener.Outcomes():
			r.outcomes[o.Session] = o
		case <-patience:
			return r.refusedPage(err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// settled returns the outcome of a session that has come to an end. A browser
// may finish the links in another order than they were shown.
func (r *round) settled(session string) (callback.Outcome, bool) {
	for {
		select {
		case o := <-r.listener.Outcomes():
			r.outcomes[o.Session] = o
		default:
			o, ok := r.outcomes[session]
			return o, ok
		}
	}
}

// drained waits for a withdrawn question to end.
func drained(answers chan engine.Answer, failed chan error) chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-answers:
		case <-failed:
		}
	}()
	return done
}

func (r *round) question(shown URL) engine.Question {
	choices := []engine.Choice{{ID: "open", Label: "open it in your browser"}, {ID: "new-link", Label: "fresh link"}, {ID: "decline", Label: "decline"}, {ID: "browser-error", Label: "what does my browser show?"}, {ID: "inspect", Label: "inspect the exchange"}}
	if r.Settings.Simulated != nil {
		choices = append(choices, engine.Choice{ID: "simulate", Label: "let the simulated person do it"})
	}
	return engine.Question{Name: "consent", Kind: engine.Menu, Waits: true, Choices: choices, Answers: "a browser",
		Prompt: "Waiting for your browser. Choose, or paste the address it ended on",
		Check:  choiceOrRedirect(choices)}
}

// choiceOrRedirect takes one of the choices, or the address on which the browser ended.
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

func (r *round) declined() error {
	return Problem{Doing: "asking for your consent", Err: saidNo("you declined; no token was stored"),
		Next: "Change your mind with: " + r.Command("run", "consent", "invoke")}
}

// act does what the person chose. done ends the wait for this link.
func (r *round) act(ctx context.Context, a engine.Answer, session string, shown URL) (done, again bool, err error) {
	switch a {
	case "open":
		r.open(shown.URL)
	case "new-link":
		return true, true, nil
	case "inspect":
		r.Tell(Verbatim{text.Clean(r.Redactor.Redact(exchangeText(r.exchange)))})
	case "simulate":
		if err := r.simulate(ctx, session, shown); err != nil {
			return true, false, err
		}
	default:
		err := r.listener.CompletePasted(ctx, string(a))
		if errors.Is(err, callback.ErrUnknownSession) || errors.Is(err, callback.ErrMalformed) {
			r.say("That address belongs to another session than the one shown here. Open this link, and paste the address it ends on.")
			return false, false, nil
		}
		again, err := r.outcome(ctx, err)
		return true, again, err
	}
	return false, false, nil
}

const binding = "binding the session (CompleteResourceTokenAuth)"

// outcome turns the end of a session into the end of the wait.
func (r *round) outcome(ctx context.Context, err error) (again bool, _ error) {
	var refused *callback.RefusedError
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, callback.ErrExpired):
		return r.expired(ctx)
	case errors.As(err, &refused) && refused.Declined():
		return false, Problem{Doing: "waiting for your consent", Err: fmt.Errorf("the browser came back with a refusal: %w", err)}
	case errors.As(err, &refused):
		trouble := Problem{Doing: "waiting for your consent", Err: fmt.Errorf("%s reported an error: %w", vendor.Name, err)}
		if cause, _ := advice.For(err, vendor.Errors); cause.Action == advice.FreshLink {
			return r.freshLink(ctx, trouble, vendor.Name+" reports that it could not handle the request. Try a fresh link?")
		}
		return false, trouble
	}
	if cause, _ := advice.For(err, vendor.Errors); cause.Action == advice.FreshLink {
		return r.freshLink(ctx, Problem{Doing: binding, Err: err}, "AgentCore refuses this session. Try a fresh link?")
	}
	return false, fail(binding, err)
}

// freshTries is how often a fresh link is given to the simulated person.
const freshTries = 2

// freshLink offers another link after a trouble that may have passed. The
// simulated person tries a few; with nobody at all it ends.
func (r *round) freshLink(ctx context.Context, trouble Problem, prompt string) (again bool, err error) {
	r.fresh++
	if r.Settings.Unattended || r.Settings.Yes {
		if r.Settings.Simulated == nil || !r.Settings.Yes || r.fresh > freshTries {
			return false, trouble
		}
		r.say("%s Trying a fresh link.", sentence(trouble.Err))
		return true, sleep(ctx, 8*r.Settings.Backoff.First)
	}
	a, err := r.Ask(ctx, engine.Question{Name: "fresh_link", Kind: engine.Confirm, Default: engine.Yes, Prompt: prompt, Help: []string{sentence(trouble.Err)}, Answers: "a person"})
	if err == nil && a != engine.Yes {
		err = trouble
	}
	return err == nil, err
}

// sentence is what failed, as a sentence.
func sentence(err error) string {
	said := text.CleanLine(cmp.Or(why(err).Message, err.Error()))
	return strings.ToUpper(said[:1]) + said[1:] + "."
}

// expired offers a fresh link; with nobody there, or with --yes, it ends.
func (r *round) expired(ctx context.Context) (again bool, err error) {
	over := Problem{Doing: "waiting for your consent", Err: errors.New("the link expired before anybody consented"), Exit: ExitNeedsPerson,
		Next: "Get a fresh link: " + r.Command("run", "consent", "invoke")}
	if r.Settings.Unattended || r.Settings.Yes {
		return false, over
	}
	a, err := r.Ask(ctx, engine.Question{Name: "expired", Kind: engine.Confirm, Default: engine.Yes, Prompt: "The link has expired (ten minutes). A fresh one?", Answers: "a person"})
	if err == nil && a != engine.Yes {
		err = over
	}
	return err == nil, err
}
