package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

func providerHandlers() map[string]handler {
	const service = "bedrock-agentcore-control:"
	return map[string]handler{
		service + "CreateOauth2CredentialProvider": on(createProvider),
		service + "GetOauth2CredentialProvider":    on(getProvider),
		service + "UpdateOauth2CredentialProvider": on(updateProvider),
		service + "DeleteOauth2CredentialProvider": on(deleteProvider),
		service + "ListOauth2CredentialProviders":  on(listProviders),
		service + "GetTokenVault":                  getTokenVault,
	}
}

type providerInput struct {
	Name   string                    `json:"name"`
	Vendor string                    `json:"credentialProviderVendor"`
	Config map[string]providerConfig `json:"oauth2ProviderConfigInput"`
	Tags   tags                      `json:"tags"`
}

type providerConfig struct {
	ClientID  string          `json:"clientId"`
	Secret    string          `json:"clientSecret"`
	Discovery json.RawMessage `json:"oauthDiscovery"`
}

// configMember is the member of the configuration that belongs to a vendor.
func configMember(vendor string) string {
	name := strings.TrimSuffix(vendor, "Oauth2")
	switch name {
	case "Google", "Github", "Slack", "Salesforce", "Microsoft", "Custom", "Atlassian", "Linkedin":
		return strings.ToLower(name) + "Oauth2ProviderConfig"
	default:
		return "includedOauth2ProviderConfig"
	}
}

func vaultARN(region, account string) string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:token-vault/default", region, account)
}

func providerARN(region, account, name string) string {
	return vaultARN(region, account) + "/oauth2credentialprovider/" + name
}

func secretARN(region, account string, p *oauthProvider) string {
	return fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:bedrock-agentcore-identity!default/oauth2/%s-%s", region, account, p.Name, p.SecretSlug)
}

const callbackPath = "/identities/oauth2/callback/"

func (c *call) describeProvider(p *oauthProvider, status string) object {
	discovery := any(p.Discovery)
	if p.Discovery == nil {
		issuer := "https://www.linkedin.com"
		if p.Vendor != "LinkedinOauth2" { // the sandbox has one provider, whatever the vendor
			issuer = c.base()
		}
		discovery = object{"authorizationServerMetadata": object{
			"issuer": issuer, "authorizationEndpoint": issuer + "/oauth/v2/authorization",
			"tokenEndpoint": issuer + "/oauth/v2/accessToken", "responseTypes": []string{"code"},
		}}
	}
	return object{
		"name": p.Name, "credentialProviderArn": providerARN(c.region, c.account, p.Name), "callbackUrl": c.base() + callbackPath + p.Callback,
		"clientSecretArn":            object{"secretArn": secretARN(c.region, c.account, p)},
		"oauth2ProviderConfigOutput": object{configMember(p.Vendor): object{"oauthDiscovery": discovery, "clientId": p.ClientID}},
		"status":                     status,
	}
}

func (c *call) describeProviderFully(p *oauthProvider, status string) object {
	out := c.describeProvider(p, status)
	out["credentialProviderVendor"] = p.Vendor
	out["createdTime"], out["lastUpdatedTime"] = epoch(p.Created), epoch(p.Updated)
	return out
}

func (r *realm) providerByARN(account, region, arn string) *oauthProvider {
	name, found := strings.CutPrefix(arn, providerARN(region, account, ""))
	if !found {
		return nil
	}
	return r.Providers[name]
}

func (c *call) provider(name string) (*oauthProvider, error) {
	if p := c.realm.Providers[name]; p != nil {
		return p, nil
	}
	return nil, refuse("ResourceNotFoundException", "Credential provider with name: %s not found", name)
}

// configure takes over client id and secret. They are not tried: only the
// provider can say whether they are right, and it is asked at the first use.
func (p *oauthProvider) configure(in providerInput) error {
	config, found := in.Config[configMember(in.Vendor)]
	if !found {
		return invalid("oauth2ProviderConfigInput", "%s is required for credential provider vendor %s", configMember(in.Vendor), in.Vendor)
	}
	p.Vendor, p.ClientID, p.SecretHash, p.Discovery = in.Vendor, config.ClientID, hash(config.Secret), config.Discovery
	return nil
}

