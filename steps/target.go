package steps

import (
	"context"
	"errors"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// target adds the vendor's API to the gateway, and keeps the list of return
// URLs, where that was asked for.
func target(ctx context.Context, p engine.Person, s provision.Scope, r registration) error {
	if err := ensureTarget(ctx, s, r.commands); err != nil {
		return err
	}
	return r.keepRegistered(ctx, p, s)
}

// ensureTarget verifies what it joins before: the target changes the gateway and
// lets it use the provider.
func ensureTarget(ctx context.Context, s provision.Scope, commands commandline.Writer) error {
	if s.Run.Resource(provision.Gateway).ID == "" {
		return advice.Problem{Doing: "adding the target", Err: errors.New("this run has no gateway yet"), Next: "Make it: " + commands.Line("walk")}
	}
	for _, kind := range []string{provision.Gateway, provision.Provider} { // usually read just now, by their own steps
		if _, err := provision.Own(ctx, s, kind); err != nil {
			return advice.Fail("looking for the "+provision.Title(kind), err)
		}
	}
	_, err := provision.Ensure(ctx, s, provision.Target)
	if err == nil {
		s.Tell(event.Fact{Label: "Tool", Value: vendor.Tool()})
		s.Tell(event.Fact{Label: "Return", Value: s.Run.Record().Settings.ReturnURL, Note: "the default return URL"})
	}
	return err
}
