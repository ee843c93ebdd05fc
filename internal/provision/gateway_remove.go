package provision

import (
	"context"
	"fmt"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/advice"
)

// remove deletes the targets and then the gateway: the service refuses to delete a
// gateway with targets. It may still count deleted targets, so that refusal is waited
// out.
func (gateway) remove(ctx context.Context, s Scope, have *Found) error {
	have, err := settledGateway(ctx, s, have)
	if err != nil {
		return err
	}
	if have == nil {
		return s.Run.Gone(withChildren(Gateway)...)
	}
	if have.State != BeingDeleted {
		if err := DeleteTargets(ctx, s, have); err != nil {
			return err
		}
	}
	return removeGateway(ctx, s, have)
}

// removeGateway deletes a gateway that has no targets any more.
func removeGateway(ctx context.Context, s Scope, have *Found) error {
	if have.State != BeingDeleted {
		err := s.whenFree(ctx, "the gateway "+have.ID, func(ctx context.Context) error {
			_, err := s.AWS.Control.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &have.ID})
			return err
		})
		if err != nil {
			return err
		}
	}
	err := s.poll(ctx, "deleting the gateway "+have.ID, deletionSpan, func(ctx context.Context) (string, bool, error) {
		g, err := getGateway(ctx, s, have.ID)
		if advice.Gone(err) {
			return "", true, nil
		}
		if err == nil && g.Status == string(types.GatewayStatusFailed) {
			err = fmt.Errorf("the gateway %s is %s: %s", have.ID, g.Status, g.Reason)
		}
		if err != nil {
			return "", false, err
		}
		return g.Status, false, nil
	})
	if err != nil {
		return err
	}
	return s.Run.Gone(withChildren(Gateway)...)
}

// settledGateway waits until the run's gateway can be changed; nil = it no longer
// exists. What was read just now is not read again.
func settledGateway(ctx context.Context, s Scope, have *Found) (g *Found, err error) {
	if have.current() {
		return have, nil
	}
	id := have.ID
	if g, err = verifiedGateway(ctx, s, id); g == nil || err != nil {
		return g, err
	}
	err = s.settled(ctx, "the gateway "+id, gatewaySpan, func(ctx context.Context) (string, error) {
		now, err := getGateway(ctx, s, id)
		if err != nil {
			return "", err
		}
		g = now
		return g.Status, nil
	})
	return g, err
}
