package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"agentcore-3lo/ui/ndjson"
)

func newTokenCommand(a *program) *cobra.Command {
	return command(a, runToken, "token", "Print an access token for the gateway, and nothing else",
		"token")
}

// runToken prints a bearer and nothing else.
func runToken(ctx context.Context, a *program) error {
	s, err := a.openToRead(ctx, false, "token")
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	token, err := s.walk.AccessToken(ctx)
	if err != nil {
		return s.failed(err)
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "token", s.walk.Run.Name(), map[string]any{"token": token})
	}
	fmt.Fprintln(a.Terminal.Out, token)
	return nil
}
