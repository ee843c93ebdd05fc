package sandbox

import (
	"encoding/json"
	"time"
)

// The world is all that the sandbox remembers: what a client made at AWS, one
// realm per account and region, and what exists at the provider. It is plain
// data; store.go keeps it in a file. No URL of the sandbox's own in it has an
// origin, and no secret, token or code stands in it (seal.go derives them).
type world struct {
	Schema   int               `json:"schema"`
	ID       string            `json:"id"`
	Roles    map[string]*role  `json:"roles"` // by account + "/" + role name: IAM has no regions
	Realms   map[string]*realm `json:"realms"`
	Provider providerWorld     `json:"provider"`
}

// A realm is what one account has in one region.
type realm struct {
	Pools      map[string]*userPool       `json:"pools"`
	Gateways   map[string]*gateway        `json:"gateways"`
	Providers  map[string]*oauthProvider  `json:"providers"`
	Identities map[string]*workload       `json:"identities"`
	Sessions   map[string]*session        `json:"sessions"`
	Vault      map[string]*vaultToken     `json:"vault"`
	Tokens     map[string]*idempotentCall `json:"tokens"`
}

const schema = 1

func newWorld() *world {
	return &world{
		Schema: schema, ID: randomText(16, lowerAlphabet),
		Roles: map[string]*role{}, Realms: map[string]*realm{},
		Provider: providerWorld{Apps: map[string]*app{}, Pages: map[string]*page{}, Grants: map[string]*grant{}},
	}
}

// realm returns what an account has in a region, made on first use.
func (w *world) realm(account, region string) *realm {
	key := account + "/" + region
	if w.Realms[key] == nil {
		w.Realms[key] = &realm{
			Pools: map[string]*userPool{}, Gateways: map[string]*gateway{}, Providers: map[string]*oauthProvider{},
			Identities: map[string]*workload{}, Sessions: map[string]*session{}, Vault: map[string]*vaultToken{},
			Tokens: map[string]*idempotentCall{},
		}
	}
	return w.Realms[key]
}

// sweep removes what has finished deleting or has expired.
func (w *world) sweep(now time.Time) {
	for _, r := range w.Realms {
		for id, g := range r.Gateways {
			for targetID, t := range g.Targets {
				if t.Life.gone(now) {
					delete(g.Targets, targetID)
				}
			}
			if g.Life.gone(now) {
				delete(r.Gateways, id)
				delete(r.Identities, id)
				r.forgetTokens(func(identity, _, _ string) bool { return identity == id })
			}
		}
		for name, p := range r.Providers {
			if p.Life.gone(now) {
				delete(r.Providers, name)
			}
		}
		for id, s := range r.Sessions {
			if now.Sub(s.Created) > time.Hour {
				delete(r.Sessions, id)
			}
		}
	}
	for id, g := range w.Provider.Grants {
		if g.Redeemed.IsZero() && now.After(g.CodeExpires) {
			delete(w.Provider.Grants, id)
		}
	}
}

type tags map[string]string

type role struct {
	Name        string            `json:"name"`
	Path        string            `json:"path"`
	ID          string            `json:"id"`
	Account     string            `json:"account"`
	Description string            `json:"description,omitempty"`
	Trust       string            `json:"trust"`
	Inline      map[string]string `json:"inline"`   // policy name -> document
	Attached    map[string]string `json:"attached"` // ARN -> name
	Boundary    string            `json:"boundary,omitempty"`
	Tags        tags              `json:"tags"`
	Session     int               `json:"maxSession"`
	Created     time.Time         `json:"created"`
}

type userPool struct {
	ID       string                     `json:"id"`
	Name     string                     `json:"name"`
	Account  string                     `json:"account"`
	Region   string                     `json:"region"`
	Settings json.RawMessage            `json:"settings"` // the request, for members that the sandbox only hands back
	Tags     tags                       `json:"tags"`
	Domain   *poolDomain                `json:"domain,omitempty"`
	Servers  map[string]*resourceServer `json:"servers"`
	Clients  map[string]*poolClient     `json:"clients"`
	Created  time.Time                  `json:"created"`
	Modified time.Time                  `json:"modified"`
}

