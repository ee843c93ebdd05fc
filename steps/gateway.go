package steps

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

// gatewayVersions are the protocol versions of the tutorial: URL elicitation
// needs the newer one, older clients know the other.
var gatewayVersions = []string{"2025-03-26", "2025-11-25"}

const (
	gatewayLimit    = 15 * time.Minute
	rolePatience    = 2 * time.Minute // until a new role can be assumed
	deletionLimit   = 10 * time.Minute
	inUsePatience   = time.Minute // until a provider's last target is forgotten; a stranger's target stays
	bearerLeastLife = time.Minute
)

func gatewayStep() Step {
	return Step{ID: Gateway, Title: "Gateway", Needs: []engine.ID{Inbound},
		Does: "creates the IAM role and the gateway, and meanwhile fetches the first access token",
		Makes: func(n Names) []Resource {
			return []Resource{
				{KindRole, n.Role(), "IAM", "what the gateway may do: fetch the user's token, nothing else", "seconds"},
				{KindGateway, n.Gateway(), "AgentCore", "the MCP server that callers reach", "about a minute"},
			}
		},
		Basis: func(r *run.Record) basis {
			return basis{"the user pool": idOf(r, KindUserPool), "the machine client": idOf(r, KindClient), "the role": r.Settings.RoleARN}
		},
		Run: gateway,
	}
}

func idOf(r *run.Record, kind string) string {
	if x := r.Find(kind); x != nil {
		return x.ID
	}
	return ""
}

func gateway(ctx context.Context, t *Task) error {
	w, err := t.connect(ctx)
	if err != nil {
		return err
	}
	// The bearer needs the domain, whose DNS may take a minute; the gateway
	// does not. So they are fetched side by side.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var bearerErr error
	var beside sync.WaitGroup
	beside.Go(func() {
		bearerErr = t.guarded(func() error { _, err := t.token(ctx, bearerLeastLife); return err })
	})
	err = t.guarded(func() error { return t.buildGateway(ctx, w) })
	if err != nil {
		cancel()
	}
	beside.Wait()
	if err == nil {
		err = bearerErr
	}
	return err
}

func (t *Task) buildGateway(ctx context.Context, w *awsenv.Environment) error {
	role, err := t.role(ctx, w)
	if err != nil {
		return fail("making the role "+t.Names.Role(), err)
	}
	g, err := t.findGateway(ctx, w)
	if err != nil {
		return fail("looking for the gateway "+t.Names.Gateway(), err)
	}
	if g != nil && g.Status == types.GatewayStatusDeleting {
		t.say("The gateway %s is being deleted; creating another one.", aws.ToString(g.GatewayId))
		if err := t.gatewayGone(ctx, w, aws.ToString(g.GatewayId)); err != nil {
			return fail("waiting until the old gateway is gone", err)
		}
		g = nil
	}
	if g != nil && (g.Status == types.GatewayStatusFailed || g.Status == types.GatewayStatusUpdateUnsuccessful) {
		t.say("The gateway %s is %s (%s); making it again.", aws.ToString(g.GatewayId), g.Status, reasons(g.StatusReasons))
		err := t.removeTargets(ctx, w, aws.ToString(g.GatewayId))
		if err == nil {
			err = t.removeGateway(ctx, w, aws.ToString(g.GatewayId))
		}
		if err != nil {
			return fail("removing the failed gateway", err)
		}
		g = nil
	}
	var id string
	if g == nil {
		if id, err = t.createGateway(ctx, w, role); err != nil {
			return fail("creating the gateway "+t.Names.Gateway(), err)
		}
	} else {
		id = aws.ToString(g.GatewayId)
		if err := t.haveGateway(id, aws.ToString(g.GatewayArn)); err != nil {
			return err
		}
	}
	ready, err := t.gatewayReady(ctx, w, id)
	if err != nil {
		return fail("waiting for the gateway to be READY", err)
	}
	if err := t.restoreGateway(ctx, w, ready); err != nil {
		return fail("turning the gateway's debug messages off", err)
	}
	if err := t.mendGateway(ctx, w, ready, role); err != nil {
		return fail("mending the gateway", err)
	}
	return nil
}

// findGateway returns the run's gateway, or nil.
func (t *Task) findGateway(ctx context.Context, w *awsenv.Environment) (*control.GetGatewayOutput, error) {
	known := t.resource(KindGateway).ID
	g, err := t.ownGateway(ctx, w)
	if err != nil || known == "" || g != nil && aws.ToString(g.GatewayId) == known {
		return g, err
	}
	t.say("The gateway %s is gone; creating another one.", known)
	return g, t.gone(KindGateway, KindTarget)
}

