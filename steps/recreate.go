package steps

import (
	"context"
	"strings"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/steps/engine"
)

// recreateProvider removes the provider and what must fall with it, after
// naming it all.
func (t *Task) recreateProvider(ctx context.Context, w *awsenv.Environment) error {
	if err := t.agreeToFall(ctx, "the target "+t.Names.Target()+" (it uses the provider; the next walk makes it again)",
		"the credential provider "+t.Names.Provider()+", its callback URL and every token in its vault",
		"your registration of that callback URL, and the consent"); err != nil {
		return err
	}
	gatewayID := t.resource(KindGateway).ID
	if gatewayID != "" {
		if err := t.removeTargets(ctx, w, gatewayID); err != nil {
			return fail("removing the target", err)
		}
	}
	return fail("removing the credential provider", t.removeProvider(ctx, w))
}

// recreateInbound removes the pool with all its children.
func (t *Task) recreateInbound(ctx context.Context, w *awsenv.Environment) error {
	if err := t.agreeToFall(ctx, "the user pool "+t.Names.UserPool()+" with its domain, resource server and machine client",
		"every bearer issued so far, and the consent (it belongs to the old client)",
		"the gateway's authorizer, which the next walk points at the new pool"); err != nil {
		return err
	}
	t.forgetBearer()
	return fail("removing the user pool", t.removePool(ctx, w, t.resource(KindUserPool).ID))
}

func (t *Task) agreeToFall(ctx context.Context, things ...string) error {
	t.say("This will fall:\n- %s", strings.Join(things, "\n- "))
	a, err := t.Ask(ctx, engine.Question{Name: "recreate", Kind: engine.Confirm, Prompt: "Recreate it?", Answers: "--yes", Yes: true})
	if err == nil && a != engine.Yes {
		err = Problem{Doing: "asking for your yes", Err: saidNo("you did not agree; nothing was removed"), Next: "Leave --recreate out to keep it."}
	}
	return err
}

func (t *Task) forgetBearer() {
	t.secrets.mu.Lock()
	t.secrets.bearer = bearer{}
	t.secrets.mu.Unlock()
}
