package steps_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/steps"
)

func TestAWrongRoleIsFoundBeforeAnythingIsCreated(t *testing.T) {
	t.Parallel()
	const (
		trusting = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["bedrock-agentcore.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
		all      = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	)
	for name, c := range map[string]struct{ arn, trust, policy, says string }{
		"not existing":            {"arn:aws:iam::111122223333:role/none", "", "", "role with name none cannot be found"},
		"another account":         {"arn:aws:iam::999988887777:role/own", trusting, all, "account 999988887777"},
		"another partition":       {"arn:aws-cn:iam::111122223333:role/own", trusting, all, "partition aws-cn"},
		"another path":            {"arn:aws:iam::111122223333:role/team/own", trusting, all, "not arn:aws:iam::111122223333:role/team/own"},
		"trusts another service":  {"arn:aws:iam::111122223333:role/own", strings.ReplaceAll(trusting, "bedrock-agentcore", "lambda"), all, "does not let bedrock-agentcore.amazonaws.com assume it"},
		"trusts another account":  {"arn:aws:iam::111122223333:role/own", strings.Replace(trusting, `"sts:AssumeRole"`, `"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"999988887777"}}`, 1), all, "only gateways of account 999988887777"},
		"trusts another gateway":  {"arn:aws:iam::111122223333:role/own", strings.Replace(trusting, `"sts:AssumeRole"`, `"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:bedrock-agentcore:*:*:gateway/other-*"}}`, 1), all, "which this run's gateway will not be"},
		"may nothing":             {"arn:aws:iam::111122223333:role/own", trusting, "", "no policy of"},
		"may not read the secret": {"arn:aws:iam::111122223333:role/own", trusting, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["bedrock-agentcore:*"],"Resource":"*"}]}`, "secretsmanager:GetSecretValue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			if c.trust != "" {
				must(s.AWS.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: aws.String("own"), AssumeRolePolicyDocument: &c.trust}))(t)
			}
			if c.policy != "" {
				must(s.AWS.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String("own"), PolicyName: aws.String("p"), PolicyDocument: &c.policy}))(t)
			}
			s.ForgetRequests()
			s.Settings = func(o *steps.Settings) { o.RoleARN = c.arn }
			f := s.MustFail(s.Walk(), steps.ExitUsage, c.says, "--role-arn")
			if changes := s.Changes(); len(changes) > 0 {
				t.Errorf("%v was done before: %s", changes, f.Why.Message)
			}
		})
	}
}

// A role that this program created for another run goes with that run, whoever's
// it is, and whatever it may do.
func TestAnotherRunsRoleIsNoRoleToName(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]ownership.Owner{
		"one's own run": {Account: "111122223333", Principal: "user/sandbox", Computer: strings.Repeat("a", 32)},
		"a colleague's": {Account: "111122223333", Principal: "user/colleague", Computer: strings.Repeat("b", 32)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			role := must(s.AWS.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: aws.String("BedrockAgentCoreGatewayRole-other"), AssumeRolePolicyDocument: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(t).Role
			var tags []types.Tag
			for key, value := range ownership.Tags("other", owner) {
				tags = append(tags, types.Tag{Key: &key, Value: &value})
			}
			must(s.AWS.IAM.TagRole(bg, &iam.TagRoleInput{RoleName: role.RoleName, Tags: tags}))(t)
			s.ForgetRequests()
			s.Settings = func(o *steps.Settings) { o.RoleARN = *role.Arn }
			s.MustFail(s.Walk(), steps.ExitUsage, "was created for run other", "--role-arn")
			if changes := s.Changes(); len(changes) > 0 {
				t.Errorf("%v was done before", changes)
			}
		})
	}
}

func TestTheRoleIsBoundedByThePolicyOfTheRun(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	const boundary = "arn:aws:iam::111122223333:policy/edge"
	s.Settings = func(o *steps.Settings) { o.PermissionsBoundary = boundary }
	s.MustComplete(s.Walk())
	s.Settings = nil
	name := run.Names{Run: s.Name}.Role()
	bounded := func() string {
		role := must(s.AWS.IAM.GetRole(bg, &iam.GetRoleInput{RoleName: &name}))(t).Role
		if role.PermissionsBoundary == nil {
			return ""
		}
		return aws.ToString(role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	if got := bounded(); got != boundary {
		t.Errorf("the role is bounded by %q", got)
	}
	must(s.AWS.IAM.PutRolePermissionsBoundary(bg, &iam.PutRolePermissionsBoundaryInput{RoleName: &name, PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/PowerUserAccess")}))(t)
	s.MustComplete(s.Walk()) // without the flag: the run remembers it
	if got := bounded(); got != boundary {
		t.Errorf("after a second walk it is bounded by %q", got)
	}
}
