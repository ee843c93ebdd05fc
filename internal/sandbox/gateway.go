package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func gatewayHandlers() map[string]handler {
	const service = "bedrock-agentcore-control:"
	return map[string]handler{
		service + "CreateGateway": on(createGateway),
		service + "GetGateway":    on(getGateway),
		service + "UpdateGateway": on(updateGateway),
		service + "DeleteGateway": on(deleteGateway),
		service + "ListGateways":  on(listGateways),
	}
}

// gatewayInput is what makes a gateway. Members that the sandbox only hands back stay as they came.
type gatewayInput struct {
	GatewayIdentifier string           `json:"gatewayIdentifier,omitempty"`
	Name              string           `json:"name"`
	Description       string           `json:"description,omitempty"`
	ClientToken       string           `json:"clientToken,omitempty"`
	RoleARN           string           `json:"roleArn"`
	ProtocolType      string           `json:"protocolType,omitempty"`
	Protocol          *gatewayProtocol `json:"protocolConfiguration,omitempty"`
	AuthorizerType    string           `json:"authorizerType"`
	Authorizer        *authorizer      `json:"authorizerConfiguration,omitempty"`
	ExceptionLevel    string           `json:"exceptionLevel,omitempty"`
	KMSKeyARN         string           `json:"kmsKeyArn,omitempty"`
	Interceptors      json.RawMessage  `json:"interceptorConfigurations,omitempty"`
	PolicyEngine      json.RawMessage  `json:"policyEngineConfiguration,omitempty"`
	Tags              tags             `json:"tags,omitempty"`
}

type gatewayProtocol struct {
	MCP struct {
		Versions     []string        `json:"supportedVersions,omitempty"`
		Instructions string          `json:"instructions,omitempty"`
		SearchType   string          `json:"searchType,omitempty"`
		Session      json.RawMessage `json:"sessionConfiguration,omitempty"`
		Streaming    json.RawMessage `json:"streamingConfiguration,omitempty"`
	} `json:"mcp"`
}

type authorizer struct {
	JWT struct {
		DiscoveryURL string          `json:"discoveryUrl"`
		Audience     []string        `json:"allowedAudience,omitempty"`
		Clients      []string        `json:"allowedClients,omitempty"`
		Scopes       []string        `json:"allowedScopes,omitempty"`
		Claims       json.RawMessage `json:"customClaims,omitempty"`
	} `json:"customJWTAuthorizer"`
}

// pool is the user pool that a discovery URL names, whatever its origin.
func (a *authorizer) pool() string {
	if a == nil {
		return ""
	}
	path := strings.TrimSuffix(a.JWT.DiscoveryURL, "/.well-known/openid-configuration")
	return path[strings.LastIndex(path, "/")+1:]
}

const (
	version20250326 = "2025-03-26"
	version20250618 = "2025-06-18"
	version20251125 = "2025-11-25" // the first with URL elicitation
)

// versions are the MCP versions that a gateway speaks; AgentCore's default is the oldest alone.
func (in gatewayInput) versions() []string {
	if in.Protocol == nil || len(in.Protocol.MCP.Versions) == 0 {
		return []string{version20250326}
	}
	return in.Protocol.MCP.Versions
}

func (g *gateway) arn() string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:gateway/%s", g.Region, g.Account, g.ID)
}

func directoryARN(region, account string) string {
	return fmt.Sprintf("arn:aws:bedrock-agentcore:%s:%s:workload-identity-directory/default", region, account)
}

func workloadARN(region, account, name string) string {
	return directoryARN(region, account) + "/workload-identity/" + name
}

func (c *call) describeGateway(g *gateway) object {
	shown := g.Input
	shown.ClientToken, shown.Tags, shown.GatewayIdentifier = "", nil, ""
	if shown.Authorizer != nil {
		own := *shown.Authorizer
		own.JWT.DiscoveryURL = here(c.endpoint, own.JWT.DiscoveryURL)
		shown.Authorizer = &own
	}
	out := toObject(shown)
	maps.Copy(out, object{
		"gatewayArn": g.arn(), "gatewayId": g.ID, "gatewayUrl": c.endpoint + "/gateway/" + g.ID + "/mcp",
		"createdAt": iso(g.Created), "updatedAt": iso(g.Updated), "status": g.Life.status(c.now, g.settled()),
		"workloadIdentityDetails": object{"workloadIdentityArn": workloadARN(g.Region, g.Account, g.ID)},
	})
	if g.Failure != "" {
		out["statusReasons"] = []string{g.Failure}
	}
	return out
}