// ownGateway returns the run's gateway, the one on record or else the one of
// its name; nil where there is none. It is an error where what is found is not
// the run's.
func (t *Task) ownGateway(ctx context.Context, w *awsenv.Environment) (*control.GetGatewayOutput, error) {
	if g, err := t.recordedGateway(ctx, w); g != nil || err != nil {
		return g, err
	}
	var foreign error
	pages := paged(control.NewListGatewaysPaginator(w.Control, &control.ListGatewaysInput{}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if aws.ToString(item.Name) != t.Names.Gateway() {
				continue
			}
			g, err := t.verifiedGateway(ctx, w, aws.ToString(item.GatewayId))
			if g != nil && err == nil {
				return g, nil
			}
			foreign = cmp.Or(foreign, err)
		}
	}
	return nil, foreign
}

// recordedGateway is the one on record, verified; nil where there is none.
func (t *Task) recordedGateway(ctx context.Context, w *awsenv.Environment) (*control.GetGatewayOutput, error) {
	known := t.resource(KindGateway).ID
	if known == "" {
		return nil, nil
	}
	return t.verifiedGateway(ctx, w, known)
}

// verifiedGateway returns the gateway of that id, nil where there is none, or an
// error where it is not the run's or that cannot be verified.
func (t *Task) verifiedGateway(ctx context.Context, w *awsenv.Environment, id string) (*control.GetGatewayOutput, error) {
	var g *control.GetGatewayOutput
	look := func() (err error) {
		g, err = w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		return err
	}
	err := look()
	if err == nil {
		err = t.verifiedTags(ctx, w, KindGateway, t.Names.Gateway(), id, aws.ToString(g.GatewayArn), look)
	}
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return g, nil
}

// createGateway is safe to repeat: the client token is recorded before the
// call, so a second one returns what the first made.
func (t *Task) createGateway(ctx context.Context, w *awsenv.Environment, role string) (string, error) {
	name, intent := t.Names.Gateway(), t.resource(KindGateway)
	if intent.ClientToken == "" || !intent.Made.IsZero() {
		intent = run.Resource{Kind: KindGateway, Name: name, ClientToken: newClientToken()}
	}
	if err := t.intend(intent); err != nil {
		return "", err
	}
	out, err := t.callCreateGateway(ctx, w, role, intent.ClientToken, searchIn(w.Region))
	if searchRefused(err) {
		t.say("There is no semantic search for gateways in %s; creating the gateway without it.", w.Region)
		intent.ClientToken = newClientToken() // another request
		if err := t.intend(intent); err != nil {
			return "", err
		}
		out, err = t.callCreateGateway(ctx, w, role, intent.ClientToken, "")
	}
	if isTaken(err) {
		// Somebody was first: ours from an attempt whose answer was lost, or not ours.
		g, findErr := t.findGateway(ctx, w)
		if findErr != nil {
			return "", findErr
		}
		if g != nil {
			return aws.ToString(g.GatewayId), t.haveGateway(aws.ToString(g.GatewayId), aws.ToString(g.GatewayArn))
		}
	}
	if err != nil {
		return "", err
	}
	id := aws.ToString(out.GatewayId)
	t.say("Gateway %s", id)
	return id, t.haveGateway(id, aws.ToString(out.GatewayArn))
}

// callCreateGateway repeats the call until IAM has told everybody of the role.
func (t *Task) callCreateGateway(ctx context.Context, w *awsenv.Environment, role, clientToken string, search types.SearchType) (out *control.CreateGatewayOutput, err error) {
	err = t.retry(ctx, "the role", rolePatience, roleNotAssumable, func(ctx context.Context) (err error) {
		out, err = w.Control.CreateGateway(ctx, &control.CreateGatewayInput{
			Name:         aws.String(t.Names.Gateway()),
			ClientToken:  &clientToken,
			Description:  aws.String("Gateway with a " + vendor.Name + " target, authorization code grant"),
			ProtocolType: types.GatewayProtocolTypeMcp,
			ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{
				SupportedVersions: gatewayVersions, SearchType: search}},
			AuthorizerType:          types.AuthorizerTypeCustomJwt,
			AuthorizerConfiguration: t.authorizer(w),
			RoleArn:                 &role,
			Tags:                    t.tags(w),
		})
		return err
	})
	return out, err
}

func (t *Task) haveGateway(id, arn string) error {
	return t.made(run.Resource{Kind: KindGateway, Name: t.Names.Gateway(), ID: id, ARN: arn})
}

// authorizer checks inbound JWTs: issued by our pool, for our client.
func (t *Task) authorizer(w *awsenv.Environment) types.AuthorizerConfiguration {
	return &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
		DiscoveryUrl:   aws.String(w.DiscoveryURL(t.resource(KindUserPool).ID)),
		AllowedClients: []string{t.resource(KindClient).ID},
	}}
}

// roleNotAssumable recognises a role that IAM has not told everybody of yet.
func roleNotAssumable(err error) bool {
	return hasCode(err, "ValidationException", "AccessDeniedException") && says(err, "role") && !says(err, "not authorized to perform") &&
		(says(err, "assum") || says(err, "lacks permission") || says(err, "validation failed") || says(err, "trust"))
}

