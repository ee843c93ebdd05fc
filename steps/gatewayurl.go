package steps

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/provision"
)

// gatewayURL reads the gateway's address back from the service. Where it names
// the host alone, the MCP path is added.
func gatewayURL(ctx context.Context, s provision.Scope) (string, error) {
	if s.Run.Resource(provision.Gateway).ID == "" {
		return "", advice.Problem{Doing: "looking for the gateway", Err: &provision.MissingError{Err: errors.New("this run has no gateway yet")}}
	}
	given, err := provision.GatewayURL(ctx, s)
	if err != nil {
		return "", advice.Fail("reading the gateway's address", err)
	}
	u, err := url.Parse(given)
	if err != nil || u.Host == "" {
		return "", advice.Problem{Doing: "reading the gateway's address", Err: fmt.Errorf("the service answered %q", given)}
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/mcp"
	}
	return u.String(), nil
}
