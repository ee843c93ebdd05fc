package steps

import (
	"context"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// register shows the callback URL and waits until the person has registered it.
func register(ctx context.Context, p engine.Person, s provision.Scope, c *credentials, again bool) error {
	callback, err := provision.ReadCallbackURL(ctx, s)
	if err != nil {
		return advice.Fail("reading the callback URL", err)
	}
	p.Tell(event.Link{Purpose: event.Register, URL: callback, Open: c.portal()})
	if wasDone(s.Run, Register) && !again {
		p.Tell(event.Note{Text: "The callback URL is registered, as you said before."})
		return nil
	}
	if sim := c.settings.Simulated; sim != nil && c.settings.given(clientIDName) == "" {
		yes, err := letSimulated(ctx, p, c.settings, "register_app", "Register it for you")
		if err != nil {
			return err
		}
		if yes {
			if err := c.settings.moment(ctx, Register); err != nil {
				return err
			}
			if err := sim.RegisterRedirect(ctx, c.portal(), s.Run.Record().ClientID, callback); err != nil {
				return advice.Problem{Doing: "letting the simulated person register the callback URL", Err: err, Fix: string(App),
					Next: "The client id has to be that of an app in the sandbox's portal. Give it again: " + c.commands.Line("run", string(App))}
			}
			p.Tell(event.Note{Text: "The simulated person added it under " + vendor.Words.RedirectList + "."})
			return nil
		}
	}
	_, err = p.Ask(ctx, registeredQuestion())
	return err
}

func registeredQuestion() engine.Question {
	return engine.Question{Name: "registered", Kind: engine.Pause, Default: engine.Yes, Answers: "--yes", Yes: true,
		Help:   []string{vendor.Words.RedirectHelp},
		Prompt: "Enter when it is registered"}
}
