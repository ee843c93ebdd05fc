// Package state holds the data of the sandbox, the store that saves it, the
// transitions of resources, and the references that replace secrets. It has no
// behaviour of a service.
package state

import "time"

// World is the whole state of a sandbox: what clients created at AWS, in one realm
// per account and region, and what exists at the identity provider. The sandbox's
// own URLs are stored without their origin. No secret, token or code is stored;
// Secrets derives them.
type World struct {
	Schema int               `json:"schema"`
	ID     string            `json:"id"`
	Roles  map[string]*Role  `json:"roles"` // by RoleKey: IAM has no regions
	Realms map[string]*Realm `json:"realms"`
	Vendor Vendor            `json:"provider"`
}

// Realm is the state of one account in one region.
type Realm struct {
	Pools      map[string]*UserPool           `json:"pools"`
	Gateways   map[string]*Gateway            `json:"gateways"`
	Providers  map[string]*CredentialProvider `json:"providers"`
	Identities map[string]*Workload           `json:"identities"`
	Sessions   map[string]*Session            `json:"sessions"`
	Vault      map[string]*VaultToken         `json:"vault"` // by VaultKey
	Tokens     map[string]*IdempotentCall     `json:"tokens"`
}

// IdempotentCall is what a client token created, and from which input.
type IdempotentCall struct {
	InputHash string `json:"inputHash"`
	Made      string `json:"made"`
}

const schema = 1

func newWorld() *World {
	return &World{
		Schema: schema, ID: RandomText(16, Lower),
		Roles: map[string]*Role{}, Realms: map[string]*Realm{},
		Vendor: Vendor{Apps: map[string]*App{}, Pages: map[string]*Page{}, Grants: map[string]*Grant{}},
	}
}

// Realm returns the state of an account in a region. It is created on first use.
func (w *World) Realm(account, region string) *Realm {
	key := account + "/" + region
	if w.Realms[key] == nil {
		w.Realms[key] = &Realm{
			Pools: map[string]*UserPool{}, Gateways: map[string]*Gateway{}, Providers: map[string]*CredentialProvider{},
			Identities: map[string]*Workload{}, Sessions: map[string]*Session{}, Vault: map[string]*VaultToken{},
			Tokens: map[string]*IdempotentCall{},
		}
	}
	return w.Realms[key]
}

// sweep removes what has been deleted or has expired.
func (w *World) sweep(now time.Time) {
	for _, r := range w.Realms {
		r.sweepGateways(now)
		for name, p := range r.Providers {
			if p.Transition.Gone(now) {
				delete(r.Providers, name)
			}
		}
		for id, s := range r.Sessions {
			if now.Sub(s.Created) > time.Hour {
				delete(r.Sessions, id)
			}
		}
	}
	for id, g := range w.Vendor.Grants {
		if g.Redeemed.IsZero() && now.After(g.CodeExpires) {
			delete(w.Vendor.Grants, id)
		}
	}
}

func (r *Realm) sweepGateways(now time.Time) {
	for id, g := range r.Gateways {
		for targetID, t := range g.Targets {
			if t.Transition.Gone(now) {
				delete(g.Targets, targetID)
			}
		}
		if g.Transition.Gone(now) {
			delete(r.Gateways, id)
			delete(r.Identities, id)
			r.ForgetTokens(func(identity, _ string) bool { return identity == id })
		}
	}
}
