package provision

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/loopback"
	"agentcore-3lo/internal/run"
)

// gateway is the MCP server that callers reach.
type gateway struct{}

// gatewayVersions are the protocol versions of the tutorial: URL elicitation needs the
// newer one, and older clients use the other.
var gatewayVersions = []string{"2025-03-26", "2025-11-25"}

func (gateway) describe(in Inputs) (Resource, bool) {
	name := in.names().Gateway()
	r := Resource{Kind: Gateway, Name: name, Needs: []string{UserPool, Client, Role}, About: About{Service: "AgentCore", For: "the MCP server that callers reach", Takes: "about a minute"}}
	if in.AWS == nil {
		return r, true
	}
	search := searchIn(in.AWS.Region)
	if search == "" {
		r.For += "; without semantic search, which " + in.AWS.Region + " does not have"
	}
	r.Desired = &control.CreateGatewayInput{
		Name:         &name,
		Description:  aws.String("Gateway with a " + in.Vendor.Name + " target, authorization code grant"),
		ProtocolType: types.GatewayProtocolTypeMcp,
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{
			SupportedVersions: gatewayVersions, SearchType: search}},
		AuthorizerType: types.AuthorizerTypeCustomJwt,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl:   aws.String(in.AWS.DiscoveryURL(in.id(UserPool))), // tokens of the run's pool
			AllowedClients: []string{in.id(Client)},                          // for the run's client
		}},
		RoleArn: aws.String(cmp.Or(in.Record.Settings.RoleARN, in.arn(Role))),
		Tags:    in.Tags,
	}
	return r, true
}

// find returns the recorded gateway, or else the one with its name.
func (gateway) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	if known := s.Run.Resource(Gateway).ID; known != "" {
		if g, err := verifiedGateway(ctx, s, known); g != nil || err != nil {
			return g, err
		}
	}
	var foreign error
	var own *Found
	err := eachGateway(ctx, s, func(name, id string) error {
		if name != want.Name || own != nil {
			return nil
		}
		g, err := verifiedGateway(ctx, s, id)
		if err == nil {
			own = g
		}
		foreign = cmp.Or(foreign, err)
		return nil
	})
	if err != nil || own != nil {
		return own, err
	}
	return nil, foreign
}

// eachGateway lists the gateways of the region by name and ID.
func eachGateway(ctx context.Context, s Scope, do func(name, id string) error) error {
	pages := paged(control.NewListGatewaysPaginator(s.AWS.Control, &control.ListGatewaysInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := do(aws.ToString(item.Name), aws.ToString(item.GatewayId)); err != nil {
				return err
			}
		}
	}
	return nil
}

// verifiedGateway returns the gateway with that ID, nil if there is none, or an error
// if it is not the run's or cannot be verified.
func verifiedGateway(ctx context.Context, s Scope, id string) (*Found, error) {
	return s.verifiedRead(ctx, func() (*Found, error) { return getGateway(ctx, s, id) }, func(g *Found) string { return g.ID })
}

func getGateway(ctx context.Context, s Scope, id string) (*Found, error) {
	g, err := s.AWS.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
	if err != nil {
		return nil, err
	}
	f := &Found{Kind: Gateway, Name: s.names().Gateway(), ID: id, ARN: aws.ToString(g.GatewayArn), Status: string(g.Status), Reason: reasons(g.StatusReasons), Detail: g, read: time.Now()}
	switch g.Status {
	case types.GatewayStatusDeleting:
		f.State = BeingDeleted
	case types.GatewayStatusFailed, types.GatewayStatusUpdateUnsuccessful:
		f.State = Broken
	case types.GatewayStatusReady:
	default:
		f.State = Changing
	}
	return f, nil
}

// create can be repeated: the client token is recorded before the call, so a second
// call returns the same gateway.
func (k gateway) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := *want.Desired.(*control.CreateGatewayInput)
	intent, err := s.intendWithToken(Gateway, want.Name)
	if err != nil {
		return nil, err
	}
	input.ClientToken = &intent
	out, err := createGateway(ctx, s, &input)
	if searchRefused(err) {
		s.Tell(event.Warning{Text: fmt.Sprintf("There is no semantic search for gateways in %s; creating the gateway without it.", s.AWS.Region)})
		another := newClientToken() // another request
		if err := s.Run.Intend(run.Resource{Kind: Gateway, Name: want.Name, ClientToken: another}); err != nil {
			return nil, err
		}
		input.ClientToken = &another
		input.ProtocolConfiguration = &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{SupportedVersions: gatewayVersions}}
		out, err = createGateway(ctx, s, &input)
	}
	if advice.Taken(err) { // ours from a call whose answer was lost, or not ours
		if have, findErr := k.find(ctx, s, want); have != nil || findErr != nil {
			return have, findErr
		}
	}
	if err != nil {
		return nil, err
	}
	have := &Found{Kind: Gateway, Name: want.Name, ID: aws.ToString(out.GatewayId), ARN: aws.ToString(out.GatewayArn), Status: string(out.Status)}
	if out.Status == types.GatewayStatusCreating {
		have.State = Changing
	}
	return have, nil
}

