package steps

import (
	"context"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

func registerStep() Step {
	return Step{ID: Register, Title: "Callback URL", Needs: []engine.ID{Provider},
		Does: "shows the callback URL and waits until you have registered it",
		Asks: []string{"registered"},
		Basis: func(r *run.Record) basis {
			return basis{"the credential provider": basisOf(r, KindProvider), "the client id": r.ClientID}
		},
		Run: register,
	}
}

func register(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	callback, err := t.callbackURL(ctx, w)
	if err != nil {
		return err
	}
	t.Tell(URL{Purpose: PurposeRegister, URL: callback, Open: t.portal()})
	if t.wasDone(registerStep()) && !t.Again {
		t.say("The callback URL is registered, as you said before.")
		return nil
	}
	if sim := t.Settings.Simulated; sim != nil && t.given("linkedin_client_id") == "" {
		yes, err := t.letSimulated(ctx, "register_app", "Register it for you")
		if err != nil {
			return err
		}
		if yes {
			if err := t.moment(ctx); err != nil {
				return err
			}
			if err := sim.RegisterRedirect(ctx, t.portal(), t.Record().ClientID, callback); err != nil {
				return Problem{Doing: "letting the simulated person register the callback URL", Err: err, Fix: LinkedIn,
					Next: "The client id has to be that of an app in the sandbox's portal. Give it again: " + t.Command("run", "linkedin")}
			}
			t.say("The simulated person added it under Authorized redirect URLs.")
			return nil
		}
	}
	_, err = t.Ask(ctx, registeredQuestion())
	return err
}

func registeredQuestion() engine.Question {
	return engine.Question{Name: "registered", Kind: engine.Pause, Default: engine.Yes, Answers: "--yes", Yes: true,
		Help:   []string{"It must be one of your app's Authorized redirect URLs, saved with Update."},
		Prompt: "Enter when it is registered"}
}