// createProvider answers a name that is taken with ValidationException; the
// model would let one expect ConflictException.
func createProvider(c *call, in providerInput) (any, error) {
	if old := c.realm.Providers[in.Name]; old != nil {
		old.Life.look(c.now, "READY")
		return nil, invalid("name", "Credential provider with name: %s already exists", in.Name)
	}
	p := &oauthProvider{
		Name: in.Name, Callback: randomUUID(), SecretSlug: randomText(6, mixedAlphabet), Tags: orEmpty(in.Tags),
		Life: begin(creating, c.now, c.pace.provider, c.pace.looks), Created: c.now, Updated: c.now,
	}
	if err := p.configure(in); err != nil {
		return nil, err
	}
	c.realm.Providers[in.Name] = p
	c.world.registerReady(p)
	return c.describeProvider(p, creating), nil
}

func getProvider(c *call, in providerInput) (any, error) {
	p, err := c.provider(in.Name)
	if err != nil {
		return nil, err
	}
	return c.describeProviderFully(p, p.Life.look(c.now, "READY")), nil
}

// updateProvider keeps the callback URL.
func updateProvider(c *call, in providerInput) (any, error) {
	p, err := c.provider(in.Name)
	if err != nil {
		return nil, err
	}
	if in.Vendor != p.Vendor {
		return nil, invalid("credentialProviderVendor", "The vendor of a credential provider cannot be changed")
	}
	if err := p.configure(in); err != nil {
		return nil, err
	}
	p.Updated, p.Life = c.now, begin(updating, c.now, c.pace.provider/2, c.pace.looks)
	c.world.registerReady(p)
	return c.describeProviderFully(p, updating), nil
}

// deleteProvider is calm about a provider that is not there, as the service seems to be.
func deleteProvider(c *call, in providerInput) (any, error) {
	p := c.realm.Providers[in.Name]
	if p == nil {
		return nil, nil
	}
	arn := providerARN(c.region, c.account, p.Name)
	for _, g := range c.realm.Gateways {
		for _, t := range g.Targets {
			if oauth := t.Input.oauth(); oauth != nil && oauth.ProviderARN == arn {
				t.Life.look(c.now, "READY")
				return nil, providerInUse(p.Name, t.ID, g.ID)
			}
		}
	}
	if err := p.Life.mayBeDeleted(c.now, "DeleteOauth2CredentialProvider", "credential provider"); err != nil {
		return nil, err
	}
	if p.Life.Phase != deleting {
		p.Life = begin(deleting, c.now, c.pace.provider/2, c.pace.looks)
		c.realm.forgetTokens(func(_, provider, _ string) bool { return provider == p.Name })
	}
	return nil, nil
}

func providerInUse(name, target, gateway string) error {
	return refuse("ConflictException", "Credential provider with name: %s is in use by target %s of gateway %s", name, target, gateway)
}

func listProviders(c *call, in listInput) (any, error) {
	found, ok := paged(values(c.realm.Providers), func(p *oauthProvider) string { return p.Name }, "ListOauth2CredentialProviders", in.NextToken, orElse(in.MaxResults, 20))
	if !ok {
		return nil, badToken()
	}
	list := []object{}
	for _, p := range found.items {
		list = append(list, object{
			"name": p.Name, "credentialProviderVendor": p.Vendor, "credentialProviderArn": providerARN(c.region, c.account, p.Name),
			"createdTime": epoch(p.Created), "lastUpdatedTime": epoch(p.Updated),
		})
	}
	return withToken(object{"credentialProviders": list}, "nextToken", found.next), nil
}

// getTokenVault shows the one vault, which every account has without making it.
func getTokenVault(c *call) (any, error) {
	if id, given := c.input["tokenVaultId"]; given && id != "default" {
		return nil, refuse("ResourceNotFoundException", "Token vault with ID: %v not found", id)
	}
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return object{"tokenVaultId": "default", "kmsConfiguration": object{"keyType": "ServiceManagedKey"}, "lastModifiedDate": epoch(begun)}, nil
}
