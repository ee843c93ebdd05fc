package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	awsenv "agentcore-3lo/internal/aws"
)

// removeTargets removes every target of our gateway: the service keeps the
// gateway while it has any.
func (t *Task) removeTargets(ctx context.Context, w *awsenv.Environment, gatewayID string) error {
	var ids []string
	pages := paged(control.NewListGatewayTargetsPaginator(w.Control, &control.ListGatewayTargetsInput{GatewayIdentifier: &gatewayID}))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isGone(err) {
			return t.gone(KindTarget)
		}
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			ids = append(ids, aws.ToString(item.TargetId))
		}
	}
	for _, id := range ids {
		if err := t.removeTarget(ctx, w, gatewayID, id); err != nil {
			return err
		}
	}
	return t.gone(KindTarget)
}

func (t *Task) removeTarget(ctx context.Context, w *awsenv.Environment, gatewayID, id string) error {
	_, err := w.Control.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: &gatewayID, TargetId: &id})
	if err != nil && !isGone(err) && !isDeleting(err) {
		return err
	}
	return t.targetGone(ctx, w, gatewayID, id)
}

// isDeleting recognises "that is under way already". The state is in capitals;
// the refusal of a gateway with targets says "before deleting the gateway".
func isDeleting(err error) bool {
	return hasCode(err, "ConflictException", "ValidationException") && (strings.Contains(err.Error(), "DELETING") || says(err, "being deleted"))
}

func (t *Task) targetGone(ctx context.Context, w *awsenv.Environment, gatewayID, id string) error {
	return t.poll(ctx, "target "+id, deletionLimit, func(ctx context.Context) (string, bool, error) {
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

// removeGateway deletes the gateway. The service may still count targets that
// no list shows any more, so that refusal is waited out.
func (t *Task) removeGateway(ctx context.Context, w *awsenv.Environment, id string) error {
	hasTargets := func(err error) bool { return says(err, "has targets") || says(err, "targets associated") }
	err := t.retry(ctx, "gateway "+id, deletionLimit, hasTargets, func(ctx context.Context) error {
		_, err := w.Control.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &id})
		if isGone(err) || isDeleting(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.gatewayGone(ctx, w, id)
}

func (t *Task) gatewayGone(ctx context.Context, w *awsenv.Environment, id string) error {
	err := t.poll(ctx, "gateway "+id, deletionLimit, func(ctx context.Context) (string, bool, error) {
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

func (t *Task) removeProvider(ctx context.Context, w *awsenv.Environment) error {
	name := t.Names.Provider()
	inUse := func(err error) bool {
		return says(err, "in use") || says(err, "is being used") || says(err, "associated with")
	}
	err := t.retry(ctx, "credential provider", inUsePatience, inUse, func(ctx context.Context) error {
		_, err := w.Control.DeleteOauth2CredentialProvider(ctx, &control.DeleteOauth2CredentialProviderInput{Name: &name})
		if isGone(err) || isDeleting(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	// Deleting an absent provider succeeds too, so only reading it proves anything.
	err = t.poll(ctx, "credential provider", deletionLimit, func(ctx context.Context) (string, bool, error) {
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
		return "being deleted", false, nil
	})
	if err != nil {
		return err
	}
	return t.gone(KindProvider)
}

// removePool deletes the domain first: Cognito keeps a pool that has one.
func (t *Task) removePool(ctx context.Context, w *awsenv.Environment, id string) error {
	if id == "" {
		return t.gone(KindUserPool, KindDomain, KindResourceServer, KindClient)
	}
	pool, err := describePool(ctx, w, id)
	if isGone(err) {
		return t.gone(KindUserPool, KindDomain, KindResourceServer, KindClient)
	}
	if err != nil {
		return err
	}
	for _, domain := range []*string{pool.Domain, pool.CustomDomain} {
		if aws.ToString(domain) == "" {
			continue
		}
		_, err := w.Cognito.DeleteUserPoolDomain(ctx, &cognito.DeleteUserPoolDomainInput{Domain: domain, UserPoolId: &id})
		if err != nil && !isGone(err) {
			return err
		}
	}
	if err := t.gone(KindDomain); err != nil {
		return err
	}
	domainStays := func(err error) bool { return says(err, "has a domain configured") }
	err = t.retry(ctx, "user pool "+id, deletionLimit, domainStays, func(ctx context.Context) error {
		_, err := w.Cognito.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: &id})
		if isGone(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.gone(KindUserPool, KindResourceServer, KindClient)
}

// removeRole empties the role and deletes it.
func (t *Task) removeRole(ctx context.Context, w *awsenv.Environment, name string) error {
	out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if isGone(err) {
		return t.gone(KindRole)
	}
	if err != nil {
		return err
	}
	if err := t.oursOrError(out.Role, name); err != nil {
		return err
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
	if _, err := w.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name}); err != nil && !isGone(err) {
		return err
	}
	return t.gone(KindRole)
}
