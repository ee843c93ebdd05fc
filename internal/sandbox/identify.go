package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

const (
	// IdentityPath is where a sandbox says that it is one.
	IdentityPath = "/.well-known/agentcore-3lo-sandbox"
	portalPath   = "/developers"
	// identityVersion changes when a client that knows an older one would
	// misread the answer.
	identityVersion = 1
)

// An identity is the answer at IdentityPath: what a client needs to work in this
// sandbox.
type identity struct {
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

func (s *Server) serveIdentity(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	world := s.world.ID
	s.mu.Unlock()
	answer := identity{Sandbox: true, Version: identityVersion, World: world, Portal: s.PortalURL(), Region: Region,
		Credentials: credentials{AccessKeyID, SecretAccessKey}}
	if s.public != nil {
		answer.PublicURL = s.public.String()
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

// identify asks a sandbox on this machine who it is.
func identify(endpoint string) (answer identity, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+IdentityPath, nil)
	if err != nil {
		return identity{}, err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // loopback is never behind a proxy
	reply, err := direct.Do(request)
	if err != nil {
		return identity{}, err
	}
	defer reply.Body.Close()
	return answer, json.NewDecoder(io.LimitReader(reply.Body, 64<<10)).Decode(&answer)
}

// PortalURL is the first page of the developer portal, where a browser reaches it.
func (s *Server) PortalURL() string { return s.base() + portalPath }
