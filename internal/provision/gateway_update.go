package provision

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
)

// debugLimit is the time limit for turning debug messages off after the step was
// stopped.
const debugLimit = 30 * time.Second

// recordedGateway returns the recorded gateway, verified; nil = none.
func recordedGateway(ctx context.Context, s Scope) (*control.GetGatewayOutput, error) {
	known := s.Run.Resource(Gateway).ID
	if known == "" {
		return nil, nil
	}
	g, err := verifiedGateway(ctx, s, known)
	if g == nil || err != nil {
		return nil, err
	}
	return g.Detail.(*control.GetGatewayOutput), nil
}

// BeginDebug turns on the gateway's debug messages (exceptionLevel DEBUG, AgentCore
// developer guide, "Debug messages"). It records that first, so that the next start
// turns them off if this process cannot. false = nothing was changed.
func BeginDebug(ctx context.Context, s Scope) bool {
	g, err := recordedGateway(ctx, s)
	if err != nil || g == nil || g.ExceptionLevel == types.ExceptionLevelDebug {
		return false
	}
	s.Tell(event.Note{Text: "The gateway does not say why. Turning on its debug messages for the next call."})
	if err := s.Run.Update(func(r *run.Record) { r.Debug = true }); err != nil {
		return false
	}
	wanted := gatewayUpdate(g)
	wanted.ExceptionLevel = types.ExceptionLevelDebug
	if err := updateGateway(ctx, s, wanted); err != nil {
		s.Tell(event.Warning{Text: "The debug messages could not be turned on: " + Brief(err)})
	}
	return true
}

// EndDebug turns debug messages off again, also if the step was stopped.
func EndDebug(ctx context.Context, s Scope) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), debugLimit)
	defer cancel()
	if g, err := recordedGateway(ctx, s); err != nil || restoreDebug(ctx, s, g) != nil {
		s.Tell(event.Warning{Text: "The gateway's debug messages are still on. The next start turns them off."})
	}
}

// restoreDebug turns off debug messages that this program turned on, in this process or
// in one that was stopped.
func restoreDebug(ctx context.Context, s Scope, g *control.GetGatewayOutput) error {
	if !s.Run.Record().Debug {
		return nil
	}
	if g != nil && g.ExceptionLevel == types.ExceptionLevelDebug {
		wanted := gatewayUpdate(g)
		wanted.ExceptionLevel = ""
		if err := updateGateway(ctx, s, wanted); err != nil {
			return err
		}
		s.Tell(event.Note{Text: "The gateway's debug messages are off again."})
	}
	return s.Run.Update(func(r *run.Record) { r.Debug = false })
}

// gatewayUpdate contains every setting of a gateway, because UpdateGateway replaces
// them all.
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
		WafConfiguration:             g.WafConfiguration,
	}
}

// updateGateway waits until the gateway accepts the update and is READY again.
func updateGateway(ctx context.Context, s Scope, wanted *control.UpdateGatewayInput) error {
	err := s.whenSettled(ctx, "the gateway", func(ctx context.Context) error {
		_, err := s.AWS.Control.UpdateGateway(ctx, wanted)
		return err
	})
	if err == nil {
		_, err = gateway{}.ready(ctx, s, &Found{ID: aws.ToString(wanted.GatewayIdentifier)})
	}
	return err
}

// GatewayURL returns the URL of the run's gateway, as the service last said it. If
// there is no gateway, the error is a *MissingError.
func GatewayURL(ctx context.Context, s Scope) (string, error) {
	g, err := s.known(Gateway, func() (*Found, error) { return getGateway(ctx, s, s.Run.Resource(Gateway).ID) })
	if err != nil {
		return "", missing(err)
	}
	return aws.ToString(g.Detail.(*control.GetGatewayOutput).GatewayUrl), nil
}
