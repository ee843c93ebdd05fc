package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"golang.org/x/sync/errgroup"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/iampolicy"
)

// target is the tool: the vendor's API and the provider that gets the user's token. It
// is a child of the gateway.
type target struct{}

func (target) describe(in Inputs) (Resource, bool) {
	return Resource{Kind: Target, Name: in.Vendor.Target, Parent: Gateway, Needs: []string{Gateway, Provider},
		About: About{Service: "AgentCore", For: "the tool " + in.Vendor.Tool() + ", called on behalf of the user", Takes: "seconds"},
		Desired: &control.CreateGatewayTargetInput{
			GatewayIdentifier: aws.String(in.id(Gateway)),
			Name:              aws.String(in.Vendor.Target),
			Description:       aws.String(in.Vendor.Name + " user info, on behalf of the user"),
			// The outbound half: which provider, which grant, which scopes, and where
			// the browser goes at the end.
			CredentialProviderConfigurations: []types.CredentialProviderConfiguration{{
				CredentialProviderType: types.CredentialProviderTypeOauth,
				CredentialProvider: &types.CredentialProviderMemberOauthCredentialProvider{Value: types.OAuthCredentialProvider{
					ProviderArn:      aws.String(in.arn(Provider)),
					GrantType:        types.OAuthGrantTypeAuthorizationCode,
					DefaultReturnUrl: aws.String(in.Record.Settings.ReturnURL),
					Scopes:           in.Vendor.Scopes,
				}},
			}},
			TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
				Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: in.Vendor.OpenAPI}}},
		}}, true
}

// find returns the gateway's target of the run's name. It is a child of the
// run's gateway, so it is the run's.
func (target) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	gatewayID := aws.ToString(want.Desired.(*control.CreateGatewayTargetInput).GatewayIdentifier)
	if gatewayID == "" {
		return nil, nil
	}
	all, err := targets(ctx, s, gatewayID)
	i := slices.IndexFunc(all, func(x *Found) bool { return x.Name == want.Name })
	if err != nil || i < 0 {
		return nil, err
	}
	x, err := getTarget(ctx, s, gatewayID, all[i].ID)
	if advice.Gone(err) {
		return nil, nil
	}
	return x, err
}

func getTarget(ctx context.Context, s Scope, gatewayID, id string) (*Found, error) {
	x, err := s.AWS.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
	if err != nil {
		return nil, err
	}
	return foundTarget(id, x), nil
}

func foundTarget(id string, x *control.GetGatewayTargetOutput) *Found {
	f := &Found{Kind: Target, Name: aws.ToString(x.Name), ID: id, Status: string(x.Status), Reason: reasons(x.StatusReasons), State: targetState(x.Status), Detail: x}
	return f
}

func targetState(status types.TargetStatus) State {
	switch status {
	case types.TargetStatusDeleting:
		return BeingDeleted
	case types.TargetStatusFailed, types.TargetStatusUpdateUnsuccessful, types.TargetStatusSynchronizeUnsuccessful:
		return Broken
	case types.TargetStatusReady:
		return Usable
	}
	// CREATE_PENDING_AUTH is not expected for an OpenAPI target. If it occurs, the
	// consent resolves it.
	if strings.HasSuffix(string(status), "_PENDING_AUTH") {
		return Usable
	}
	return Changing
}

// targets lists a gateway's targets.
func targets(ctx context.Context, s Scope, gatewayID string) ([]*Found, error) {
	var all []*Found
	pages := paged(control.NewListGatewayTargetsPaginator(s.AWS.Control, &control.ListGatewayTargetsInput{GatewayIdentifier: &gatewayID}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if advice.Gone(err) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			all = append(all, &Found{Kind: Target, Name: aws.ToString(item.Name), ID: aws.ToString(item.TargetId), Status: string(item.Status), State: targetState(item.Status), read: time.Now()})
		}
	}
	return all, nil
}

func (k target) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	input := *want.Desired.(*control.CreateGatewayTargetInput)
	token, err := s.intendWithToken(Target, want.Name)
	if err != nil {
		return nil, err
	}
	input.ClientToken = &token
	var out *control.CreateGatewayTargetOutput
	err = s.whenSettled(ctx, "the gateway", func(ctx context.Context) (err error) {
		out, err = s.AWS.Control.CreateGatewayTarget(ctx, &input)
		return err
	})
	if advice.Taken(err) {
		if have, findErr := k.find(ctx, s, want); have != nil || findErr != nil {
			return have, findErr
		}
	}
	if err != nil {
		return nil, err
	}
	x := control.GetGatewayTargetOutput(*out) // the two have the same fields
	have := foundTarget(aws.ToString(x.TargetId), &x)
	have.Basis = s.targetBasis()
	if have.State == Changing {
		have.Detail = nil // it may be READY by now: look at once
	}
	return have, nil
}

// targetBasis identifies the gateway and the provider for which a target was created: a
// recreated provider has the same ARN.
func (s Scope) targetBasis() string {
	return Fingerprint(s.Run.Resource(Gateway).ID, s.Run.Resource(Provider).Basis)
}

func (target) ready(ctx context.Context, s Scope, have *Found) (*Found, error) {
	gatewayID := s.Run.Resource(Gateway).ID
	read := func(ctx context.Context) (*Found, error) { return getTarget(ctx, s, gatewayID, have.ID) }
	x, err := s.await(ctx, "target", targetSpan, have, read, func(x *Found) (bool, error) {
		if x.State == Broken || x.State == BeingDeleted {
			return false, fmt.Errorf("the target %s is %s: %s", x.ID, x.Status, x.Reason)
		}
		return x.State == Usable, nil
	})
	if x != nil {
		x.Basis = have.Basis
	}
	return x, err
}

