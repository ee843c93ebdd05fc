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

// missingError says that something that the run needs does not exist yet, or no
// longer: a walk creates it.
type missingError struct{ err error }

func (e *missingError) Error() string { return e.err.Error() }
func (e *missingError) Unwrap() error { return e.err }

// Remedy is what to do about it.
func (e *missingError) Remedy(s advice.Situation) string {
	if advice.Gone(e.err) {
		return "It was deleted after this run created it. Create what is missing: " + s.Run("walk")
	}
	return "Make it: " + s.Run("walk")
}

// gatewayURL reads the gateway's address back from the service. Where it names
// the host alone, the MCP path is added.
func gatewayURL(ctx context.Context, s provision.Scope) (string, error) {
	if s.Run.Resource(provision.Gateway).ID == "" {
		return "", advice.Problem{Doing: "looking for the gateway", Err: &missingError{errors.New("this run has no gateway yet")}}
	}
	given, err := provision.GatewayURL(ctx, s)
	if advice.Gone(err) {
		err = &missingError{err}
	}
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
