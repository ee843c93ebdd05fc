package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

func targetHandlers() map[string]handler {
	const service = "bedrock-agentcore-control:"
	return map[string]handler{
		service + "CreateGatewayTarget": on(createTarget),
		service + "GetGatewayTarget":    on(getTarget),
		service + "UpdateGatewayTarget": on(updateTarget),
		service + "DeleteGatewayTarget": on(deleteTarget),
		service + "ListGatewayTargets":  on(listTargets),
	}
}

type targetInput struct {
	GatewayIdentifier string             `json:"gatewayIdentifier,omitempty"`
	TargetID          string             `json:"targetId,omitempty"`
	Name              string             `json:"name"`
	Description       string             `json:"description,omitempty"`
	ClientToken       string             `json:"clientToken,omitempty"`
	Configuration     targetConfig       `json:"targetConfiguration"`
	Credentials       []targetCredential `json:"credentialProviderConfigurations,omitempty"`
	Metadata          json.RawMessage    `json:"metadataConfiguration,omitempty"`
}

type targetConfig struct {
	MCP *struct {
		OpenAPI *struct {
			Inline string `json:"inlinePayload"`
		} `json:"openApiSchema,omitempty"`
	} `json:"mcp,omitempty"`
}

func (c targetConfig) document() string {
	if c.MCP == nil || c.MCP.OpenAPI == nil {
		return ""
	}
	return c.MCP.OpenAPI.Inline
}

type targetCredential struct {
	Type     string `json:"credentialProviderType"`
	Provider *struct {
		OAuth *oauthCredential `json:"oauthCredentialProvider,omitempty"`
	} `json:"credentialProvider,omitempty"`
}

type oauthCredential struct {
	ProviderARN string            `json:"providerArn"`
	Scopes      []string          `json:"scopes"`
	Custom      map[string]string `json:"customParameters,omitempty"`
	GrantType   string            `json:"grantType,omitempty"`
	ReturnURL   string            `json:"defaultReturnUrl,omitempty"`
}

const authorizationCode = "AUTHORIZATION_CODE"

// oauth is the one credential of a target, nil unless it is OAuth.
func (in targetInput) oauth() *oauthCredential {
	if len(in.Credentials) != 1 || in.Credentials[0].Type != "OAUTH" || in.Credentials[0].Provider == nil {
		return nil
	}
	return in.Credentials[0].Provider.OAuth
}

func (c *call) describeTarget(g *gateway, t *target, status string) object {
	shown := t.Input
	shown.GatewayIdentifier, shown.TargetID, shown.ClientToken = "", "", ""
	out := toObject(shown)
	maps.Copy(out, object{
		"gatewayArn": g.arn(), "targetId": t.ID, "createdAt": iso(t.Created), "updatedAt": iso(t.Updated),
		"lastSynchronizedAt": iso(t.Updated), "status": status,
	})
	return out
}

func (c *call) target(in targetInput) (*gateway, *target, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, nil, err
	}
	if t := g.Targets[in.TargetID]; t != nil {
		return g, t, nil
	}
	return nil, nil, refuse("ResourceNotFoundException", "Target with ID %s not found for gateway %s", in.TargetID, g.ID)
}

func createTarget(c *call, in targetInput) (any, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	operation := "CreateGatewayTarget " + g.ID
	made, err := c.once(operation, in.ClientToken, func(id string) bool { return g.Targets[id] != nil })
	if err != nil {
		return nil, err
	}
	if made != "" {
		t := g.Targets[made]
		return c.describeTarget(g, t, t.Life.status(c.now, "READY")), nil
	}
	if err := g.mustBeReady("CreateGatewayTarget", c.now); err != nil {
		return nil, err
	}
	if err := g.nameFree(c, in.Name); err != nil {
		return nil, err
	}
	if err := c.checkTarget(g, in); err != nil {
		return nil, err
	}
	t := &target{ID: strings.ToUpper(randomText(10, lowerAlphabet)), Input: in, Life: begin(creating, c.now, c.pace.target, c.pace.looks), Created: c.now, Updated: c.now}
	g.Targets[t.ID] = t
	c.remember(operation, in.ClientToken, t.ID)
	return c.describeTarget(g, t, creating), nil
}

// nameFree: a name is taken until its target is gone, also while it is being deleted.
func (g *gateway) nameFree(c *call, name string) error {
	for _, t := range g.Targets {
		if t.Input.Name == name {
			t.Life.look(c.now, "READY")
			return refuse("ConflictException", "A target with name %s already exists in gateway %s", name, g.ID)
		}
	}
	return nil
}

