package steps

import (
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/run"
)

// rolePolicy is the name of the role's one inline policy.
const rolePolicy = "AgentCoreGatewayOutbound"

// agentCorePrincipal is AgentCore's service principal. Service principals end
// with amazonaws.com in every partition (IAM user guide, “AWS service
// principals”).
const agentCorePrincipal = "bedrock-agentcore.amazonaws.com"

// document is an IAM policy document.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string         `json:",omitempty"`
	Effect    string         //
	Principal map[string]any `json:",omitempty"`
	Action    []string
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

func (d document) String() string {
	raw, _ := json.Marshal(d) // strings and maps of strings always marshal
	return string(raw)
}

// trustPolicy lets AgentCore assume the role for this account's gateway of
// this run only (AgentCore developer guide, "Gateway service role").
func (k *Kit) trustPolicy(w *awsenv.Environment) document {
	return document{"2012-10-17", []statement{{
		Effect:    "Allow",
		Principal: map[string]any{"Service": agentCorePrincipal},
		Action:    []string{"sts:AssumeRole"},
		Condition: map[string]map[string]string{
			"StringEquals": {"aws:SourceAccount": w.Account},
			"ArnLike":      {"aws:SourceArn": w.ARN("bedrock-agentcore", "gateway/"+k.gatewayPattern())},
		},
	}}}
}

// outboundPolicy is what a gateway needs to fetch a user's token and no more.
// It names things by pattern, so that it does not wait for them to exist.
func (k *Kit) outboundPolicy(w *awsenv.Environment) document {
	const directory = "workload-identity-directory/default"
	arn := func(resource string) string { return w.ARN("bedrock-agentcore", resource) }
	identities := []string{arn(directory), arn(directory + "/workload-identity/" + k.gatewayPattern())}
	return document{"2012-10-17", []statement{
		{Sid: "WorkloadIdentity", Effect: "Allow",
			Action:   []string{"bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetWorkloadAccessTokenForJWT"},
			Resource: identities},
		{Sid: "UserToken", Effect: "Allow",
			Action: []string{"bedrock-agentcore:GetResourceOauth2Token"},
			Resource: append([]string{arn("token-vault/default"), arn("token-vault/default/oauth2credentialprovider/" + k.Names.Provider())},
				identities...)},
		{Sid: "ProviderSecret", Effect: "Allow",
			Action:   []string{"secretsmanager:GetSecretValue"},
			Resource: []string{w.ARN("secretsmanager", "secret:bedrock-agentcore-identity!default/oauth2/"+k.Names.Provider()+"-*")}},
		{Sid: "Itself", Effect: "Allow",
			Action:   []string{"bedrock-agentcore:GetGateway"},
			Resource: []string{arn("gateway/" + k.gatewayPattern())}},
	}}
}

// gatewayPattern matches the gateway's id: its name in lower case, a hyphen and
// ten characters.
func (k *Kit) gatewayPattern() string { return strings.ToLower(k.Names.Gateway()) + "-*" }

// role makes sure that the gateway's role exists with exactly our documents.
// A role that the person gave is used and never touched.
func (t *Task) role(ctx context.Context, w *awsenv.Environment) (arn string, err error) {
	if own := t.Record().Settings.RoleARN; own != "" {
		return own, nil
	}
	name := t.Names.Role()
	role, err := t.ownRole(ctx, w)
	if err != nil {
		return "", err
	}
	fresh, bounded := role == nil, t.Record().Settings.PermissionsBoundary
	if fresh {
		if arn, err = t.createRole(ctx, w, name); err != nil {
			return "", err
		}
	} else {
		arn, bounded = aws.ToString(role.Arn), boundaryOf(role)
		if !sameDocument(aws.ToString(role.AssumeRolePolicyDocument), t.trustPolicy(w).String()) {
			t.say("The role's trust was altered; putting it back.")
			if _, err := w.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &name,
				PolicyDocument: aws.String(t.trustPolicy(w).String())}); err != nil {
				return "", err
			}
		}
	}
	if err := t.made(run.Resource{Kind: KindRole, Name: name, ID: name, ARN: arn}); err != nil {
		return "", err
	}
	if err := t.bindRole(ctx, w, name, bounded); err != nil {
		return "", err
	}
	return arn, t.rolePermissions(ctx, w, name, fresh)
}

// ownRole returns the run's role, nil where there is none, or an error where
// the role of that name is not the run's.
func (t *Task) ownRole(ctx context.Context, w *awsenv.Environment) (*types.Role, error) {
	name := t.Names.Role()
	out, err := w.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return out.Role, t.verified(w, KindRole, name, aws.ToString(out.Role.Arn), roleTags(out.Role))
}

func roleTags(role *types.Role) map[string]string {
	tags := map[string]string{}
	for _, tag := range role.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

func (t *Task) createRole(ctx context.Context, w *awsenv.Environment, name string) (string, error) {
	if !t.resource(KindRole).Made.IsZero() {
		t.say("The role %s is gone; making it again.", name)
	}
	if err := t.intend(run.Resource{Kind: KindRole, Name: name}); err != nil {
		return "", err
	}
	out, err := w.IAM.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 &name,
		AssumeRolePolicyDocument: aws.String(t.trustPolicy(w).String()),
		Description:              aws.String("IAM role for Bedrock Agent Core Gateway with 3LO"),
		PermissionsBoundary:      optional(t.Record().Settings.PermissionsBoundary),
		Tags:                     iamTags(t.tags(w)),
	})
	if isTaken(err) {
		role, findErr := t.ownRole(ctx, w)
		if findErr != nil {
			return "", findErr
		}
		if role != nil {
			return aws.ToString(role.Arn), nil
		}
	}
	if err != nil {
		return "", t.aboutBoundary(err)
	}
	t.say("Role %s", name)
	return aws.ToString(out.Role.Arn), nil
}

func (t *Task) rolePermissions(ctx context.Context, w *awsenv.Environment, name string, fresh bool) error {
	wanted := t.outboundPolicy(w).String()
	out, err := w.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: aws.String(rolePolicy)})
	if err != nil && !isGone(err) {
		return err
	}
	if err == nil && sameDocument(aws.ToString(out.PolicyDocument), wanted) {
		return nil
	}
	switch {
	case err == nil:
		t.say("The role's policy was altered; putting it back.")
	case !fresh:
		t.say("The role's policy is gone; putting it back.")
	}
	_, err = w.IAM.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String(rolePolicy), PolicyDocument: &wanted})
	return err
}

// sameDocument compares policy documents by meaning. IAM returns them
// URL-encoded.
func sameDocument(got, wanted string) bool {
	if plain, err := url.QueryUnescape(got); err == nil && strings.HasPrefix(strings.TrimSpace(got), "%7B") {
		got = plain
	}
	return sameJSON(got, wanted)
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func iamTags(tags map[string]string) []types.Tag {
	var all []types.Tag
	for k, v := range tags {
		all = append(all, types.Tag{Key: aws.String(k), Value: aws.String(v)})
	}
	return all
}
