package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
)

// removeTargets deletes every target of our gateway: the service keeps the
// gateway while it has any, and refuses while the gateway itself is being
// created or updated.
func (t *Task) removeTargets(ctx context.Context, w *awsenv.Environment, gatewayID string) error {
	g, err := t.settledGateway(ctx, w, gatewayID)
	if err != nil {
		return err
	}
	if g == nil {
		return t.gone(KindTarget)
	}
	ids, err := t.targetIDs(ctx, w, gatewayID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.removeTarget(ctx, w, gatewayID, id); err != nil {
			return err
		}
	}
	return t.gone(KindTarget)
}

func (t *Task) removeTarget(ctx context.Context, w *awsenv.Environment, gatewayID, id string) error {
	get := func(ctx context.Context) (string, error) {
		x, err := w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
		if err != nil {
			return "", err
		}
		return string(x.Status), nil
	}
	if err := t.settled(ctx, "the target "+id, targetLimit, get); err != nil {
		return err
	}
	err := t.whenFree(ctx, "the target "+id, func(ctx context.Context) error {
		_, err := w.Control.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
		return err
	})
	if err != nil {
		return err
	}
	return t.targetGone(ctx, w, gatewayID, id)
}

// settled waits until a resource is no longer being created or updated: no
// service deletes one before.
func (t *Task) settled(ctx context.Context, what string, limit time.Duration, status func(context.Context) (string, error)) error {
	return t.poll(ctx, "waiting to delete "+what, limit, func(ctx context.Context) (string, bool, error) {
		state, err := status(ctx)
		if isGone(err) {
			return "", true, nil
		}
		return state, !strings.HasSuffix(state, "ING") || state == "DELETING", err
	})
}

// whenFree repeats a deletion that is refused because of something that passes:
// the resource, or what it belongs to, is being changed, although one look
// showed it ready (which is why terraform-provider-aws waits until a gateway was
// READY twice); or what uses it is not forgotten yet. Conflicts without such
// words get a minute.
func (t *Task) whenFree(ctx context.Context, what string, remove func(context.Context) error) error {
	until := time.Now().Add(t.Settings.Backoff.scaled(inUsePatience))
	passes := func(err error) bool { return isBusy(err) || isConflict(err) && time.Now().Before(until) }
	return t.retry(ctx, "waiting to delete "+what, deletionLimit, passes, func(ctx context.Context) error {
		err := remove(ctx)
		if isGone(err) || isDeleting(err) {
			return nil
		}
		return err
	})
}

// isDeleting recognises "that is under way already". The state is in capitals;
// the refusal of a gateway with targets says "before deleting the gateway".
func isDeleting(err error) bool {
	return hasCode(err, "ConflictException", "ValidationException") && (strings.Contains(err.Error(), "DELETING") || says(err, "being deleted"))
}

// isBusy recognises a refusal that names a passing state, or what is being
// deleted as well.
func isBusy(err error) bool {
	return advice.StillChanging(err) || says(err, "has targets") || says(err, "targets associated") || says(err, "has a domain configured")
}

// isConflict recognises what the services call a conflict with the present
// state (their models, and the IAM API reference for DeleteRole).
func isConflict(err error) bool {
	return hasCode(err, "ConflictException", "ConcurrentModificationException", "ConcurrentModification", "DeleteConflict", "DeleteConflictException") ||
		says(err, "in use") || says(err, "is being used") || says(err, "associated with")
}

func (t *Task) targetGone(ctx context.Context, w *awsenv.Environment, gatewayID, id string) error {
	return t.poll(ctx, "deleting the target "+id, deletionLimit, func(ctx context.Context) (string, bool, error) {
		x, err := w.Control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
		if isGone(err) {
			return "", true, nil
		}
		if err != nil {
			return "", false, err
		}
		if x.Status == types.TargetStatusFailed {
			return "", false, fmt.Errorf("the target %s is %s: %s", id, x.Status, reasons(x.StatusReasons))
		}
		return string(x.Status), false, nil
	})
}

// settledGateway waits until our gateway can be changed; it is nil where it is
// gone.
func (t *Task) settledGateway(ctx context.Context, w *awsenv.Environment, id string) (g *control.GetGatewayOutput, err error) {
	if g, err = t.verifiedGateway(ctx, w, id); g == nil || err != nil {
		return g, err
	}
	err = t.settled(ctx, "the gateway "+id, gatewayLimit, func(ctx context.Context) (string, error) {
		g, err = w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		if err != nil {
			return "", err
		}
		return string(g.Status), nil
	})
	return g, err
}

// removeGateway deletes our gateway. The service may still count targets that
// no list shows any more, so that refusal is waited out.
func (t *Task) removeGateway(ctx context.Context, w *awsenv.Environment, id string) error {
	g, err := t.settledGateway(ctx, w, id)
	if err != nil {
		return err
	}
	if g == nil {
		return t.gone(KindGateway, KindTarget)
	}
	err = t.whenFree(ctx, "the gateway "+id, func(ctx context.Context) error {
		_, err := w.Control.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &id})
		return err
	})
	if err != nil {
		return err
	}
	return t.gatewayGone(ctx, w, id)
}

