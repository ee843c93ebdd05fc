package state

import (
	"slices"
	"time"
)

// Vendor is the state of the identity provider.
type Vendor struct {
	Apps   map[string]*App   `json:"apps"`
	Pages  map[string]*Page  `json:"pages"`
	Grants map[string]*Grant `json:"grants"`
	Ready  string            `json:"ready"` // client id of the ready app
}

// Page is the company page that an app belongs to.
type Page struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// App is an OAuth client of the identity provider.
type App struct {
	ClientID  string    `json:"clientId"`
	Name      string    `json:"name"`
	Page      string    `json:"page"`
	Verified  bool      `json:"verified"`  // its Page has confirmed it
	Secrets   int       `json:"secrets"`   // how often a new client secret was generated
	SignIn    bool      `json:"signIn"`    // has the sign-in product
	Redirects []string  `json:"redirects"` // those of the sandbox without their origin
	Created   time.Time `json:"created"`
}

// Grant is what the user allowed. Its code can be redeemed once; after that it is
// the basis of an access token.
type Grant struct {
	App         string    `json:"app"`
	Redirect    string    `json:"redirect"`
	Scopes      []string  `json:"scopes"`
	CodeExpires time.Time `json:"codeExpires"`
	Redeemed    time.Time `json:"redeemed,omitzero"`
}

// RegisterReady adds a provider's callback URL to the ready app if the provider
// uses that app.
func (w *World) RegisterReady(p *CredentialProvider) {
	a := w.Vendor.Apps[p.ClientID]
	if a == nil || p.ClientID != w.Vendor.Ready {
		return
	}
	if callback := p.CallbackPath(); !slices.Contains(a.Redirects, callback) {
		a.Redirects = append(a.Redirects, callback)
	}
}
