package steps

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	awsenv "agentcore-3lo/internal/aws"
)

// bindRole gives the role the permissions boundary of the run, if it has
// another one or none.
func (t *Task) bindRole(ctx context.Context, w *awsenv.Environment, name, present string) error {
	wanted := t.Record().Settings.PermissionsBoundary
	if wanted == "" || wanted == present {
		return nil
	}
	t.say("The role gets the permissions boundary %s.", wanted)
	_, err := w.IAM.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &name, PermissionsBoundary: &wanted})
	return t.aboutBoundary(err)
}

func boundaryOf(role *types.Role) string {
	if role.PermissionsBoundary == nil {
		return ""
	}
	return aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
}

// aboutBoundary says what to do where IAM does not know the boundary. It calls
// that NoSuchEntity, as it does a missing role (IAM API reference, CreateRole).
func (t *Task) aboutBoundary(err error) error {
	boundary := t.Record().Settings.PermissionsBoundary
	if boundary == "" || !isGone(err) {
		return err
	}
	return Problem{Doing: "bounding the role with " + boundary, Err: err, Exit: ExitUsage,
		Next: "Name a policy that exists in this account: " + t.Command("walk", "--permissions-boundary", "ARN")}
}

// optional is nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
