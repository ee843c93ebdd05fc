package steps

import (
	"context"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/steps/engine"
)

// recreateProvider removes the provider and what cannot stay without it, after
// naming it all.
func recreateProvider(ctx context.Context, p engine.Person, s provision.Scope) error {
	names := run.Names{Run: s.Run.Name()}
	if err := agreeToRemove(ctx, p, "the target "+vendor.Target+" (it uses the provider; the next walk makes it again)",
		"the credential provider "+names.Provider()+", its callback URL and every token in its vault",
		"your registration of that callback URL, and the consent"); err != nil {
		return err
	}
	if gateway := s.Run.Resource(provision.Gateway).ID; gateway != "" {
		if err := provision.DeleteTargets(ctx, s, &provision.Found{Kind: provision.Gateway, ID: gateway}); err != nil {
			return advice.Fail("removing the target", err)
		}
	}
	return advice.Fail("removing the credential provider", provision.Delete(ctx, s, &provision.Found{Kind: provision.Provider, Name: names.Provider()}))
}

// recreateInbound removes the pool with all its children.
func recreateInbound(ctx context.Context, p engine.Person, s provision.Scope, tokens *token.Source) error {
	name := run.Names{Run: s.Run.Name()}.UserPool()
	if err := agreeToRemove(ctx, p, "the user pool "+name+" with its domain, resource server and app client",
		"every access token issued so far, and the consent (it belongs to the old client)",
		"the gateway's authorizer, which the next walk points at the new pool"); err != nil {
		return err
	}
	tokens.Forget()
	id := s.Run.Resource(provision.UserPool).ID
	if id == "" {
		return nil
	}
	return advice.Fail("removing the user pool", provision.Delete(ctx, s, &provision.Found{Kind: provision.UserPool, Name: name, ID: id}))
}

func agreeToRemove(ctx context.Context, p engine.Person, things ...string) error {
	p.Tell(event.List{Heading: "This will be removed", Items: things})
	a, err := p.Ask(ctx, engine.Question{Name: "recreate", Kind: engine.Confirm, Prompt: "Recreate it?", Answers: "--yes", Yes: true})
	if err == nil && a != engine.Yes {
		err = advice.Problem{Doing: "asking for your yes", Err: advice.Declined("you did not agree; nothing was removed"), Next: "Leave --recreate out to keep it."}
	}
	return err
}
