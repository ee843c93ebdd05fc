package steps

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/token"
	"agentcore-3lo/steps/engine"
)

// tokenLeastLife is how long an access token must still be valid for a call that
// no consent follows.
const tokenLeastLife = time.Minute

// inbound creates what issues the access tokens for the gateway, and gets the first
// one. It delivers once the app client exists, and with it what ahead waits for: the
// gateway needs neither the domain, which may take a minute to appear in DNS, nor
// the token.
func inbound(ctx context.Context, p engine.Person, s provision.Scope, tokens *token.Source, ahead func()) error {
	if err := ensure(ctx, s, provision.UserPool); err != nil {
		return err
	}
	beside, each := errgroup.WithContext(ctx)
	beside.Go(func() error {
		return provision.Guarded(func() error { return ensure(each, s, provision.Domain) })
	})
	beside.Go(func() error {
		return provision.Guarded(func() error {
			if err := ensure(each, s, provision.ResourceServer, provision.Client); err != nil {
				return err
			}
			ahead()
			p.Tell(engine.Delivered{})
			return nil
		})
	})
	if err := beside.Wait(); err != nil {
		return err
	}
	_, err := tokens.Token(ctx, s, tokenLeastLife)
	return err
}

// ensure makes sure that these resources exist, one after the other.
func ensure(ctx context.Context, s provision.Scope, kinds ...string) error {
	for _, kind := range kinds {
		if _, err := provision.Ensure(ctx, s, kind); err != nil {
			return err
		}
	}
	return nil
}