// settled is the status of a gateway that nothing is being done to.
func (g *gateway) settled() string {
	if g.Failure != "" {
		return "FAILED"
	}
	return "READY"
}

// toObject is a struct as JSON has it.
func toObject(v any) object {
	out := object{}
	raw, _ := json.Marshal(v) // plain data
	decodeSettings(raw, &out)
	return out
}

// iso is how AgentCore's gateways write times.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (c *call) gateway(id string) (*gateway, error) {
	if g := c.realm.Gateways[id]; g != nil {
		return g, nil
	}
	return nil, refuse("ResourceNotFoundException", "Gateway with ID %s not found", id)
}

// once makes create safe to repeat: the same client token with the same input
// finds what it made before, with another input it is refused.
func (c *call) once(operation, token string, exists func(made string) bool) (made string, err error) {
	if token == "" {
		return "", nil
	}
	before := c.realm.Tokens[operation+" "+token]
	if before == nil || !exists(before.Made) {
		return "", nil
	}
	if before.InputHash != hash(string(c.settings("clientToken"))) {
		return "", &serviceError{Code: "ValidationException", Reason: "IdempotentParameterMismatchException",
			Message: "The client token was used before with different parameters"}
	}
	return before.Made, nil
}

func (c *call) remember(operation, token, made string) {
	if token != "" {
		c.realm.Tokens[operation+" "+token] = &idempotentCall{hash(string(c.settings("clientToken"))), made}
	}
}

func createGateway(c *call, in gatewayInput) (any, error) {
	made, err := c.once("CreateGateway", in.ClientToken, func(id string) bool { return c.realm.Gateways[id] != nil })
	if err != nil {
		return nil, err
	}
	if made != "" {
		return c.describeGateway(c.realm.Gateways[made]), nil
	}
	for _, g := range c.realm.Gateways {
		if g.Input.Name == in.Name {
			g.Life.look(c.now, g.settled())
			return nil, refuse("ConflictException", "A gateway with name %s already exists", in.Name)
		}
	}
	g := &gateway{
		ID: strings.ToLower(in.Name) + "-" + randomText(10, lowerAlphabet), Account: c.account, Region: c.region, Tags: orEmpty(in.Tags),
		Targets: map[string]*target{}, Life: begin(creating, c.now, c.pace.gateway, c.pace.looks), Created: c.now, Updated: c.now,
	}
	if err := c.checkGateway(in, g.arn()); err != nil {
		return nil, err
	}
	g.Input = c.storedGateway(in)
	c.realm.Gateways[g.ID] = g
	c.realm.Identities[g.ID] = &workload{Name: g.ID, Gateway: true, Tags: tags{}, Created: c.now, Updated: c.now}
	c.remember("CreateGateway", in.ClientToken, g.ID)
	return c.describeGateway(g), nil
}

// storedGateway leaves the sandbox's own origin out.
func (c *call) storedGateway(in gatewayInput) gatewayInput {
	if in.Authorizer != nil {
		in.Authorizer.JWT.DiscoveryURL = c.ours(in.Authorizer.JWT.DiscoveryURL)
	}
	in.ClientToken, in.GatewayIdentifier, in.Tags = "", "", nil
	return in
}

func (c *call) checkGateway(in gatewayInput, arn string) error {
	for _, version := range in.versions() {
		if !slices.Contains([]string{version20250326, version20250618, version20251125}, version) {
			return invalid("protocolConfiguration", "Unsupported MCP version: %s", version)
		}
	}
	if in.AuthorizerType == "CUSTOM_JWT" {
		if in.Authorizer == nil {
			return invalid("authorizerConfiguration", "Authorizer configuration is required when authorizer type is CUSTOM_JWT")
		}
		jwt := in.Authorizer.JWT
		if len(jwt.Clients)+len(jwt.Audience)+len(jwt.Scopes)+len(jwt.Claims) == 0 {
			return invalid("authorizerConfiguration", "At least one of allowedAudience, allowedClients, allowedScopes or customClaims is required")
		}
	} else if in.Authorizer != nil {
		return invalid("authorizerConfiguration", "Authorizer configuration is not supported when authorizer type is %s", in.AuthorizerType)
	}
	r := c.world.roleOf(in.RoleARN)
	if r == nil || r.Account != c.account || !r.trusts(arn) {
		return roleNotAssumable(in.RoleARN)
	}
	return nil
}

