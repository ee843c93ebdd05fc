package steps

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
)

// debugLimit bounds what turns the details off again when the step was stopped.
const debugLimit = 30 * time.Second

// beginDebug lets the gateway give details (exceptionLevel DEBUG, AgentCore
// developer guide, "Debug messages"). It is recorded first, so that the next
// start turns them off if this process cannot. false means that nothing was
// changed.
func (t *Task) beginDebug(ctx context.Context, w *awsenv.Environment) bool {
	g, err := t.recordedGateway(ctx, w)
	if err != nil || g == nil || g.ExceptionLevel == types.ExceptionLevelDebug {
		return false
	}
	t.say("The gateway does not say why. Turning its debug messages on for the next call.")
	if err := t.update(func(r *run.Record) { r.Debug = true }); err != nil {
		return false
	}
	wanted := gatewayUpdate(g)
	wanted.ExceptionLevel = types.ExceptionLevelDebug
	if err := t.updateGateway(ctx, w, wanted); err != nil {
		t.say("The debug messages could not be turned on: %s", brief(err))
	}
	return true
}

// endDebug turns the details off again, also when the step was stopped.
func (t *Task) endDebug(ctx context.Context, w *awsenv.Environment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), debugLimit)
	defer cancel()
	if g, err := t.recordedGateway(ctx, w); err != nil || t.restoreGateway(ctx, w, g) != nil {
		t.say("The gateway's debug messages are still on. The next start turns them off.")
	}
}

// restoreGateway turns off details that this program turned on, in this process
// or in one that was stopped.
func (t *Task) restoreGateway(ctx context.Context, w *awsenv.Environment, g *control.GetGatewayOutput) error {
	if !t.Record().Debug {
		return nil
	}
	if g != nil && g.ExceptionLevel == types.ExceptionLevelDebug {
		wanted := gatewayUpdate(g)
		wanted.ExceptionLevel = ""
		if err := t.updateGateway(ctx, w, wanted); err != nil {
			return err
		}
		t.say("The gateway's debug messages are off again.")
	}
	return t.update(func(r *run.Record) { r.Debug = false })
}

// gatewayUpdate repeats every setting of a gateway: UpdateGateway replaces the
// whole.
func gatewayUpdate(g *control.GetGatewayOutput) *control.UpdateGatewayInput {
	return &control.UpdateGatewayInput{
		GatewayIdentifier:            g.GatewayId,
		Name:                         g.Name,
		Description:                  g.Description,
		ProtocolType:                 g.ProtocolType,
		ProtocolConfiguration:        g.ProtocolConfiguration,
		AuthorizerType:               g.AuthorizerType,
		AuthorizerConfiguration:      g.AuthorizerConfiguration,
		RoleArn:                      g.RoleArn,
		ExceptionLevel:               g.ExceptionLevel,
		InterceptorConfigurations:    g.InterceptorConfigurations,
		KmsKeyArn:                    g.KmsKeyArn,
		PolicyEngineConfiguration:    g.PolicyEngineConfiguration,
		CustomTransformConfiguration: g.CustomTransformConfiguration,
		DomainOverride:               g.DomainOverride,
		WafConfiguration:             g.WafConfiguration,
	}
}

// updateGateway waits until the gateway takes the update, and until it is READY
// again.
func (t *Task) updateGateway(ctx context.Context, w *awsenv.Environment, wanted *control.UpdateGatewayInput) error {
	err := t.whenSettled(ctx, "the gateway", func(ctx context.Context) error {
		_, err := w.Control.UpdateGateway(ctx, wanted)
		return err
	})
	if err == nil {
		_, err = t.gatewayReady(ctx, w, aws.ToString(wanted.GatewayIdentifier))
	}
	return err
}
