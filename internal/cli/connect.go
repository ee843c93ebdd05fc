package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/commandline"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/steps"
	"agentcore-3lo/ui/ndjson"
)

// connectOptions are the flags of connect.
type connectOptions struct {
	client                string
	direct, write, remove bool
}

func newConnectCommand(a *program) *cobra.Command {
	var o connectOptions
	c := command(a, func(ctx context.Context, a *program) error { return runConnect(ctx, a, o) },
		"connect", "Let a coding agent or another MCP client use the gateway",
		"connect", "connect --client claude-code", "connect --client codex --write", "connect --client codex --remove", "connect --direct")
	f := c.Flags()
	f.StringVar(&o.client, "client", "", "show what to add to this client: "+strings.Join(clientIDs(false), ", "))
	f.BoolVar(&o.direct, "direct", false, "use the gateway itself, not the bridge")
	f.BoolVar(&o.write, "write", false, "add it to the client's file, after showing the change: "+strings.Join(clientIDs(true), ", "))
	f.BoolVar(&o.remove, "remove", false, "remove what --write added")
	f.BoolVar(&a.Yes, "yes", false, "with --write and --remove: agree to the change")
	return c
}

// clientIDs lists the clients, or those whose files this program writes.
func clientIDs(written bool) []string {
	var ids []string
	for _, c := range clients.All() {
		if c.Writes || !written {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// runConnect tells how to use the gateway elsewhere.
func runConnect(ctx context.Context, a *program, o connectOptions) error {
	changes := o.write || o.remove
	switch {
	case o.client == "" && changes:
		return usage("--write and --remove need --client")
	case o.write && o.remove:
		return usage("choose one of --write and --remove")
	case o.remove && o.direct:
		return usage("--remove removes the entry whatever it uses; leave out --direct")
	case o.client == "":
		return connectAny(ctx, a, o.direct)
	}
	c, known := clients.Find(o.client)
	if !known {
		return usage("there is no client %q; choose one of %s", o.client, strings.Join(clientIDs(false), ", "))
	}
	if changes && !c.Writes {
		return refused("this program does not write the configuration of "+c.Title, "See what to add or remove: "+commandline.Line(shell.Program(), "connect", "--client", c.ID))
	}
	return connectClient(ctx, a, c, o)
}

// connectAny shows the clients, or how to use the gateway without any of them.
func connectAny(ctx context.Context, a *program, direct bool) error {
	s, c, err := connection(ctx, a, "connect")
	if s != nil {
		defer s.close()
	}
	if err != nil {
		return err
	}
	if a.JSON {
		return ndjson.Value(a.Terminal.Out, "connect", c.Run, c)
	}
	text := c.Overview()
	if direct {
		text = c.Text()
	}
	fmt.Fprintln(a.Terminal.Out, text)
	return nil
}

// connection opens the run and reads the gateway's address. The caller closes what
// is opened, also after an error.
func connection(ctx context.Context, a *program, command ...string) (*opened, steps.Connection, error) {
	s, err := a.openToRead(ctx, false, command...)
	if err != nil {
		return nil, steps.Connection{}, err
	}
	ctx, cancel := context.WithTimeout(s.tellingWaits(ctx), reportLimit)
	defer cancel()
	scope, err := s.walk.Scope(ctx, nobody{})
	if err != nil {
		return s, steps.Connection{}, s.failed(err)
	}
	c, err := steps.Connect(ctx, scope, s.walk.Surroundings())
	return s, c, s.failed(err)
}
