package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps/engine"
)

const targetLimit = 10 * time.Minute

func targetStep() Step {
	return Step{ID: Target, Title: "Target", Needs: []engine.ID{Gateway, Provider},
		Does: "adds " + vendor.Name + "'s API to the gateway, with the authorization code grant",
		Makes: func(n Names) []Resource {
			return []Resource{{KindTarget, n.Target(), "AgentCore", "the tool " + n.Tool() + ", called on behalf of the user", "seconds"}}
		},
		Basis: func(r *run.Record) basis {
			return basis{"the gateway": idOf(r, KindGateway), "the credential provider": basisOf(r, KindProvider)}
		},
		Run: func(ctx context.Context, t *Task) error {
			w, err := t.connect(ctx)
			if err != nil {
				return err
			}
			if err := target(ctx, t, w); err != nil {
				return err
			}
			return t.hardenReturnURL(ctx, w)
		},
	}
}

func target(ctx context.Context, t *Task, w *awsenv.Environment) error {
	gatewayID := t.resource(KindGateway).ID
	if gatewayID == "" {
		return Problem{Doing: "adding the target", Err: errors.New("this run has no gateway yet"), Next: "Make it: " + t.Command("walk")}
	}
	// The target changes the gateway and lets it use the provider.
	if _, err := t.verifiedGateway(ctx, w, gatewayID); err != nil {
		return fail("looking for the gateway "+t.Names.Gateway(), err)
	}
	if _, err := t.ownProvider(ctx, w); err != nil {
		return fail("looking for the credential provider "+t.Names.Provider(), err)
	}
	present, err := t.findTarget(ctx, w, gatewayID)
	if err != nil {
		return fail("looking for the target "+t.Names.Target(), err)
	}
	if present != nil && present.Status == types.TargetStatusDeleting {
		t.say("The target %s is being deleted; making it again.", aws.ToString(present.TargetId))
		if err := t.targetGone(ctx, w, gatewayID, aws.ToString(present.TargetId)); err != nil {
			return fail("waiting until the old target is gone", err)
		}
		present = nil
	}
	if present != nil && broken(present.Status) {
		t.say("The target is %s (%s); making it again.", present.Status, reasons(present.StatusReasons))
		if err := t.removeTarget(ctx, w, gatewayID, aws.ToString(present.TargetId)); err != nil {
			return fail("removing the failed target", err)
		}
		present = nil
	}
	if present == nil {
		return t.createTarget(ctx, w, gatewayID)
	}
	if err := t.haveTarget(aws.ToString(present.TargetId)); err != nil {
		return err
	}
	if t.targetFits(present) && t.resource(KindTarget).Basis == t.targetBasis() {
		_, err := t.targetReady(ctx, w, gatewayID, aws.ToString(present.TargetId))
		return fail("waiting for the target to be READY", err)
	}
	return t.mendTarget(ctx, w, gatewayID, aws.ToString(present.TargetId))
}

func broken(s types.TargetStatus) bool {
	return s == types.TargetStatusFailed || s == types.TargetStatusUpdateUnsuccessful || s == types.TargetStatusSynchronizeUnsuccessful
}

// findTarget returns the gateway's target of our name, or nil. It is a child
// of our gateway, so it is ours.
func (t *Task) findTarget(ctx context.Context, w *awsenv.Environment, gatewayID string) (*control.GetGatewayTargetOutput, error) {
	id := ""
	pages := paged(control.NewListGatewayTargetsPaginator(w.Control, &control.ListGatewayTargetsInput{GatewayIdentifier: &gatewayID}))
	for pages.HasMorePages() && id == "" {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if aws.ToString(item.Name) == t.Names.Target() {
				id = aws.ToString(item.TargetId)
			}
		}
	}
	if id == "" {
		if !t.resource(KindTarget).Made.IsZero() {
			t.say("The target is gone; making it again.")
			return nil, t.gone(KindTarget)
		}
		return nil, nil
	}
	out, err := w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
	if isGone(err) {
		return nil, nil
	}
	return out, err
}

func (t *Task) createTarget(ctx context.Context, w *awsenv.Environment, gatewayID string) error {
	intent := t.resource(KindTarget)
	if intent.ClientToken == "" || !intent.Made.IsZero() {
		intent = run.Resource{Kind: KindTarget, Name: t.Names.Target(), ClientToken: newClientToken()}
	}
	if err := t.intend(intent); err != nil {
		return err
	}
	var out *control.CreateGatewayTargetOutput
	err := t.whenSettled(ctx, "the gateway", func(ctx context.Context) (err error) {
		out, err = w.Control.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{
			GatewayIdentifier:                &gatewayID,
			Name:                             aws.String(t.Names.Target()),
			Description:                      aws.String(vendor.Name + " user info, on behalf of the user"),
			ClientToken:                      &intent.ClientToken,
			CredentialProviderConfigurations: t.targetCredentials(),
			TargetConfiguration:              targetConfiguration(),
		})
		return err
	})
	id := ""
	switch {
	case err == nil:
		id = aws.ToString(out.TargetId)
	case isTaken(err):
		present, findErr := t.findTarget(ctx, w, gatewayID)
		if findErr != nil || present == nil {
			return fail("creating the target "+t.Names.Target(), errors.Join(err, findErr))
		}
		id = aws.ToString(present.TargetId)
	default:
		return fail("creating the target "+t.Names.Target(), err)
	}
	t.say("Target %s, tool %s", id, t.Names.Tool())
	if err := t.haveTarget(id); err != nil {
		return err
	}
	if _, err := t.targetReady(ctx, w, gatewayID, id); err != nil {
		return fail("waiting for the target to be READY", err)
	}
	return t.settledTarget(id)
}

