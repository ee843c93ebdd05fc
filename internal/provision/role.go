package provision

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"golang.org/x/sync/errgroup"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/iampolicy"
	"agentcore-3lo/internal/run"
)

// role is the gateway's IAM role. If the user gave one, the run creates none.
type role struct{}

// rolePolicy is the name of the role's one inline policy.
const rolePolicy = "AgentCoreGatewayOutbound"

// desiredRole is a role with its one policy.
type desiredRole struct {
	Role   *iam.CreateRoleInput
	Policy *iam.PutRolePolicyInput
}

func (role) describe(in Inputs) (Resource, bool) {
	name, own := in.names().Role(), in.Record.Settings.RoleARN == ""
	r := Resource{Kind: Role, Name: name, About: About{Service: "IAM", For: "what the gateway may do: fetch the user's token, nothing else", Takes: "seconds"}}
	if in.AWS != nil {
		r.Desired = desiredRole{
			Role: &iam.CreateRoleInput{
				RoleName:                 &name,
				AssumeRolePolicyDocument: aws.String(iampolicy.TrustPolicy(in.AWS, in.names()).String()),
				Description:              aws.String("IAM role for Bedrock Agent Core Gateway with 3LO"),
				PermissionsBoundary:      optional(in.Record.Settings.PermissionsBoundary),
				Tags:                     iamTags(in.Tags),
			},
			Policy: &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String(rolePolicy), PolicyDocument: aws.String(iampolicy.OutboundPolicy(in.AWS, in.names()).String())},
		}
	}
	return r, own
}

// find looks for the run's role, even if the run now uses another one. A role that the
// run created is deleted with it, even if --role-arn has named it.
func (role) find(ctx context.Context, s Scope, want Resource) (*Found, error) {
	out, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &want.Name})
	if advice.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return foundRole(out.Role), s.verified(Role, want.Name, aws.ToString(out.Role.Arn), roleTags(out.Role))
}

func foundRole(r *types.Role) *Found {
	name := aws.ToString(r.RoleName)
	return &Found{Kind: Role, Name: name, ID: name, ARN: aws.ToString(r.Arn), Detail: r, read: time.Now()}
}

func roleTags(r *types.Role) map[string]string {
	tags := map[string]string{}
	for _, tag := range r.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

func iamTags(tags map[string]string) []types.Tag {
	var all []types.Tag
	for k, v := range tags {
		all = append(all, types.Tag{Key: aws.String(k), Value: aws.String(v)})
	}
	return all
}

func (k role) create(ctx context.Context, s Scope, want Resource) (*Found, error) {
	if err := s.Run.Intend(run.Resource{Kind: Role, Name: want.Name}); err != nil {
		return nil, err
	}
	out, err := s.AWS.IAM.CreateRole(ctx, want.Desired.(desiredRole).Role)
	if advice.Taken(err) { // ours from a call whose answer was lost, or not ours
		if have, findErr := k.find(ctx, s, want); have != nil || findErr != nil {
			return have, findErr
		}
	}
	if err != nil {
		return nil, boundaryTrouble(want, err)
	}
	return &Found{Kind: Role, Name: want.Name, ID: want.Name, ARN: aws.ToString(out.Role.Arn)}, nil
}

// correct restores the trust policy, the boundary and the policy.
func (role) correct(ctx context.Context, s Scope, want Resource, have *Found) (differed bool, err error) {
	d := want.Desired.(desiredRole)
	there, existed := have.Detail.(*types.Role)
	altered := func(part string) {
		differed = true
		s.Tell(event.Change{Kind: Role, Name: want.Name, Found: event.Altered, Part: part})
	}
	if existed && !iampolicy.Same(aws.ToString(there.AssumeRolePolicyDocument), *d.Role.AssumeRolePolicyDocument) {
		altered("trust policy")
		if _, err := s.AWS.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &want.Name, PolicyDocument: d.Role.AssumeRolePolicyDocument}); err != nil {
			return differed, err
		}
	}
	if boundary := d.Role.PermissionsBoundary; existed && boundary != nil && *boundary != boundaryOf(there) {
		altered("permissions boundary")
		if _, err := s.AWS.IAM.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &want.Name, PermissionsBoundary: boundary}); err != nil {
			return differed, boundaryTrouble(want, err)
		}
	}
	if existed {
		out, err := s.AWS.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &want.Name, PolicyName: d.Policy.PolicyName})
		if err != nil && !advice.Gone(err) {
			return differed, err
		}
		if err == nil && iampolicy.Same(aws.ToString(out.PolicyDocument), *d.Policy.PolicyDocument) {
			return differed, nil
		}
		altered("policy")
	}
	_, err = s.AWS.IAM.PutRolePolicy(ctx, d.Policy)
	return differed, err
}

