package steps

import (
	"context"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/steps/engine"
)

// inbound creates what issues the access tokens for the gateway.
func inbound(ctx context.Context, p engine.Person, s provision.Scope, tokens *token.Source, recreate bool) error {
	if recreate {
		if err := recreateInbound(ctx, p, s, tokens); err != nil {
			return err
		}
	}
	for _, kind := range []string{provision.UserPool, provision.Domain, provision.ResourceServer, provision.Client} {
		if _, err := provision.Ensure(ctx, s, kind); err != nil {
			return err
		}
	}
	return nil
}