func (t *Task) gatewayGone(ctx context.Context, w *awsenv.Environment, id string) error {
	err := t.poll(ctx, "deleting the gateway "+id, deletionLimit, func(ctx context.Context) (string, bool, error) {
		g, err := w.Control.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		if isGone(err) {
			return "", true, nil
		}
		if err != nil {
			return "", false, err
		}
		if g.Status == types.GatewayStatusFailed {
			return "", false, fmt.Errorf("the gateway %s is %s: %s", id, g.Status, reasons(g.StatusReasons))
		}
		return string(g.Status), false, nil
	})
	if err != nil {
		return err
	}
	return t.gone(KindGateway, KindTarget)
}

// removeProvider deletes our provider. It goes by its name, so it is verified
// once more.
func (t *Task) removeProvider(ctx context.Context, w *awsenv.Environment) error {
	name := t.Names.Provider()
	p, err := t.ownProvider(ctx, w)
	if err != nil {
		return err
	}
	if p == nil {
		return t.gone(KindProvider)
	}
	err = t.settled(ctx, "the credential provider", providerLimit, func(ctx context.Context) (string, error) {
		p, err := getProvider(ctx, w, name)
		if err != nil {
			return "", err
		}
		return string(p.Status), nil
	})
	if err != nil {
		return err
	}
	err = t.whenFree(ctx, "the credential provider", func(ctx context.Context) error {
		_, err := w.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: &name})
		return err
	})
	if err != nil {
		return err
	}
	// Deleting an absent provider succeeds too, so only reading it proves anything.
	err = t.poll(ctx, "deleting the credential provider", deletionLimit, func(ctx context.Context) (string, bool, error) {
		p, err := getProvider(ctx, w, name)
		if isGone(err) {
			return "", true, nil
		}
		if err != nil {
			return "", false, err
		}
		if p.Status == types.StatusDeleteFailed {
			return "", false, errors.New("the credential provider is DELETE_FAILED: " + aws.ToString(p.FailureReason))
		}
		return "DELETING", false, nil
	})
	if err != nil {
		return err
	}
	return t.gone(KindProvider)
}

// removePool deletes our user pool, and its domains before it: Cognito keeps a
// pool that has one.
func (t *Task) removePool(ctx context.Context, w *awsenv.Environment, id string) error {
	all := []string{KindUserPool, KindDomain, KindResourceServer, KindClient}
	if id == "" {
		return t.gone(all...)
	}
	pool, err := describePool(ctx, w, id)
	if isGone(err) {
		return t.gone(all...)
	}
	if err == nil {
		err = t.verified(w, KindUserPool, t.Names.UserPool(), id, pool.UserPoolTags)
	}
	if err != nil {
		return err
	}
	for _, domain := range []string{aws.ToString(pool.Domain), aws.ToString(pool.CustomDomain)} {
		if domain == "" {
			continue
		}
		if err := t.removeDomain(ctx, w, id, domain); err != nil {
			return err
		}
	}
	err = t.whenFree(ctx, "the user pool "+id, func(ctx context.Context) error {
		_, err := w.Cognito.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: &id})
		return err
	})
	if err != nil {
		return err
	}
	return t.gone(all...)
}

func (t *Task) removeDomain(ctx context.Context, w *awsenv.Environment, pool, domain string) error {
	err := t.settled(ctx, "the domain "+domain, domainPatience, func(ctx context.Context) (string, error) {
		out, err := w.Cognito.DescribeUserPoolDomain(ctx, &cognito.DescribeUserPoolDomainInput{Domain: &domain})
		if err != nil || out.DomainDescription == nil {
			return "", err
		}
		return string(out.DomainDescription.Status), nil
	})
	if err != nil {
		return err
	}
	return t.whenFree(ctx, "the domain "+domain, func(ctx context.Context) error {
		_, err := w.Cognito.DeleteUserPoolDomain(ctx, &cognito.DeleteUserPoolDomainInput{Domain: &domain, UserPoolId: &pool})
		return err
	})
}

// removeRole empties our role and deletes it. It goes by its name, so it is
// verified once more.
func (t *Task) removeRole(ctx context.Context, w *awsenv.Environment, name string) error {
	role, err := t.ownRole(ctx, w)
	if err != nil {
		return err
	}
	if role == nil {
		return t.gone(KindRole)
	}
	attached := paged(iam.NewListAttachedRolePoliciesPaginator(w.IAM, &iam.ListAttachedRolePoliciesInput{RoleName: &name}))
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.AttachedPolicies {
			_, err := w.IAM.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: p.PolicyArn})
			if err != nil && !isGone(err) {
				return err
			}
		}
	}
	inline := paged(iam.NewListRolePoliciesPaginator(w.IAM, &iam.ListRolePoliciesInput{RoleName: &name}))
	for inline.HasMorePages() {
		page, err := inline.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, policy := range page.PolicyNames {
			_, err := w.IAM.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: &policy})
			if err != nil && !isGone(err) {
				return err
			}
		}
	}
	err = t.whenFree(ctx, "the role "+name, func(ctx context.Context) error {
		_, err := w.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
		return err
	})
	if err != nil {
		return err
	}
	return t.gone(KindRole)
}
