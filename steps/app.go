package steps

import (
	"context"
	"fmt"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// app gets the client ID and secret of the person's app at the vendor.
func app(ctx context.Context, p engine.Person, c *credentials, again bool) error {
	rec := c.run.Record()
	if !again && !c.wanted() {
		p.Tell(event.Note{Text: fmt.Sprintf("AgentCore holds the client secret of app %s already. To change it: %s", rec.ClientID, c.commands.Line("run", string(App)))})
		return nil
	}
	if rec.SecretAsked && !c.waiting() {
		p.Tell(event.Note{Text: "The client secret is never stored, so it is asked for again."})
	}
	return c.ask(ctx, p)
}

// wanted says whether the provider will want the secret: it does not exist yet,
// or another client ID was given.
func (c *credentials) wanted() bool {
	if c.run.Resource(provision.Provider).Made.IsZero() {
		return true
	}
	given := c.settings.given(clientIDName)
	return given != "" && given != c.run.Record().ClientID
}
