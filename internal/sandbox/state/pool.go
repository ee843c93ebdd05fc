package state

import (
	"encoding/json"
	"time"
)

// UserPool is a Cognito user pool.
type UserPool struct {
	ID       string                     `json:"id"`
	Name     string                     `json:"name"`
	Account  string                     `json:"account"`
	Region   string                     `json:"region"`
	Settings json.RawMessage            `json:"settings"` // the request; most members are only returned
	Tags     map[string]string          `json:"tags"`
	Domain   *PoolDomain                `json:"domain,omitempty"`
	Servers  map[string]*ResourceServer `json:"servers"`
	Clients  map[string]*PoolClient     `json:"clients"`
	Created  time.Time                  `json:"created"`
	Modified time.Time                  `json:"modified"`
}

// PoolDomain is a user pool's domain.
type PoolDomain struct {
	Name       string     `json:"name"`
	Version    int        `json:"managedLoginVersion"`
	Transition Transition `json:"life"`
}

// ResourceServer is a user pool's resource server.
type ResourceServer struct {
	Identifier string  `json:"identifier"`
	Name       string  `json:"name"`
	Scopes     []Scope `json:"scopes"`
}

// Scope is a custom scope, with the member names of Cognito's API.
type Scope struct{ ScopeName, ScopeDescription string }

// PoolClient is a user pool's app client.
type PoolClient struct {
	ID       string          `json:"id"`
	Secret   bool            `json:"secret"`
	Settings json.RawMessage `json:"settings"`
	Created  time.Time       `json:"created"`
	Modified time.Time       `json:"modified"`
}

// ARN is the user pool's Amazon Resource Name.
func (p *UserPool) ARN() string {
	return "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":userpool/" + p.ID
}

// Pool returns a user pool by its ID or, without an ID, by one of its clients. It
// returns nil if there is none.
func (w *World) Pool(id, clientID string) *UserPool {
	for _, r := range w.Realms {
		if p := r.Pools[id]; p != nil {
			return p
		}
		for _, p := range r.Pools {
			if id == "" && p.Clients[clientID] != nil {
				return p
			}
		}
	}
	return nil
}
