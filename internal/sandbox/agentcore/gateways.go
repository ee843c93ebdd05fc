package agentcore

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/aws"
	"agentcore-3lo/internal/sandbox/policy"
	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
)

func gatewayOperations() map[string]aws.Handler {
	return map[string]aws.Handler{
		"CreateGateway": aws.Typed(createGateway),
		"GetGateway":    aws.Typed(getGateway),
		"UpdateGateway": aws.Typed(updateGateway),
		"DeleteGateway": aws.Typed(deleteGateway),
		"ListGateways":  aws.Typed(listGateways),
	}
}

func gatewayObject(c *aws.Call, g *state.Gateway) aws.Object {
	shown := g.Input
	shown.ClientToken, shown.Tags, shown.GatewayIdentifier = "", nil, ""
	if shown.Authorizer != nil {
		own := *shown.Authorizer
		own.JWT.DiscoveryURL = site.Absolute(c.Address.Endpoint, own.JWT.DiscoveryURL)
		shown.Authorizer = &own
	}
	out := toObject(shown)
	maps.Copy(out, aws.Object{
		"gatewayArn": g.ARN(), "gatewayId": g.ID, "gatewayUrl": c.Address.Endpoint + "/gateway/" + g.ID + "/mcp",
		"createdAt": iso(g.Created), "updatedAt": iso(g.Updated), "status": g.Transition.Status(c.Now, g.StableStatus()),
		"workloadIdentityDetails": aws.Object{"workloadIdentityArn": state.WorkloadARN(g.Region, g.Account, g.ID)},
	})
	if g.Failure != "" {
		out["statusReasons"] = []string{g.Failure}
	}
	return out
}

// toObject converts a struct to its JSON object.
func toObject(v any) aws.Object {
	out := aws.Object{}
	raw, _ := json.Marshal(v)     // plain data
	_ = json.Unmarshal(raw, &out) // what was marshalled just now
	return out
}

// iso formats a time as the gateway operations do.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func findGateway(c *aws.Call, id string) (*state.Gateway, error) {
	if g := c.Realm.Gateways[id]; g != nil {
		return g, nil
	}
	return nil, aws.Refuse("ResourceNotFoundException", "Gateway with ID %s not found", id)
}

func createGateway(c *aws.Call, in state.GatewayInput) (any, error) {
	made, err := findIdempotent(c, "CreateGateway", in.ClientToken, func(id string) bool { return c.Realm.Gateways[id] != nil })
	if err != nil {
		return nil, err
	}
	if made != "" {
		return gatewayObject(c, c.Realm.Gateways[made]), nil
	}
	for _, g := range c.Realm.Gateways {
		if g.Input.Name == in.Name {
			g.Transition.Poll(c.Now, g.StableStatus())
			return nil, aws.Refuse("ConflictException", "A gateway with name %s already exists", in.Name)
		}
	}
	g := &state.Gateway{
		ID: strings.ToLower(in.Name) + "-" + state.RandomText(10, state.Lower), Account: c.Account, Region: c.Region, Tags: aws.Tags(in.Tags),
		Targets: map[string]*state.Target{}, Transition: c.Latency.Begin(state.Creating, c.Now, c.Latency.Gateway), Created: c.Now, Updated: c.Now,
	}
	if err := checkGateway(c, in, g.ARN()); err != nil {
		return nil, err
	}
	g.Input = storedGateway(c, in)
	c.Realm.Gateways[g.ID] = g
	c.Realm.Identities[g.ID] = &state.Workload{Name: g.ID, Gateway: true, Tags: map[string]string{}, Created: c.Now, Updated: c.Now}
	rememberIdempotent(c, "CreateGateway", in.ClientToken, g.ID)
	return gatewayObject(c, g), nil
}

// storedGateway returns the input without the sandbox's origin in its URLs.
func storedGateway(c *aws.Call, in state.GatewayInput) state.GatewayInput {
	if in.Authorizer != nil {
		in.Authorizer.JWT.DiscoveryURL = c.Address.Relative(in.Authorizer.JWT.DiscoveryURL)
	}
	in.ClientToken, in.GatewayIdentifier, in.Tags = "", "", nil
	return in
}

func checkGateway(c *aws.Call, in state.GatewayInput, arn string) error {
	for _, version := range in.Versions() {
		if !slices.Contains([]string{state.Version20250326, state.Version20250618, state.Version20251125}, version) {
			return aws.Invalid("protocolConfiguration", "Unsupported MCP version: %s", version)
		}
	}
	if in.AuthorizerType == "CUSTOM_JWT" {
		if in.Authorizer == nil {
			return aws.Invalid("authorizerConfiguration", "Authorizer configuration is required when authorizer type is CUSTOM_JWT")
		}
		allowed := in.Authorizer.JWT
		if len(allowed.Clients)+len(allowed.Audience)+len(allowed.Scopes)+len(allowed.Claims) == 0 {
			return aws.Invalid("authorizerConfiguration", "At least one of allowedAudience, allowedClients, allowedScopes or customClaims is required")
		}
	} else if in.Authorizer != nil {
		return aws.Invalid("authorizerConfiguration", "Authorizer configuration is not supported when authorizer type is %s", in.AuthorizerType)
	}
	r := c.World.RoleByARN(in.RoleARN)
	if r == nil || r.Account != c.Account || !policy.Trusts(r, arn) {
		return RoleNotAssumable(in.RoleARN)
	}
	return nil
}

