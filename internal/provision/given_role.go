package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/advice"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/iampolicy"
	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/pattern"
)

// iamForm is the form of a role's or policy's ARN (IAM user guide, “IAM
// identifiers”).
func iamForm(kind string) *pattern.Pattern {
	return pattern.New(`^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):` + kind + `/([!-~]+/)?[\w+=,.@-]+$`)
}

var roleForm, boundaryForm = iamForm("role"), iamForm("policy")

// CheckRoleARN refuses anything but the ARN of a role.
func CheckRoleARN(arn string) error {
	if !roleForm.MatchString(arn) || strings.Contains(arn, ":iam::aws:") {
		return fmt.Errorf("--role-arn: %q is not a role ARN, such as arn:aws:iam::123456789012:role/Name", arn)
	}
	return nil
}

// CheckBoundaryARN refuses anything but the ARN of a policy.
func CheckBoundaryARN(arn string) error {
	if !boundaryForm.MatchString(arn) {
		return fmt.Errorf("--permissions-boundary: %q is not a policy ARN, such as arn:aws:iam::123456789012:policy/Name", arn)
	}
	return nil
}

// RoleArgumentError says that a flag for the gateway's role has an unsuitable value.
type RoleArgumentError struct {
	Flag string // "--role-arn" or "--permissions-boundary"
	Err  error
	Next string // what to give instead, or what the owner of the role has to do
	Have string // the policy that the role must have; "" = none is missing
}

func (e *RoleArgumentError) Error() string { return e.Err.Error() }
func (e *RoleArgumentError) Unwrap() error { return e.Err }

// Remedy is what to do about it.
func (e *RoleArgumentError) Remedy(s advice.Situation) string {
	if e.Have == "" {
		return e.Next + ": " + s.Run("walk", e.Flag, "ARN")
	}
	return e.Next + ":\n" + e.Have + "\nOr name another role: " + s.Run("walk", "--role-arn", "ARN") + "\nThen resume: " + s.Retry
}

func wrongRole(flag string, err error, next, have string) error {
	return advice.Problem{Doing: "checking " + flag, Err: &RoleArgumentError{flag, err, next, have}, Exit: advice.ExitUsage}
}

// CheckRoles checks, before anything is created, whether the role that the user gave is
// suitable for the gateway. Without one, it looks for a role with the run's name, which
// shows whether IAM accepts the credentials.
func CheckRoles(ctx context.Context, s Scope) error {
	settings := s.Run.Record().Settings
	if err := here(s.AWS, "--permissions-boundary", settings.PermissionsBoundary); err != nil {
		return err
	}
	if settings.RoleARN == "" {
		_, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(s.names().Role())})
		if advice.Gone(err) {
			return nil
		}
		return err
	}
	if err := here(s.AWS, "--role-arn", settings.RoleARN); err != nil {
		return err
	}
	return checkGivenRole(ctx, s, settings.RoleARN)
}

// here refuses an ARN of another account or partition. AWS managed policies have the
// account "aws".
func here(w *awsenv.Environment, flag, given string) error {
	if given == "" {
		return nil
	}
	parsed, err := arn.Parse(given)
	switch {
	case err != nil:
	case parsed.Partition != w.Partition:
		err = fmt.Errorf("%s names %s, in the partition %s; these credentials are in %s", flag, given, parsed.Partition, w.Partition)
	case parsed.AccountID != w.Account && parsed.AccountID != "aws":
		err = fmt.Errorf("%s names %s, in account %s; these credentials are in account %s", flag, given, parsed.AccountID, w.Account)
	}
	if err == nil {
		return nil
	}
	return wrongRole(flag, err, "Name one in account "+w.Account, "")
}

func checkGivenRole(ctx context.Context, s Scope, given string) error {
	name := given[strings.LastIndex(given, "/")+1:]
	out, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	switch {
	case advice.Gone(err):
		return wrongRole("--role-arn", fmt.Errorf("the role %s does not exist: %w", given, err), "Name a role that exists", "")
	case err != nil && advice.NotAuthorized(err):
		s.Tell(event.Warning{Text: fmt.Sprintf("The role %s cannot be checked (%s). If a gateway cannot use it, creating the gateway will fail.", given, Brief(err))})
		return nil
	case err != nil:
		return err
	}
	if found := aws.ToString(out.Role.Arn); found != given {
		return wrongRole("--role-arn", fmt.Errorf("the role %s is %s, not %s", name, found, given), "Give its ARN", "")
	}
	if claim, ours := ownership.ReadTags(roleTags(out.Role)); ours && claim.Run != s.Run.Name() {
		return wrongRole("--role-arn", fmt.Errorf("the role %s was created for run %s, and the cleanup of that run deletes it", given, claim.Run), "Name another role", "")
	}
	if why := iampolicy.Distrusts(s.AWS, s.names(), iampolicy.Decoded(aws.ToString(out.Role.AssumeRolePolicyDocument))); why != "" {
		return wrongRole("--role-arn", fmt.Errorf("the trust policy of %s %s", given, why), "Have the owner of the role give it this trust policy", iampolicy.TrustPolicy(s.AWS, s.names()).String())
	}
	lacks, err := lacks(ctx, s.AWS, name, iampolicy.OutboundPolicy(s.AWS, s.names()))
	if err != nil {
		s.Tell(event.Warning{Text: fmt.Sprintf("The permissions of the role %s cannot be checked (%s).", given, Brief(err))})
		return nil
	}
	if len(lacks) > 0 {
		return wrongRole("--role-arn", fmt.Errorf("no policy of %s allows %s", given, strings.Join(lacks, ", ")), "Have the owner of the role give it this policy", iampolicy.OutboundPolicy(s.AWS, s.names()).String())
	}
	return nil
}

// lacks lists the actions of the desired policy that no inline policy of the role
// allows. It cannot tell if the role has an attached policy.
func lacks(ctx context.Context, w *awsenv.Environment, role string, wanted iampolicy.Document) ([]string, error) {
	attached, err := w.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil || len(attached.AttachedPolicies) > 0 {
		return nil, err
	}
	inline, err := w.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		return nil, err
	}
	if inline.IsTruncated {
		return nil, errors.New("it has more policies than are listed at once")
	}
	var allowed []string
	for _, name := range inline.PolicyNames {
		out, err := w.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		actions, all, err := iampolicy.Allowed(iampolicy.Decoded(aws.ToString(out.PolicyDocument)))
		if err != nil || all {
			return nil, err
		}
		allowed = append(allowed, actions...)
	}
	return wanted.Missing(allowed), nil
}
