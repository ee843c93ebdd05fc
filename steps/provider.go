package steps

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// provider creates the credential provider, which has the callback URL.
func provider(ctx context.Context, p engine.Person, s provision.Scope, c *credentials, recreate bool) error {
	if recreate {
		if err := recreateProvider(ctx, p, s); err != nil {
			return err
		}
	}
	s.NewCredentials = c.waiting
	s.Credentials = func(ctx context.Context, call func(types.Oauth2ProviderConfigInput) error) error {
		return c.hand(ctx, p, call)
	}
	have, err := provision.Ensure(ctx, s, provision.Provider)
	if err != nil {
		return err
	}
	if id := provision.VendorClientID(s, have); id != "" && s.Run.Record().ClientID == "" {
		if err := c.taken(id); err != nil {
			return err
		}
	}
	p.Tell(event.Fact{Label: "Callback URL", Value: provision.CallbackURL(have)})
	return nil
}
