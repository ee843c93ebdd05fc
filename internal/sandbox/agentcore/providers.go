package agentcore

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/state"
)

func providerOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateOauth2CredentialProvider": aws.Typed(createProvider),
		"GetOauth2CredentialProvider":    aws.Typed(getProvider),
		"UpdateOauth2CredentialProvider": aws.Typed(updateProvider),
		"DeleteOauth2CredentialProvider": aws.Typed(deleteProvider),
		"ListOauth2CredentialProviders":  aws.Typed(listProviders),
		"GetTokenVault":                  getTokenVault,
	}
}

type providerInput struct {
	Name   string                    `json:"name"`
	Vendor string                    `json:"credentialProviderVendor"`
	Config map[string]providerConfig `json:"oauth2ProviderConfigInput"`
	Tags   map[string]string         `json:"tags"`
}

type providerConfig struct {
	ClientID  string          `json:"clientId"`
	Secret    string          `json:"clientSecret"`
	Discovery json.RawMessage `json:"oauthDiscovery"`
}

// configMember returns the name of the configuration member for a vendor.
func configMember(vendor string) string {
	name := strings.TrimSuffix(vendor, "Oauth2")
	switch name {
	case "Google", "Github", "Slack", "Salesforce", "Microsoft", "Custom", "Atlassian", "Linkedin":
		return strings.ToLower(name) + "Oauth2ProviderConfig"
	default:
		return "includedOauth2ProviderConfig"
	}
}

func providerObject(c *aws.Call, p *state.CredentialProvider, status string) aws.Object {
	discovery := any(p.Discovery)
	if p.Discovery == nil {
		issuer := "https://www.linkedin.com"
		if p.Vendor != "LinkedinOauth2" { // the sandbox has one identity provider for all vendors
			issuer = c.Address.Base()
		}
		discovery = aws.Object{"authorizationServerMetadata": aws.Object{
			"issuer": issuer, "authorizationEndpoint": issuer + "/oauth/v2/authorization",
			"tokenEndpoint": issuer + "/oauth/v2/accessToken", "responseTypes": []string{"code"},
		}}
	}
	return aws.Object{
		"name": p.Name, "credentialProviderArn": state.ProviderARN(c.Region, c.Account, p.Name), "callbackUrl": c.Address.Base() + p.CallbackPath(),
		"clientSecretArn":            aws.Object{"secretArn": state.SecretARN(c.Region, c.Account, p)},
		"oauth2ProviderConfigOutput": aws.Object{configMember(p.Vendor): aws.Object{"oauthDiscovery": discovery, "clientId": p.ClientID}},
		"status":                     status,
	}
}

func fullProviderObject(c *aws.Call, p *state.CredentialProvider, status string) aws.Object {
	out := providerObject(c, p, status)
	out["credentialProviderVendor"] = p.Vendor
	out["createdTime"], out["lastUpdatedTime"] = aws.Epoch(p.Created), aws.Epoch(p.Updated)
	return out
}

func findProvider(c *aws.Call, name string) (*state.CredentialProvider, error) {
	if p := c.Realm.Providers[name]; p != nil {
		return p, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "Credential provider with name: %s not found", name)
}

// configure stores the client ID and secret without checking them, as the service
// does: the vendor checks them at first use.
func configure(p *state.CredentialProvider, in providerInput) error {
	config, found := in.Config[configMember(in.Vendor)]
	if !found {
		return aws.Invalid("oauth2ProviderConfigInput", "%s is required for credential provider vendor %s", configMember(in.Vendor), in.Vendor)
	}
	p.Vendor, p.ClientID, p.SecretHash, p.Discovery = in.Vendor, config.ClientID, state.Hash(config.Secret), config.Discovery
	return nil
}