// intendWithToken records the intention with the client token of an earlier attempt,
// which may have succeeded, or with a new one.
func (s Scope) intendWithToken(kind, name string) (token string, err error) {
	intent := s.Run.Resource(kind)
	if intent.ClientToken == "" || !intent.Made.IsZero() {
		intent = run.Resource{Kind: kind, Name: name, ClientToken: newClientToken()}
	}
	return intent.ClientToken, s.Run.Intend(intent)
}

// createGateway retries until the new role is visible everywhere.
func createGateway(ctx context.Context, s Scope, input *control.CreateGatewayInput) (out *control.CreateGatewayOutput, err error) {
	err = s.retry(ctx, "the role", roleSpan, roleNotAssumable, func(ctx context.Context) (err error) {
		out, err = s.AWS.Control.CreateGateway(ctx, input)
		return err
	})
	return out, err
}

// roleNotAssumable recognizes a role that is not visible everywhere yet.
func roleNotAssumable(err error) bool {
	return advice.HasCode(err, "ValidationException", "AccessDeniedException") && advice.Says(err, "role") && !advice.Says(err, "not authorized to perform") &&
		(advice.Says(err, "assum") || advice.Says(err, "lacks permission") || advice.Says(err, "validation failed") || advice.Says(err, "trust"))
}

func (gateway) ready(ctx context.Context, s Scope, have *Found) (*Found, error) {
	read := func(ctx context.Context) (*Found, error) { return getGateway(ctx, s, have.ID) }
	return s.await(ctx, "gateway", gatewaySpan, have, read, func(g *Found) (bool, error) {
		if g.State == Broken || g.State == BeingDeleted {
			return false, fmt.Errorf("the gateway %s is %s: %s", g.ID, g.Status, g.Reason)
		}
		return g.State == Usable, nil
	})
}

// correct restores changed settings, updates the authorizer after a new pool or client,
// and turns off debug messages that this program turned on.
func (gateway) correct(ctx context.Context, s Scope, want Resource, have *Found) (bool, error) {
	g := have.Detail.(*control.GetGatewayOutput)
	if err := restoreDebug(ctx, s, g); err != nil {
		return false, err
	}
	input := want.Desired.(*control.CreateGatewayInput)
	if gatewayFits(g, input) {
		return false, nil
	}
	s.Tell(event.Change{Kind: Gateway, Name: want.Name, ID: have.ID, Found: event.Altered})
	wanted := gatewayUpdate(g)
	wanted.ProtocolType, wanted.ProtocolConfiguration = input.ProtocolType, protocol(g.ProtocolConfiguration)
	wanted.AuthorizerType, wanted.AuthorizerConfiguration = input.AuthorizerType, input.AuthorizerConfiguration
	wanted.RoleArn = input.RoleArn
	return true, updateGateway(ctx, s, wanted)
}

// protocol is the gateway's desired protocol configuration. Other settings stay,
// including semantic search, which can be chosen only at creation.
func protocol(present types.GatewayProtocolConfiguration) types.GatewayProtocolConfiguration {
	var wanted types.MCPGatewayConfiguration
	if mcp, ok := present.(*types.GatewayProtocolConfigurationMemberMcp); ok && mcp != nil {
		wanted = mcp.Value
	}
	wanted.SupportedVersions = gatewayVersions
	return &types.GatewayProtocolConfigurationMemberMcp{Value: wanted}
}

func gatewayFits(g *control.GetGatewayOutput, input *control.CreateGatewayInput) bool {
	jwt, ok := g.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer)
	if !ok || jwt == nil || g.AuthorizerType != input.AuthorizerType || aws.ToString(g.RoleArn) != aws.ToString(input.RoleArn) {
		return false
	}
	wanted := input.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer).Value
	if !sameDiscovery(aws.ToString(jwt.Value.DiscoveryUrl), aws.ToString(wanted.DiscoveryUrl)) ||
		!slices.Equal(jwt.Value.AllowedClients, wanted.AllowedClients) ||
		len(jwt.Value.AllowedAudience)+len(jwt.Value.AllowedScopes)+len(jwt.Value.CustomClaims) > 0 {
		return false
	}
	mcp, ok := g.ProtocolConfiguration.(*types.GatewayProtocolConfigurationMemberMcp)
	if !ok || mcp == nil {
		return false
	}
	return !slices.ContainsFunc(gatewayVersions, func(v string) bool { return !slices.Contains(mcp.Value.SupportedVersions, v) })
}

// sameDiscovery compares two discovery URLs. A custom endpoint may have a new port, so
// there only the pool in the path counts.
func sameDiscovery(got, wanted string) bool {
	a, errA := url.Parse(got)
	b, errB := url.Parse(wanted)
	if errA != nil || errB != nil {
		return false
	}
	return got == wanted || a.Path == b.Path && loopback.IsHost(a.Hostname()) && loopback.IsHost(b.Hostname())
}

func reasons(all []string) string {
	if len(all) == 0 {
		return "the service gives no reason"
	}
	return strings.Join(all, "; ")
}