func roleNotAssumable(arn string) error {
	return invalid("roleArn", "Role validation failed for '%s'. Please verify that the role exists and its trust policy allows assumption by this service (%s)", arn, agentCorePrincipal)
}

// roleOf finds a role by its ARN.
func (w *world) roleOf(arn string) *role {
	for _, r := range w.Roles {
		if r.arn() == arn {
			return r
		}
	}
	return nil
}

func getGateway(c *call, in gatewayInput) (any, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	out := c.describeGateway(g)
	out["status"] = g.Life.look(c.now, g.settled())
	return out, nil
}

// updateGateway replaces every setting: what the request leaves out is gone.
func updateGateway(c *call, in gatewayInput) (any, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	if err := g.mustBeReady("UpdateGateway", c.now); err != nil {
		return nil, err
	}
	if in.Name != g.Input.Name {
		return nil, invalid("name", "The name of a gateway cannot be changed")
	}
	if err := c.checkGateway(in, g.arn()); err != nil {
		return nil, err
	}
	g.Input, g.Updated = c.storedGateway(in), c.now
	g.Life = begin(updating, c.now, c.pace.gateway/2, c.pace.looks)
	return c.describeGateway(g), nil
}

func (g *gateway) mustBeReady(operation string, now time.Time) error {
	if status := g.Life.look(now, g.settled()); status != "READY" {
		return inStatus(operation, status)
	}
	return nil
}

func inStatus(operation, status string) error {
	return invalid("", "Cannot perform operation %s when gateway is in %s status", operation, status)
}

// deleteGateway is accepted before the service removes the gateway's workload
// identity in the caller's name. A caller who may not do that finds the gateway
// FAILED, with the reason, and may delete it again.
func deleteGateway(c *call, in gatewayInput) (any, error) {
	g, err := c.gateway(in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	if len(g.Targets) > 0 {
		for _, t := range g.Targets { // asking again and again is how clients wait for them to go
			t.Life.look(c.now, "READY")
		}
		return nil, hasTargets(g.ID)
	}
	if err := g.Life.mayBeDeleted(c.now, "DeleteGateway", "gateway"); err != nil {
		return nil, err
	}
	accepted := object{"gatewayId": g.ID, "status": deleting}
	if g.Life.Phase == deleting {
		return accepted, nil
	}
	for _, n := range identityNeeds("bedrock-agentcore:DeleteWorkloadIdentity", g.Region, g.Account, g.ID) {
		if err := c.callerMay(c.account, restJSON, n); err != nil {
			g.Life, g.Failure = life{}, asServiceError(err, restJSON).Message
			return accepted, nil
		}
	}
	g.Life, g.Failure = begin(deleting, c.now, c.pace.gateway/2, c.pace.looks), ""
	return accepted, nil
}

func hasTargets(id string) error {
	return invalid("", "Gateway %s has targets associated with it. Delete all targets before deleting the gateway.", id)
}

type listInput struct {
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}

func listGateways(c *call, in listInput) (any, error) {
	found, ok := paged(values(c.realm.Gateways), func(g *gateway) string { return g.ID }, "ListGateways", in.NextToken, orElse(in.MaxResults, 100))
	if !ok {
		return nil, badToken()
	}
	items := []object{}
	for _, g := range found.items {
		item := object{"gatewayId": g.ID, "name": g.Input.Name, "status": g.Life.look(c.now, g.settled()), "createdAt": iso(g.Created), "updatedAt": iso(g.Updated), "authorizerType": g.Input.AuthorizerType}
		setIf(item, "protocolType", g.Input.ProtocolType)
		setIf(item, "description", g.Input.Description)
		items = append(items, item)
	}
	return withToken(object{"items": items}, "nextToken", found.next), nil
}

func badToken() error { return invalid("nextToken", "The provided nextToken is invalid") }

func setIf(out object, name, value string) {
	if value != "" {
		out[name] = value
	}
}