// remove removes the role's policies and deletes it. It is identified by name, so it is
// verified again unless that was done just now.
func (k role) remove(ctx context.Context, s Scope, have *Found) error {
	name := have.Name
	if !have.current() {
		if there, err := k.find(ctx, s, Resource{Kind: Role, Name: name}); err != nil {
			return err
		} else if there == nil {
			return s.Run.Gone(withChildren(Role)...)
		}
	}
	if err := emptyRole(ctx, s.AWS, name); err != nil {
		return err
	}
	err := s.whenFree(ctx, "the role "+name, func(ctx context.Context) error {
		_, err := s.AWS.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
		return err
	})
	if err != nil {
		return err
	}
	// IAM may still show it for a moment (IAM user guide, "Changes that I make are
	// not always immediately visible").
	err = s.poll(ctx, "deleting the role "+name, inUseSpan, func(ctx context.Context) (string, bool, error) {
		_, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if advice.Gone(err) {
			return "", true, nil
		}
		return "still shown", false, err
	})
	if err != nil {
		return err
	}
	return s.Run.Gone(withChildren(Role)...)
}

// emptyRole removes the policies, side by side: IAM does not delete a role that has
// any.
func emptyRole(ctx context.Context, w *awsenv.Environment, name string) error {
	var all errgroup.Group
	all.Go(func() error { return Guarded(func() error { return detachPolicies(ctx, w, name) }) })
	all.Go(func() error { return Guarded(func() error { return deletePolicy(ctx, w, name, rolePolicy) }) })
	all.Go(func() error { return Guarded(func() error { return deleteOtherPolicies(ctx, w, name) }) })
	return all.Wait()
}

func deletePolicy(ctx context.Context, w *awsenv.Environment, role, policy string) error {
	_, err := w.IAM.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &policy})
	if advice.Gone(err) {
		return nil
	}
	return err
}

func detachPolicies(ctx context.Context, w *awsenv.Environment, name string) error {
	attached := paged(iam.NewListAttachedRolePoliciesPaginator(w.IAM, &iam.ListAttachedRolePoliciesInput{RoleName: &name}))
	for attached.HasMorePages() {
		page, err := attached.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.AttachedPolicies {
			if _, err := w.IAM.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: p.PolicyArn}); err != nil && !advice.Gone(err) {
				return err
			}
		}
	}
	return nil
}

// deleteOtherPolicies deletes the inline policies that this program did not create.
func deleteOtherPolicies(ctx context.Context, w *awsenv.Environment, name string) error {
	inline := paged(iam.NewListRolePoliciesPaginator(w.IAM, &iam.ListRolePoliciesInput{RoleName: &name}))
	for inline.HasMorePages() {
		page, err := inline.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, policy := range page.PolicyNames {
			if policy == rolePolicy {
				continue
			}
			if err := deletePolicy(ctx, w, name, policy); err != nil {
				return err
			}
		}
	}
	return nil
}

func boundaryOf(r *types.Role) string {
	if r.PermissionsBoundary == nil {
		return ""
	}
	return aws.ToString(r.PermissionsBoundary.PermissionsBoundaryArn)
}

// BoundaryError says that IAM does not know the permissions boundary.
type BoundaryError struct {
	ARN string
	Err error
}

func (e *BoundaryError) Error() string { return e.Err.Error() }
func (e *BoundaryError) Unwrap() error { return e.Err }

// Remedy is what to do about it.
func (e *BoundaryError) Remedy(s advice.Situation) string {
	return "Name a policy that exists in this account: " + s.Run("walk", "--permissions-boundary", "ARN")
}

// boundaryTrouble recognizes a boundary that does not exist. IAM answers NoSuchEntity,
// as for a missing role (IAM API reference, CreateRole).
func boundaryTrouble(want Resource, err error) error {
	boundary := want.Desired.(desiredRole).Role.PermissionsBoundary
	if boundary == nil || !advice.Gone(err) {
		return err
	}
	return advice.Problem{Doing: "bounding the role with " + *boundary, Err: &BoundaryError{*boundary, err}, Exit: advice.ExitUsage}
}

// optional is nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