// RoleNotAssumable is the error for a role that AgentCore may not assume.
func RoleNotAssumable(arn string) error {
	return aws.Invalid("roleArn", "Role validation failed for '%s'. Please verify that the role exists and its trust policy allows assumption by this service (%s)", arn, policy.AgentCore)
}

func getGateway(c *aws.Call, in state.GatewayInput) (any, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	out := gatewayObject(c, g)
	out["status"] = g.Transition.Poll(c.Now, g.StableStatus())
	return out, nil
}

// updateGateway replaces every setting; a setting that the request omits is
// removed.
func updateGateway(c *aws.Call, in state.GatewayInput) (any, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	if err := mustBeReady(g, "UpdateGateway", c.Now); err != nil {
		return nil, err
	}
	if in.Name != g.Input.Name {
		return nil, aws.Invalid("name", "The name of a gateway cannot be changed")
	}
	if err := checkGateway(c, in, g.ARN()); err != nil {
		return nil, err
	}
	g.Input, g.Updated = storedGateway(c, in), c.Now
	g.Transition = c.Latency.Begin(state.Updating, c.Now, c.Latency.Gateway/2)
	return gatewayObject(c, g), nil
}

func mustBeReady(g *state.Gateway, operation string, now time.Time) error {
	if status := g.Transition.Poll(now, g.StableStatus()); status != state.Ready {
		return WrongStatus(operation, status)
	}
	return nil
}

// WrongStatus is the error for an operation that the status of the gateway does not
// allow.
func WrongStatus(operation, status string) error {
	return aws.Invalid("", "Cannot perform operation %s when gateway is in %s status", operation, status)
}

// deleteGateway accepts the deletion, and then deletes the gateway's workload
// identity with the caller's permissions. If the caller lacks them, the gateway
// becomes FAILED, with the reason, and can be deleted again.
func deleteGateway(c *aws.Call, in state.GatewayInput) (any, error) {
	g, err := findGateway(c, in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	if len(g.Targets) > 0 {
		for _, t := range g.Targets { // clients poll DeleteGateway until the targets are gone
			t.Transition.Poll(c.Now, state.Ready)
		}
		return nil, HasTargets(g.ID)
	}
	if err := checkDeletable(&g.Transition, c.Now, "DeleteGateway", "gateway"); err != nil {
		return nil, err
	}
	accepted := aws.Object{"gatewayId": g.ID, "status": state.Deleting}
	if g.Transition.Phase == state.Deleting {
		return accepted, nil
	}
	for _, n := range aws.Permissions("bedrock-agentcore:DeleteWorkloadIdentity", state.WorkloadARNs(g.Region, g.Account, g.ID)...) {
		if err := c.Require(n); err != nil {
			g.Transition, g.Failure = state.Transition{}, aws.AsError(err, aws.RESTJSON).Message
			return accepted, nil
		}
	}
	g.Transition, g.Failure = c.Latency.Begin(state.Deleting, c.Now, c.Latency.Gateway/2), ""
	return accepted, nil
}

// HasTargets is the error for deleting a gateway that has targets.
func HasTargets(id string) error {
	return aws.Invalid("", "Gateway %s has targets associated with it. Delete all targets before deleting the gateway.", id)
}

type listInput struct {
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}

func listGateways(c *aws.Call, in listInput) (any, error) {
	found, ok := aws.Page(slices.Collect(maps.Values(c.Realm.Gateways)), func(g *state.Gateway) string { return g.ID }, "ListGateways", in.NextToken, cmp.Or(in.MaxResults, 100))
	if !ok {
		return nil, badToken()
	}
	items := []aws.Object{}
	for _, g := range found.Items {
		item := aws.Object{"gatewayId": g.ID, "name": g.Input.Name, "status": g.Transition.Poll(c.Now, g.StableStatus()), "createdAt": iso(g.Created), "updatedAt": iso(g.Updated), "authorizerType": g.Input.AuthorizerType}
		aws.SetIf(item, "protocolType", g.Input.ProtocolType)
		aws.SetIf(item, "description", g.Input.Description)
		items = append(items, item)
	}
	return aws.WithToken(aws.Object{"items": items}, "nextToken", found.Next), nil
}

func badToken() error { return aws.Invalid("nextToken", "The provided nextToken is invalid") }
