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
	// IdentityPath is where a sandbox says that it is one.
	IdentityPath = "/.well-known/agentcore-3lo-sandbox"
	// identityVersion changes when a client that knows an older one would
	// misread the answer.
	identityVersion = 1
)

// self is the answer at IdentityPath: what a client needs to work in this
// sandbox.
type self struct {
	Sandbox     bool        `json:"sandbox"`
	Version     int         `json:"version"`
	World       string      `json:"world"` // names the saved state that is served
	Portal      string      `json:"portal"`
	PublicURL   string      `json:"public_url,omitempty"`
	Region      string      `json:"region"`
	Credentials credentials `json:"credentials"`
}

// credentials open nothing but a sandbox, so they are no secret.
type credentials struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
}

// selfRoute is where a sandbox says that it is one.
func (p *parts) selfRoute() site.Route {
	return site.Route{Pattern: "GET " + IdentityPath, Operation: "identity", Serve: func(w http.ResponseWriter, _ *http.Request) {
		address := p.environment.Address
		answer := self{Sandbox: true, Version: identityVersion, World: p.environment.Store.ID(), Portal: address.Base() + site.PortalPath, Region: Region,
			Credentials: credentials{AccessKeyID, SecretAccessKey}}
		if address.Public != nil {
			answer.PublicURL = address.Public.String()
		}
		site.WriteJSON(w, site.JSON, http.StatusOK, answer)
	}}
}

// identify asks a sandbox on this machine who it is.
func identify(endpoint string) (answer self, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+IdentityPath, nil)
	if err != nil {
		return self{}, err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // loopback is never behind a proxy
	reply, err := direct.Do(request)
	if err != nil {
		return self{}, err
	}
	defer reply.Body.Close()
	return answer, json.NewDecoder(io.LimitReader(reply.Body, 64<<10)).Decode(&answer)
}
