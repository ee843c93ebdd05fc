package agentcore

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/openapi"
	"agentcore-3lo/internal/sandbox/state"
)

func targetOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateGatewayTarget": aws.Typed(createTarget),
		"GetGatewayTarget":    aws.Typed(getTarget),
		"UpdateGatewayTarget": aws.Typed(updateTarget),
		"DeleteGatewayTarget": aws.Typed(deleteTarget),
		"ListGatewayTargets":  aws.Typed(listTargets),
	}
}

func targetObject(g *state.Gateway, t *state.Target, status string) aws.Object {
	shown := t.Input
	shown.GatewayIdentifier, shown.TargetID, shown.ClientToken = "", "", ""
	out := toObject(shown)
	maps.Copy(out, aws.Object{
		"gatewayArn": g.ARN(), "targetId": t.ID, "createdAt": iso(t.Created), "updatedAt": iso(t.Updated),
		"lastSynchronizedAt": iso(t.Updated), "status": status,
	})
	return out
}

func findTarget(c *aws.Call, in state.TargetInput) (*state.Gateway, *state.Target, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, nil, err
	}
	if t := g.Targets[in.TargetID]; t != nil {
		return g, t, nil
	}
	return nil, nil, aws.Refuse("ResourceNotFoundException", "Target with ID %s not found for gateway %s", in.TargetID, g.ID)
}

func createTarget(c *aws.Call, in state.TargetInput) (any, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	operation := "CreateGatewayTarget " + g.ID
	made, err := findIdempotent(c, operation, in.ClientToken, func(id string) bool { return g.Targets[id] != nil })
	if err != nil {
		return nil, err
	}
	if made != "" {
		t := g.Targets[made]
		return targetObject(g, t, t.Transition.Status(c.Now, state.Ready)), nil
	}
	if err := mustBeReady(g, "CreateGatewayTarget", c.Now); err != nil {
		return nil, err
	}
	if err := checkNameFree(c, g, in.Name); err != nil {
		return nil, err
	}
	if err := checkTarget(c, g, in); err != nil {
		return nil, err
	}
	t := &state.Target{ID: strings.ToUpper(state.RandomText(10, state.Lower)), Input: in, Transition: c.Latency.Begin(state.Creating, c.Now, c.Latency.Target), Created: c.Now, Updated: c.Now}
	g.Targets[t.ID] = t
	rememberIdempotent(c, operation, in.ClientToken, t.ID)
	return targetObject(g, t, state.Creating), nil
}

// checkNameFree fails if a target has the name, also while that target is being
// deleted.
func checkNameFree(c *aws.Call, g *state.Gateway, name string) error {
	for _, t := range g.Targets {
		if t.Input.Name == name {
			t.Transition.Poll(c.Now, state.Ready)
			return aws.Refuse("ConflictException", "A target with name %s already exists in gateway %s", name, g.ID)
		}
	}
	return nil
}

func checkTarget(c *aws.Call, g *state.Gateway, in state.TargetInput) error {
	if in.Configuration.Document() == "" {
		return aws.Invalid("targetConfiguration", "The sandbox plays targets with an inline OpenAPI document only")
	}
	if _, err := openapi.Parse(in.Configuration.Document()); err != nil {
		return aws.Invalid("targetConfiguration", "Invalid OpenAPI schema: %s", err)
	}
	if len(in.Credentials) != 1 {
		return aws.Invalid("credentialProviderConfigurations", "Credential provider configuration is required for OpenAPI targets")
	}
	if kind := in.Credentials[0].Type; kind != "OAUTH" {
		return aws.Invalid("credentialProviderConfigurations", "Credential provider type %s is not supported for OpenAPI targets of the sandbox", kind)
	}
	oauth := in.OAuth()
	if oauth == nil {
		return aws.Invalid("credentialProviderConfigurations", "oauthCredentialProvider is required for credential provider type OAUTH")
	}
	if c.Realm.ProviderByARN(c.Account, c.Region, oauth.ProviderARN) == nil {
		return aws.Invalid("credentialProviderConfigurations", "Credential provider with ARN %s does not exist", oauth.ProviderARN)
	}
	if oauth.GrantType != state.AuthorizationCode {
		return nil
	}
	switch {
	case oauth.ReturnURL == "":
		return aws.Invalid("credentialProviderConfigurations", "defaultReturnUrl is required for grant type AUTHORIZATION_CODE")
	case g.Input.AuthorizerType != "CUSTOM_JWT":
		return aws.Invalid("credentialProviderConfigurations", "3LO Auth is not supported when gateway authorizer type is %s", g.Input.AuthorizerType)
	case !slices.Contains(g.Input.Versions(), state.Version20251125):
		return aws.Invalid("credentialProviderConfigurations", "Grant type AUTHORIZATION_CODE requires a gateway that supports MCP version 2025-11-25 or newer")
	}
	return nil
}

func getTarget(c *aws.Call, in state.TargetInput) (any, error) {
	g, t, err := findTarget(c, in)
	if err != nil {
		return nil, err
	}
	return targetObject(g, t, t.Transition.Poll(c.Now, state.Ready)), nil
}

func updateTarget(c *aws.Call, in state.TargetInput) (any, error) {
	g, t, err := findTarget(c, in)
	if err != nil {
		return nil, err
	}
	if err := mustBeReady(g, "UpdateGatewayTarget", c.Now); err != nil {
		return nil, err
	}
	if status := t.Transition.Poll(c.Now, state.Ready); status != state.Ready {
		return nil, aws.Invalid("", "Cannot perform operation UpdateGatewayTarget when target is in %s status", status)
	}
	if in.Name != t.Input.Name {
		if err := checkNameFree(c, g, in.Name); err != nil {
			return nil, err
		}
	}
	if err := checkTarget(c, g, in); err != nil {
		return nil, err
	}
	t.Input, t.Updated = in, c.Now
	t.Transition = c.Latency.Begin(state.Updating, c.Now, c.Latency.Target/2)
	return targetObject(g, t, state.Updating), nil
}

func deleteTarget(c *aws.Call, in state.TargetInput) (any, error) {
	g, t, err := findTarget(c, in)
	if err != nil {
		return nil, err
	}
	if err := checkDeletable(&g.Transition, c.Now, "DeleteGatewayTarget", "gateway"); err != nil {
		return nil, err
	}
	if err := checkDeletable(&t.Transition, c.Now, "DeleteGatewayTarget", "target"); err != nil {
		return nil, err
	}
	if t.Transition.Phase != state.Deleting {
		t.Transition = c.Latency.Begin(state.Deleting, c.Now, c.Latency.Target/2)
	}
	return aws.Object{"gatewayArn": g.ARN(), "targetId": t.ID, "status": state.Deleting}, nil
}

func listTargets(c *aws.Call, in struct {
	listInput
	GatewayIdentifier string `json:"gatewayIdentifier"`
}) (any, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	found, ok := aws.Page(slices.Collect(maps.Values(g.Targets)), func(t *state.Target) string { return t.ID }, "ListGatewayTargets "+g.ID, in.NextToken, cmp.Or(in.MaxResults, 100))
	if !ok {
		return nil, badToken()
	}
	items := []aws.Object{}
	for _, t := range found.Items {
		item := aws.Object{"targetId": t.ID, "name": t.Input.Name, "status": t.Transition.Poll(c.Now, state.Ready), "createdAt": iso(t.Created), "updatedAt": iso(t.Updated)}
		aws.SetIf(item, "description", t.Input.Description)
		items = append(items, item)
	}
	return aws.WithToken(aws.Object{"items": items}, "nextToken", found.Next), nil
}