// createProvider rejects a name that exists with ValidationException, not with the
// ConflictException of the service model.
func createProvider(c *aws.Call, in providerInput) (any, error) {
	if old := c.Realm.Providers[in.Name]; old != nil {
		old.Transition.Poll(c.Now, state.Ready)
		return nil, aws.Invalid("name", "Credential provider with name: %s already exists", in.Name)
	}
	p := &state.CredentialProvider{
		Name: in.Name, Callback: state.RandomUUID(), SecretSlug: state.RandomText(6, state.Mixed), Tags: aws.Tags(in.Tags),
		Transition: c.Latency.Begin(state.Creating, c.Now, c.Latency.Provider), Created: c.Now, Updated: c.Now,
	}
	if err := configure(p, in); err != nil {
		return nil, err
	}
	c.Realm.Providers[in.Name] = p
	c.World.RegisterReady(p)
	return providerObject(c, p, state.Creating), nil
}

func getProvider(c *aws.Call, in providerInput) (any, error) {
	p, err := findProvider(c, in.Name)
	if err != nil {
		return nil, err
	}
	return fullProviderObject(c, p, p.Transition.Poll(c.Now, state.Ready)), nil
}

// updateProvider keeps the callback URL.
func updateProvider(c *aws.Call, in providerInput) (any, error) {
	p, err := findProvider(c, in.Name)
	if err != nil {
		return nil, err
	}
	if in.Vendor != p.Vendor {
		return nil, aws.Invalid("credentialProviderVendor", "The vendor of a credential provider cannot be changed")
	}
	if err := configure(p, in); err != nil {
		return nil, err
	}
	p.Updated, p.Transition = c.Now, c.Latency.Begin(state.Updating, c.Now, c.Latency.Provider/2)
	c.World.RegisterReady(p)
	return fullProviderObject(c, p, state.Updating), nil
}

// deleteProvider succeeds for a provider that does not exist, as the service seems
// to do.
func deleteProvider(c *aws.Call, in providerInput) (any, error) {
	p := c.Realm.Providers[in.Name]
	if p == nil {
		return nil, nil
	}
	arn := state.ProviderARN(c.Region, c.Account, p.Name)
	for _, g := range c.Realm.Gateways {
		for _, t := range g.Targets {
			if oauth := t.Input.OAuth(); oauth != nil && oauth.ProviderARN == arn {
				t.Transition.Poll(c.Now, state.Ready)
				return nil, ProviderInUse(p.Name, t.ID, g.ID)
			}
		}
	}
	if err := checkDeletable(&p.Transition, c.Now, "DeleteOauth2CredentialProvider", "credential provider"); err != nil {
		return nil, err
	}
	if p.Transition.Phase != state.Deleting {
		p.Transition = c.Latency.Begin(state.Deleting, c.Now, c.Latency.Provider/2)
		c.Realm.ForgetTokens(func(_, provider string) bool { return provider == p.Name })
	}
	return nil, nil
}

// ProviderInUse is the error for deleting a provider that a target uses.
func ProviderInUse(name, target, gateway string) error {
	return aws.Refuse("ConflictException", "Credential provider with name: %s is in use by target %s of gateway %s", name, target, gateway)
}

func listProviders(c *aws.Call, in listInput) (any, error) {
	found, ok := aws.Page(slices.Collect(maps.Values(c.Realm.Providers)), func(p *state.CredentialProvider) string { return p.Name }, "ListOauth2CredentialProviders", in.NextToken, cmp.Or(in.MaxResults, 20))
	if !ok {
		return nil, badToken()
	}
	list := []aws.Object{}
	for _, p := range found.Items {
		list = append(list, aws.Object{
			"name": p.Name, "credentialProviderVendor": p.Vendor, "credentialProviderArn": state.ProviderARN(c.Region, c.Account, p.Name),
			"createdTime": aws.Epoch(p.Created), "lastUpdatedTime": aws.Epoch(p.Updated),
		})
	}
	return aws.WithToken(aws.Object{"credentialProviders": list}, "nextToken", found.Next), nil
}

// getTokenVault returns the default vault, which every account has.
func getTokenVault(c *aws.Call) (any, error) {
	if id, given := c.Input["tokenVaultId"]; given && id != "default" {
		return nil, aws.Refuse("ResourceNotFoundException", "Token vault with ID: %v not found", id)
	}
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return aws.Object{"tokenVaultId": "default", "kmsConfiguration": aws.Object{"keyType": "ServiceManagedKey"}, "lastModifiedDate": aws.Epoch(begun)}, nil
}