// correct updates the target, for example after a new return URL or a recreated
// provider.
func (k target) correct(ctx context.Context, s Scope, want Resource, have *Found) (bool, error) {
	input := want.Desired.(*control.CreateGatewayTargetInput)
	if targetFits(have.Detail.(*control.GetGatewayTargetOutput), input) && have.Basis == s.targetBasis() {
		return false, nil
	}
	s.Tell(event.Change{Kind: Target, Name: want.Name, ID: have.ID, Found: event.Altered})
	err := s.whenSettled(ctx, "the target", func(ctx context.Context) error {
		_, err := s.AWS.Control.UpdateGatewayTarget(ctx, &control.UpdateGatewayTargetInput{
			GatewayIdentifier:                input.GatewayIdentifier,
			TargetId:                         &have.ID,
			Name:                             input.Name,
			Description:                      input.Description,
			CredentialProviderConfigurations: input.CredentialProviderConfigurations,
			TargetConfiguration:              input.TargetConfiguration,
		})
		return err
	})
	if err != nil {
		return true, err
	}
	x, err := k.ready(ctx, s, have)
	if err != nil {
		return true, err
	}
	x.Basis = s.targetBasis()
	*have = *x
	return true, s.Run.Made(x.resource())
}

func targetFits(x *control.GetGatewayTargetOutput, input *control.CreateGatewayTargetInput) bool {
	have, want := outbound(x.CredentialProviderConfigurations), outbound(input.CredentialProviderConfigurations)
	if have == nil || len(x.CredentialProviderConfigurations) != 1 {
		return false
	}
	sorted := func(all []string) []string { return slices.Sorted(slices.Values(all)) }
	if aws.ToString(have.ProviderArn) != aws.ToString(want.ProviderArn) || have.GrantType != want.GrantType ||
		aws.ToString(have.DefaultReturnUrl) != aws.ToString(want.DefaultReturnUrl) || !slices.Equal(sorted(have.Scopes), sorted(want.Scopes)) {
		return false
	}
	// If the service does not return the document, there is nothing to compare.
	got := document(x.TargetConfiguration)
	return got == "" || iampolicy.SameJSON(got, document(input.TargetConfiguration))
}

// outbound is the OAuth configuration of a target; nil = none.
func outbound(all []types.CredentialProviderConfiguration) *types.OAuthCredentialProvider {
	if len(all) == 0 {
		return nil
	}
	if oauth, ok := all[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider); ok && oauth != nil {
		return &oauth.Value
	}
	return nil
}

// document is a target's inline API document; "" = none.
func document(c types.TargetConfiguration) string {
	if mcp, ok := c.(*types.TargetConfigurationMemberMcp); ok && mcp != nil {
		if schema, ok := mcp.Value.(*types.McpTargetConfigurationMemberOpenApiSchema); ok && schema != nil {
			if inline, ok := schema.Value.(*types.ApiSchemaConfigurationMemberInlinePayload); ok && inline != nil {
				return inline.Value
			}
		}
	}
	return ""
}

// remove deletes the target and waits until it no longer exists.
func (target) remove(ctx context.Context, s Scope, have *Found) error {
	if err := removeTarget(ctx, s, s.Run.Resource(Gateway).ID, have); err != nil {
		return err
	}
	return s.Run.Gone(Target)
}

// DeleteTargets deletes every target of the run's gateway, side by side. The service
// refuses to delete a gateway with targets, and refuses while the gateway is being
// created or updated.
func DeleteTargets(ctx context.Context, s Scope, gateway *Found) error {
	g, err := settledGateway(ctx, s, gateway)
	if err != nil {
		return err
	}
	if g == nil {
		return s.Run.Gone(Target)
	}
	all, err := targets(ctx, s, gateway.ID)
	if err != nil {
		return err
	}
	if err := removeTargets(ctx, s, gateway.ID, all); err != nil {
		return err
	}
	return s.Run.Gone(Target)
}

func removeTargets(ctx context.Context, s Scope, gatewayID string, all []*Found) error {
	var each errgroup.Group // the others are deleted although one cannot be
	for _, x := range all {
		each.Go(func() error {
			return Guarded(func() error { return removeTarget(ctx, s, gatewayID, x) })
		})
	}
	return each.Wait()
}

func removeTarget(ctx context.Context, s Scope, gatewayID string, have *Found) (err error) {
	id, deleting := have.ID, have.State == BeingDeleted
	if !have.current() {
		err = s.settled(ctx, "the target "+id, targetSpan, func(ctx context.Context) (string, error) {
			x, err := getTarget(ctx, s, gatewayID, id)
			if err != nil {
				return "", err
			}
			deleting = x.State == BeingDeleted
			return x.Status, nil
		})
	}
	if err == nil && !deleting {
		err = s.whenFree(ctx, "the target "+id, func(ctx context.Context) error {
			_, err := s.AWS.Control.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
			return err
		})
	}
	if err != nil {
		return err
	}
	return s.poll(ctx, "deleting the target "+id, deletionSpan, func(ctx context.Context) (string, bool, error) {
		x, err := getTarget(ctx, s, gatewayID, id)
		if advice.Gone(err) {
			return "", true, nil
		}
		if err == nil && x.Status == string(types.TargetStatusFailed) {
			err = fmt.Errorf("the target %s is %s: %s", id, x.Status, x.Reason)
		}
		if err != nil {
			return "", false, err
		}
		return x.Status, false, nil
	})
}