// mendTarget gives the target what it should have: the present return URL, or
// the provider that was made anew.
func (t *Task) mendTarget(ctx context.Context, w *awsenv.Environment, gatewayID, id string) error {
	t.say("The target's settings differ from what they should be; putting them right.")
	if _, err := t.targetReady(ctx, w, gatewayID, id); err != nil {
		return fail("waiting for the target to be READY", err)
	}
	err := t.whenSettled(ctx, "the target", func(ctx context.Context) error {
		_, err := w.Control.UpdateGatewayTarget(ctx, &control.UpdateGatewayTargetInput{
			GatewayIdentifier:                &gatewayID,
			TargetId:                         &id,
			Name:                             aws.String(t.Names.Target()),
			Description:                      aws.String(vendor.Name + " user info, on behalf of the user"),
			CredentialProviderConfigurations: t.targetCredentials(),
			TargetConfiguration:              targetConfiguration(),
		})
		return err
	})
	if err != nil {
		return fail("updating the target "+t.Names.Target(), err)
	}
	if _, err := t.targetReady(ctx, w, gatewayID, id); err != nil {
		return fail("waiting for the target to be READY", err)
	}
	return t.settledTarget(id)
}

// targetCredentials is the outbound half: which provider, which grant, which
// scopes, and where the browser goes at the end.
func (t *Task) targetCredentials() []types.CredentialProviderConfiguration {
	return []types.CredentialProviderConfiguration{{
		CredentialProviderType: types.CredentialProviderTypeOauth,
		CredentialProvider: &types.CredentialProviderMemberOauthCredentialProvider{Value: types.OAuthCredentialProvider{
			ProviderArn:      aws.String(t.resource(KindProvider).ARN),
			GrantType:        types.OAuthGrantTypeAuthorizationCode,
			DefaultReturnUrl: aws.String(t.returnURL()),
			Scopes:           vendor.Scopes,
		}},
	}}
}

func targetConfiguration() types.TargetConfiguration {
	return &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
		Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: vendor.OpenAPI}}}
}

func (t *Task) targetFits(x *control.GetGatewayTargetOutput) bool {
	if len(x.CredentialProviderConfigurations) != 1 {
		return false
	}
	oauth, ok := x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider)
	if !ok || oauth == nil {
		return false
	}
	scopes, wanted := slices.Sorted(slices.Values(oauth.Value.Scopes)), slices.Sorted(slices.Values(vendor.Scopes))
	if aws.ToString(oauth.Value.ProviderArn) != t.resource(KindProvider).ARN || oauth.Value.GrantType != types.OAuthGrantTypeAuthorizationCode ||
		aws.ToString(oauth.Value.DefaultReturnUrl) != t.returnURL() || !slices.Equal(scopes, wanted) {
		return false
	}
	// A service that does not show the document back gives nothing to compare.
	if mcp, ok := x.TargetConfiguration.(*types.TargetConfigurationMemberMcp); ok && mcp != nil {
		if schema, ok := mcp.Value.(*types.McpTargetConfigurationMemberOpenApiSchema); ok && schema != nil {
			if inline, ok := schema.Value.(*types.ApiSchemaConfigurationMemberInlinePayload); ok && inline != nil {
				return sameJSON(inline.Value, vendor.OpenAPI)
			}
		}
	}
	return true
}

// targetReady waits. CREATE_PENDING_AUTH is not expected of an OpenAPI target;
// where it comes, the consent that follows resolves it.
func (t *Task) targetReady(ctx context.Context, w *awsenv.Environment, gatewayID, id string) (*control.GetGatewayTargetOutput, error) {
	var x *control.GetGatewayTargetOutput
	err := t.poll(ctx, "target", targetLimit, func(ctx context.Context) (state string, done bool, err error) {
		x, err = w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
		if err != nil {
			return "", false, err
		}
		switch s := x.Status; {
		case s == types.TargetStatusReady || strings.HasSuffix(string(s), "_PENDING_AUTH"):
			return "", true, nil
		case broken(s) || s == types.TargetStatusDeleting:
			return "", false, fmt.Errorf("the target %s is %s: %s", id, s, reasons(x.StatusReasons))
		default:
			return string(s), false, nil
		}
	})
	return x, err
}

func (t *Task) haveTarget(id string) error {
	known := t.resource(KindTarget)
	return t.made(run.Resource{Kind: KindTarget, Name: t.Names.Target(), ID: id, Basis: known.Basis})
}

// settledTarget notes which provider the target was made for: a provider made
// anew has the same ARN.
func (t *Task) settledTarget(id string) error {
	return t.made(run.Resource{Kind: KindTarget, Name: t.Names.Target(), ID: id, Basis: t.targetBasis()})
}

func (t *Task) targetBasis() string {
	return fingerprint(t.resource(KindGateway).ID, t.resource(KindProvider).Basis)
}
