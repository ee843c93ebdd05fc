package steps

import (
	"context"
	"sync"
	"time"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/token"
)

// tokenLeastLife is how long an access token must still be valid for a call that
// no consent follows.
const tokenLeastLife = time.Minute

// gateway creates the role and the gateway. The first access token needs the
// domain, whose DNS may take a minute; the gateway does not. So it is fetched
// side by side with them.
func gateway(ctx context.Context, s provision.Scope, tokens *token.Source) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var tokenErr error
	var beside sync.WaitGroup
	beside.Go(func() {
		tokenErr = provision.Guarded(func() error { _, err := tokens.Token(ctx, s, tokenLeastLife); return err })
	})
	err := provision.Guarded(func() error { return createGateway(ctx, s) })
	if err != nil {
		cancel()
	}
	beside.Wait()
	if err == nil {
		err = tokenErr
	}
	return err
}

func createGateway(ctx context.Context, s provision.Scope) error {
	if s.Run.Record().Settings.RoleARN == "" {
		if _, err := provision.Ensure(ctx, s, provision.Role); err != nil {
			return err
		}
	}
	_, err := provision.Ensure(ctx, s, provision.Gateway)
	return err
}
