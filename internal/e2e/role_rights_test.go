//go:build unix

package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// TestRolePolicyIsMinimal removes the permissions of the gateway's role one by one,
// without the program: the gateway then refuses the call. The role grants nothing
// else and trusts only this gateway.
func TestRolePolicyIsMinimal(t *testing.T) {
	b := testkit.StartAWS(t)
	s := newRun(t, b)
	s.MustComplete(s.Walk())
	ctx, role := context.Background(), run.Names{Run: s.Name}.Role()
	names, err := s.AWS.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil || len(names.PolicyNames) != 1 {
		t.Fatalf("inline policies: %v %v", names, err)
	}
	attached, err := s.AWS.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil || len(attached.AttachedPolicies) != 0 {
		t.Fatalf("managed policies are attached: %v %v", attached, err)
	}
	name := names.PolicyNames[0]
	out, err := s.AWS.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		t.Fatal(err)
	}
	whole := parseDocument(t, *out.PolicyDocument)
	put := func(t *testing.T, d document) {
		t.Helper()
		if _, err := s.AWS.IAM.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: aws.String(d.String())}); err != nil {
			t.Fatal(err)
		}
	}
	invoke, _ := steps.Find(steps.Invoke)
	// The program repairs its role, so only the gateway's first answer counts.
	works := func() bool {
		var first atomic.Pointer[string]
		b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
			if op != "gateway:tools/call" {
				return false
			}
			testkit.Rewrite(w, r, next, func(body []byte) []byte {
				said := string(body)
				first.CompareAndSwap(nil, &said)
				return body
			})
			return true
		})
		defer b.Intercept(nil)
		o := s.Drive(engine.Mode{Follow: true}, invoke)
		return o.Failure() == nil && !strings.Contains(*first.Load(), "internal error")
	}
	if !works() {
		t.Fatal("it does not work with the whole policy")
	}
	needed := []string{"bedrock-agentcore:GetGateway", "bedrock-agentcore:GetResourceOauth2Token", "bedrock-agentcore:GetWorkloadAccessToken",
		"bedrock-agentcore:GetWorkloadAccessTokenForJWT", "secretsmanager:GetSecretValue"}
	if got := slices.Sorted(slices.Values(whole.actions())); !slices.Equal(got, needed) {
		t.Errorf("the role may do %v", got)
	}
	refusals := 0
	for _, action := range needed {
		put(t, whole.without(action))
		if works() {
			t.Errorf("without %s it works", action)
		}
		refusals++
	}
	for i, st := range whole.Statement {
		for j, resource := range st.Resource {
			less := document{Version: whole.Version, Statement: slices.Clone(whole.Statement)}
			less.Statement[i].Resource = slices.Delete(slices.Clone(st.Resource), j, j+1)
			if len(less.Statement[i].Resource) == 0 {
				less.Statement = slices.Delete(less.Statement, i, i+1)
			}
			put(t, less)
			if works() {
				t.Errorf("without the resource %s of %v it still works", resource, st.Action)
			}
			refusals++
		}
	}
	put(t, whole)
	for _, n := range [][2]string{
		{"bedrock-agentcore:GetResourceOauth2Token", "arn:aws:bedrock-agentcore:us-east-1:" + s.Caller + ":token-vault/default/oauth2credentialprovider/foreign"},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:" + s.Caller + ":secret:bedrock-agentcore-identity!default/oauth2/foreign-AbCdEf"},
		{"bedrock-agentcore:GetWorkloadAccessTokenForJWT", "arn:aws:bedrock-agentcore:us-east-1:" + s.Caller + ":workload-identity-directory/default/workload-identity/other-0123456789"},
		{"s3:GetObject", "*"}, {"iam:PassRole", "*"},
	} {
		if whole.allows(t, n[0], n[1], "") {
			t.Errorf("the role may %s on %s", n[0], n[1])
		}
	}
	// Only this run's gateway in this account may assume the role.
	got, err := s.AWS.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, swap := range [][2]string{{`"aws:SourceAccount":"` + s.Caller, `"aws:SourceAccount":"999988887777`}, {":" + s.Caller + ":gateway/", ":999988887777:gateway/"}, {"gateway/gateway-authcode-test-*", "gateway/another-*"}, {"bedrock-agentcore.amazonaws.com", "lambda.amazonaws.com"}} {
		if !strings.Contains(trust, swap[0]) {
			t.Errorf("the trust does not name %s: %s", swap[0], trust)
			continue
		}
		if _, err := s.AWS.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: aws.String(strings.ReplaceAll(trust, swap[0], swap[1]))}); err != nil {
			t.Fatal(err)
		}
		if works() {
			t.Errorf("with %s instead of %s in the trust policy it still works", swap[1], swap[0])
		}
		refusals++
	}
	if _, err := s.AWS.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	if !works() {
		t.Error("it fails after the permission was restored")
	}
	// The next walk detects the change.
	put(t, whole.without(needed[0]))
	if o := s.MustComplete(s.Walk()); !strings.Contains(o.Said(), "policy was altered") || !works() {
		t.Errorf("the next walk did not repair the policy: %s", o.Said())
	}
	t.Logf("rights taken away and refused: %d", refusals)
}