func (c *call) checkTarget(g *gateway, in targetInput) error {
	if in.Configuration.document() == "" {
		return invalid("targetConfiguration", "The sandbox plays targets with an inline OpenAPI document only")
	}
	if _, err := parseOpenAPI(in.Configuration.document()); err != nil {
		return invalid("targetConfiguration", "Invalid OpenAPI schema: %s", err)
	}
	if len(in.Credentials) != 1 {
		return invalid("credentialProviderConfigurations", "Credential provider configuration is required for OpenAPI targets")
	}
	if kind := in.Credentials[0].Type; kind != "OAUTH" {
		return invalid("credentialProviderConfigurations", "Credential provider type %s is not supported for OpenAPI targets of the sandbox", kind)
	}
	oauth := in.oauth()
	if oauth == nil {
		return invalid("credentialProviderConfigurations", "oauthCredentialProvider is required for credential provider type OAUTH")
	}
	if c.realm.providerByARN(c.account, c.region, oauth.ProviderARN) == nil {
		return invalid("credentialProviderConfigurations", "Credential provider with ARN %s does not exist", oauth.ProviderARN)
	}
	if oauth.GrantType != authorizationCode {
		return nil
	}
	switch {
	case oauth.ReturnURL == "":
		return invalid("credentialProviderConfigurations", "defaultReturnUrl is required for grant type AUTHORIZATION_CODE")
	case g.Input.AuthorizerType != "CUSTOM_JWT":
		return invalid("credentialProviderConfigurations", "3LO Auth is not supported when gateway authorizer type is %s", g.Input.AuthorizerType)
	case !slices.Contains(g.Input.versions(), version20251125):
		return invalid("credentialProviderConfigurations", "Grant type AUTHORIZATION_CODE requires a gateway that supports MCP version 2025-11-25 or newer")
	}
	return nil
}

func getTarget(c *call, in targetInput) (any, error) {
	g, t, err := c.target(in)
	if err != nil {
		return nil, err
	}
	return c.describeTarget(g, t, t.Life.look(c.now, "READY")), nil
}

func updateTarget(c *call, in targetInput) (any, error) {
	g, t, err := c.target(in)
	if err != nil {
		return nil, err
	}
	if err := g.mustBeReady("UpdateGatewayTarget", c.now); err != nil {
		return nil, err
	}
	if status := t.Life.look(c.now, "READY"); status != "READY" {
		return nil, invalid("", "Cannot perform operation UpdateGatewayTarget when target is in %s status", status)
	}
	if in.Name != t.Input.Name {
		if err := g.nameFree(c, in.Name); err != nil {
			return nil, err
		}
	}
	if err := c.checkTarget(g, in); err != nil {
		return nil, err
	}
	t.Input, t.Updated = in, c.now
	t.Life = begin(updating, c.now, c.pace.target/2, c.pace.looks)
	return c.describeTarget(g, t, updating), nil
}

func deleteTarget(c *call, in targetInput) (any, error) {
	g, t, err := c.target(in)
	if err != nil {
		return nil, err
	}
	if err := g.Life.mayBeDeleted(c.now, "DeleteGatewayTarget", "gateway"); err != nil {
		return nil, err
	}
	if err := t.Life.mayBeDeleted(c.now, "DeleteGatewayTarget", "target"); err != nil {
		return nil, err
	}
	if t.Life.Phase != deleting {
		t.Life = begin(deleting, c.now, c.pace.target/2, c.pace.looks)
	}
	return object{"gatewayArn": g.arn(), "targetId": t.ID, "status": deleting}, nil
}

func listTargets(c *call, in struct {
	listInput
	GatewayIdentifier string `json:"gatewayIdentifier"`
}) (any, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	found, ok := paged(values(g.Targets), func(t *target) string { return t.ID }, "ListGatewayTargets "+g.ID, in.NextToken, orElse(in.MaxResults, 100))
	if !ok {
		return nil, badToken()
	}
	items := []object{}
	for _, t := range found.items {
		item := object{"targetId": t.ID, "name": t.Input.Name, "status": t.Life.look(c.now, "READY"), "createdAt": iso(t.Created), "updatedAt": iso(t.Updated)}
		setIf(item, "description", t.Input.Description)
		items = append(items, item)
	}
	return withToken(object{"items": items}, "nextToken", found.next), nil
}