func (t *Task) gatewayReady(ctx context.Context, w *awsenv.Environment, id string) (*control.GetGatewayOutput, error) {
	var g *control.GetGatewayOutput
	err := t.poll(ctx, "gateway", gatewayLimit, func(ctx context.Context) (state string, done bool, err error) {
		g, err = w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		if err != nil {
			return "", false, err
		}
		switch g.Status {
		case types.GatewayStatusReady:
			return "", true, nil
		case types.GatewayStatusFailed, types.GatewayStatusUpdateUnsuccessful, types.GatewayStatusDeleting:
			return "", false, fmt.Errorf("the gateway %s is %s: %s", id, g.Status, reasons(g.StatusReasons))
		}
		return string(g.Status), false, nil
	})
	return g, err
}

// mendGateway puts back what somebody altered, or what a new pool or client
// has made wrong. UpdateGateway replaces the whole.
func (t *Task) mendGateway(ctx context.Context, w *awsenv.Environment, g *control.GetGatewayOutput, role string) error {
	if t.gatewayFits(w, g, role) {
		return nil
	}
	t.say("The gateway's settings differ from what they should be; putting them right.")
	wanted := gatewayUpdate(g)
	wanted.ProtocolType = types.GatewayProtocolTypeMcp
	wanted.ProtocolConfiguration = protocol(g.ProtocolConfiguration)
	wanted.AuthorizerType, wanted.AuthorizerConfiguration = types.AuthorizerTypeCustomJwt, t.authorizer(w)
	wanted.RoleArn = &role
	return t.updateGateway(ctx, w, wanted)
}

// protocol is what the gateway has to speak. What else is set stays, semantic
// search included, which is decided when a gateway is created.
func protocol(present types.GatewayProtocolConfiguration) types.GatewayProtocolConfiguration {
	var wanted types.MCPGatewayConfiguration
	if mcp, ok := present.(*types.GatewayProtocolConfigurationMemberMcp); ok && mcp != nil {
		wanted = mcp.Value
	}
	wanted.SupportedVersions = gatewayVersions
	return &types.GatewayProtocolConfigurationMemberMcp{Value: wanted}
}

func (t *Task) gatewayFits(w *awsenv.Environment, g *control.GetGatewayOutput, role string) bool {
	jwt, ok := g.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer)
	if !ok || jwt == nil || g.AuthorizerType != types.AuthorizerTypeCustomJwt || aws.ToString(g.RoleArn) != role {
		return false
	}
	if !sameDiscovery(aws.ToString(jwt.Value.DiscoveryUrl), w.DiscoveryURL(t.resource(KindUserPool).ID)) ||
		!slices.Equal(jwt.Value.AllowedClients, []string{t.resource(KindClient).ID}) ||
		len(jwt.Value.AllowedAudience)+len(jwt.Value.AllowedScopes)+len(jwt.Value.CustomClaims) > 0 {
		return false
	}
	mcp, ok := g.ProtocolConfiguration.(*types.GatewayProtocolConfigurationMemberMcp)
	if !ok || mcp == nil {
		return false
	}
	return !slices.ContainsFunc(gatewayVersions, func(v string) bool { return !slices.Contains(mcp.Value.SupportedVersions, v) })
}

// sameDiscovery compares two discovery URLs. A custom endpoint may have moved
// to another port since; the pool in the path is what counts there.
func sameDiscovery(got, wanted string) bool {
	a, errA := url.Parse(got)
	b, errB := url.Parse(wanted)
	if errA != nil || errB != nil {
		return false
	}
	return got == wanted || a.Path == b.Path && isLoopback(a.Hostname()) && isLoopback(b.Hostname())
}

// gatewayURL reads the address back from the service. Where it names the host
// alone, the MCP path is added.
func (t *Task) gatewayURL(ctx context.Context, w *awsenv.Environment) (string, error) {
	id := t.resource(KindGateway).ID
	if id == "" {
		return "", Problem{Doing: "looking for the gateway", Err: errors.New("this run has no gateway yet"), Next: "Make it: " + t.Command("walk")}
	}
	g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
	if err != nil {
		return "", t.lost("reading the gateway's address", err)
	}
	u, err := url.Parse(aws.ToString(g.GatewayUrl))
	if err != nil || u.Host == "" {
		return "", Problem{Doing: "reading the gateway's address", Err: fmt.Errorf("the service answered %q", aws.ToString(g.GatewayUrl))}
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/mcp"
	}
	return u.String(), nil
}

// newClientToken makes an idempotency token: 33 to 256 letters, digits and
// hyphens (AgentCore service model).
func newClientToken() string {
	return randomHex(20)
}

// randomHex is so many random bytes as digits and the letters a to f, which
// spell no word that AWS reserves.
func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return hex.EncodeToString(raw)
}

func reasons(all []string) string {
	if len(all) == 0 {
		return "the service gives no reason"
	}
	return strings.Join(all, "; ")
}