type poolDomain struct {
	Name    string `json:"name"`
	Version int    `json:"managedLoginVersion"`
	Life    life   `json:"life"`
}

type resourceServer struct {
	Identifier string      `json:"identifier"`
	Name       string      `json:"name"`
	Scopes     []poolScope `json:"scopes"`
}

type poolScope struct{ ScopeName, ScopeDescription string }

type poolClient struct {
	ID       string          `json:"id"`
	Secret   bool            `json:"secret"`
	Settings json.RawMessage `json:"settings"`
	Created  time.Time       `json:"created"`
	Modified time.Time       `json:"modified"`
}

type gateway struct {
	ID      string             `json:"id"`
	Account string             `json:"account"`
	Region  string             `json:"region"`
	Input   gatewayInput       `json:"input"`
	Tags    tags               `json:"tags"`
	Targets map[string]*target `json:"targets"`
	Life    life               `json:"life"`
	Failure string             `json:"failure,omitempty"` // why it is FAILED
	Created time.Time          `json:"created"`
	Updated time.Time          `json:"updated"`
}

type target struct {
	ID      string      `json:"id"`
	Input   targetInput `json:"input"`
	Life    life        `json:"life"`
	Created time.Time   `json:"created"`
	Updated time.Time   `json:"updated"`
}

type oauthProvider struct {
	Name       string          `json:"name"`
	Vendor     string          `json:"vendor"`
	ClientID   string          `json:"clientId"`
	SecretHash string          `json:"secretHash"`
	Discovery  json.RawMessage `json:"discovery,omitempty"` // of a custom provider
	Callback   string          `json:"callback"`            // the UUID at the end of its callback URL
	SecretSlug string          `json:"secretSlug"`          // the end of its Secrets Manager ARN
	Tags       tags            `json:"tags"`
	Life       life            `json:"life"`
	Created    time.Time       `json:"created"`
	Updated    time.Time       `json:"updated"`
}

type workload struct {
	Name       string    `json:"name"`
	ReturnURLs []string  `json:"returnUrls"`
	Tags       tags      `json:"tags"`
	Gateway    bool      `json:"gateway"` // made by a gateway: an empty list then allows every URL
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
}

// A session is one authorization request, named by its URN.
type session struct {
	ID        string    `json:"id"`
	Identity  string    `json:"identity"` // workload identity
	Provider  string    `json:"provider"`
	Subject   string    `json:"subject"` // the vault keys by the JWT's sub
	TokenHash string    `json:"tokenHash"`
	UserID    string    `json:"userId,omitempty"`
	Scopes    []string  `json:"scopes"`
	ReturnURL string    `json:"returnUrl"`
	Custom    string    `json:"customState,omitempty"`
	Created   time.Time `json:"created"`
	Opened    bool      `json:"opened"`   // its authorization URL is spent
	Consent   string    `json:"consent"`  // the provider's grant, once the person has allowed it
	Finished  bool      `json:"finished"` // completed or refused
}

// A vaultToken is an access token that AgentCore Identity keeps for a user.
type vaultToken struct {
	Grant  string   `json:"grant"`
	Scopes []string `json:"scopes"`
}

// An idempotentCall remembers what a client token made, and from what.
type idempotentCall struct {
	InputHash string `json:"inputHash"`
	Made      string `json:"made"`
}

// providerWorld is the LinkedIn-like provider's own memory.
type providerWorld struct {
	Apps   map[string]*app   `json:"apps"`
	Pages  map[string]*page  `json:"pages"`
	Grants map[string]*grant `json:"grants"`
	Ready  string            `json:"ready"` // client id of the ready app
}

type page struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type app struct {
	ClientID  string    `json:"clientId"`
	Name      string    `json:"name"`
	Page      string    `json:"page"`
	SignIn    bool      `json:"signIn"`    // has the sign-in product
	Redirects []string  `json:"redirects"` // our own without their origin
	Created   time.Time `json:"created"`
}

// A grant is what the person allowed: first redeemable by a code, then standing
// behind an access token.
type grant struct {
	App         string    `json:"app"`
	Redirect    string    `json:"redirect"`
	Scopes      []string  `json:"scopes"`
	CodeExpires time.Time `json:"codeExpires"`
	Redeemed    time.Time `json:"redeemed,omitzero"`
}
