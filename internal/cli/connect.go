package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

func newConnectCommand(a *program) *cobra.Command {
	return command(a, runConnect, "connect", "Show how to use the gateway from another client",
		"connect")
}

// runConnect tells how to use the gateway elsewhere.
func runConnect(ctx context.Context, a *program) error {
	s, err := a.openToRead(ctx, false, "connect")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	scope, err := s.walk.Scope(ctx, nobody{})
	if err != nil {
		return s.failed(err)
	}
	c, err := steps.Connect(ctx, scope, s.walk.Surroundings())
	if err != nil {
		return s.failed(err)
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "connect", c.Run, c)
	}
	fmt.Fprintln(a.Terminal.Out, c.Text())
	return nil
}
