package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

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
	// IAM may show it for a moment longer (IAM user guide, "Changes that I make are
	// not always immediately visible").
	err = t.poll(ctx, "deleting the role "+name, inUsePatience, func(ctx context.Context) (string, bool, error) {
		_, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if isGone(err) {
			return "", true, nil
		}
		return "still shown", false, err
	})
	if err != nil {
		return err
	}
	return t.gone(KindRole)
}
