package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"agentcore-3lo/internal/sandbox/site"
)

const (
	// IdentityPath is the path at which a sandbox identifies itself.
	IdentityPath = "/.well-known/agentcore-3lo-sandbox"
	// identityVersion is increased when older clients would misread the response.
	identityVersion = 1
)

// description is the response at IdentityPath: what a client needs to use this
// sandbox.
type description struct {
	Sandbox     bool        `json:"sandbox"`
	Version     int         `json:"version"`
	World       string      `json:"world"` // the ID of the saved state
	Portal      string      `json:"portal"`
	PublicURL   string      `json:"public_url,omitempty"`
	Region      string      `json:"region"`
	Credentials credentials `json:"credentials"`
}

// credentials are not secret: they work only in a sandbox.
type credentials struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
}

// identityRoute is the route at which a sandbox identifies itself.
func (p *backend) identityRoute() site.Route {
	return site.Route{Pattern: "GET " + IdentityPath, Operation: "identity", Serve: func(w http.ResponseWriter, _ *http.Request) {
		address := p.environment.Address
		answer := description{Sandbox: true, Version: identityVersion, World: p.environment.Store.ID(), Portal: address.Base() + site.PortalPath, Region: Region,
			Credentials: credentials{AccessKeyID, SecretAccessKey}}
		if address.Public != nil {
			answer.PublicURL = address.Public.String()
		}
		site.WriteJSON(w, site.JSON, http.StatusOK, answer)
	}}
}

// identify asks the server at a loopback endpoint for the description of its
// sandbox.
func identify(endpoint string) (answer description, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+IdentityPath, nil)
	if err != nil {
		return description{}, err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // loopback is never behind a proxy
	reply, err := direct.Do(request)
	if err != nil {
		return description{}, err
	}
	defer reply.Body.Close()
	return answer, json.NewDecoder(io.LimitReader(reply.Body, 64<<10)).Decode(&answer)
}
