package state

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// CredentialProvider is an OAuth2 credential provider of AgentCore Identity.
type CredentialProvider struct {
	Name       string            `json:"name"`
	Vendor     string            `json:"vendor"`
	ClientID   string            `json:"clientId"`
	SecretHash string            `json:"secretHash"`
	Discovery  json.RawMessage   `json:"discovery,omitempty"` // of a custom provider
	Callback   string            `json:"callback"`            // the UUID at the end of its callback URL
	SecretSlug string            `json:"secretSlug"`          // the end of its Secrets Manager ARN
	Tags       map[string]string `json:"tags"`
	Transition Transition        `json:"life"`
	Created    time.Time         `json:"created"`
	Updated    time.Time         `json:"updated"`
}

// CallbackPath returns the path of the provider's callback URL.
func (p *CredentialProvider) CallbackPath() string {
	return "/identities/oauth2/callback/" + p.Callback
}

// Workload is a workload identity.
type Workload struct {
	Name       string            `json:"name"`
	ReturnURLs []string          `json:"returnUrls"`
	Tags       map[string]string `json:"tags"`
	Gateway    bool              `json:"gateway"` // created by a gateway: an empty list then allows every URL
	Created    time.Time         `json:"created"`
	Updated    time.Time         `json:"updated"`
}

// Session is one authorization request, identified by its URN.
type Session struct {
	ID        string    `json:"id"`
	Identity  string    `json:"identity"` // workload identity
	Provider  string    `json:"provider"`
	Subject   string    `json:"subject"` // the JWT's sub, part of the vault's key
	TokenHash string    `json:"tokenHash"`
	UserID    string    `json:"userId,omitempty"`
	Scopes    []string  `json:"scopes"`
	ReturnURL string    `json:"returnUrl"`
	Custom    string    `json:"customState,omitempty"`
	Created   time.Time `json:"created"`
	Opened    bool      `json:"opened"`   // its authorization URL has been used
	Consent   string    `json:"consent"`  // the vendor's grant, once the person has allowed it
	Finished  bool      `json:"finished"` // completed or refused
}

// User identifies the user of a token: by a JWT or by an ID.
type User struct {
	Subject   string `json:"sub"`
	TokenHash string `json:"hash,omitempty"`
	ID        string `json:"id,omitempty"`
}

// TokenRequest is a request for a user's access token, from a gateway's tools/call
// or a client's GetResourceOauth2Token.
type TokenRequest struct {
	Identity   *Workload
	Provider   *CredentialProvider
	Scopes     []string
	ReturnURL  string
	DefaultURL string // of the target; "" for a client
	Force      bool   // ignore and delete the token in the vault
	User       User
	Custom     string // customState
}

// VaultToken is a user's access token in the vault.
type VaultToken struct {
	Grant  string   `json:"grant"`
	Scopes []string `json:"scopes"`
}

// VaultKey returns the key of a token in Realm.Vault.
func VaultKey(identity, provider, subject string) string {
	return identity + "|" + provider + "|" + subject
}

// ForgetTokens deletes matching tokens from the vault.
func (r *Realm) ForgetTokens(match func(identity, provider string) bool) {
	for key := range r.Vault {
		if parts := strings.SplitN(key, "|", 3); match(parts[0], parts[1]) {
			delete(r.Vault, key)
		}
	}
}

// VaultARN returns the ARN of an account's token vault.
func VaultARN(region, account string) string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:token-vault/default", region, account)
}

// ProviderARN returns the ARN of a credential provider.
func ProviderARN(region, account, name string) string {
	return VaultARN(region, account) + "/oauth2credentialprovider/" + name
}

// ProviderByARN returns a realm's credential provider, or nil.
func (r *Realm) ProviderByARN(account, region, arn string) *CredentialProvider {
	name, found := strings.CutPrefix(arn, ProviderARN(region, account, ""))
	if !found {
		return nil
	}
	return r.Providers[name]
}

// SecretARN returns the ARN of the Secrets Manager secret with a provider's client
// secret.
func SecretARN(region, account string, p *CredentialProvider) string {
	return fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:bedrock-agentcore-identity!default/oauth2/%s-%s", region, account, p.Name, p.SecretSlug)
}

// DirectoryARN returns the ARN of an account's workload identity directory.
func DirectoryARN(region, account string) string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:workload-identity-directory/default", region, account)
}

// WorkloadARN returns the ARN of a workload identity.
func WorkloadARN(region, account, name string) string {
	return DirectoryARN(region, account) + "/workload-identity/" + name
}

// WorkloadARNs returns the resources of an action on a workload identity: the
// directory and, if there is a name, the identity.
func WorkloadARNs(region, account, name string) []string {
	if name == "" {
		return []string{DirectoryARN(region, account)}
	}
	return []string{DirectoryARN(region, account), WorkloadARN(region, account, name)}
}
