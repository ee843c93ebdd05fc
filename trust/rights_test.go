//go:build unix

package trust_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/steps"
)

// document is an IAM policy as far as these tests need it.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string         `json:",omitempty"`
	Effect    string         //
	Principal any            `json:",omitempty"`
	Action    list           //
	Resource  list           `json:",omitempty"`
	Condition map[string]any `json:",omitempty"`
}

// list is a string or several, as policies write both.
type list []string

func (l *list) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(l))
}

func parseDocument(t testing.TB, raw string) document {
	t.Helper()
	if plain, err := url.QueryUnescape(raw); err == nil && strings.HasPrefix(raw, "%7B") {
		raw = plain
	}
	var d document
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return d
}

func (d document) String() string { raw, _ := json.Marshal(d); return string(raw) }

// actions lists every action that the document allows.
func (d document) actions() []string {
	var all []string
	for _, st := range d.Statement {
		all = append(all, st.Action...)
	}
	return unique(all)
}

// without takes one action out wherever it stands.
func (d document) without(action string) document {
	out := document{Version: d.Version}
	for _, st := range d.Statement {
		st.Action = slices.DeleteFunc(slices.Clone(st.Action), func(a string) bool { return a == action })
		if len(st.Action) > 0 {
			out.Statement = append(out.Statement, st)
		}
	}
	return out
}

// need is one thing that a caller must be allowed to do.
type need struct {
	action, resource string
	passedTo         string // iam:PassedToService
}

func matches(pattern, value string) bool {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(`(?s)\A` + quoted + `\z`).MatchString(value)
}

// allows is IAM's rule for a policy without Deny. A condition that it does not
// know does not hold.
func (d document) allows(n need) bool {
	return slices.ContainsFunc(d.Statement, func(st statement) bool {
		if st.Effect != "Allow" || !slices.ContainsFunc(st.Action, func(a string) bool { return matches(a, n.action) }) ||
			!slices.ContainsFunc(st.Resource, func(r string) bool { return matches(r, n.resource) }) {
			return false
		}
		for operator, keys := range st.Condition {
			values, _ := keys.(map[string]any)
			if operator != "StringEquals" || len(values) != 1 || values["iam:PassedToService"] != n.passedTo {
				return false
			}
		}
		return true
	})
}

// needsOf is what a request asks of its caller: the action itself, and what AWS
// does on the way in the caller's name (docs/security.md names the sources).
func needsOf(op string, r *http.Request, account string) []need {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var in map[string]any
	_ = json.Unmarshal(body, &in)
	form, _ := url.ParseQuery(string(body))
	text := func(name string) string { s, _ := in[name].(string); return s }
	arn := func(service, region, resource string) string {
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, resource)
	}
	const region = "us-east-1"
	service, name, _ := strings.Cut(op, ":")
	agentcore := func(resource string) string { return arn("bedrock-agentcore", region, resource) }
	all := []need{}
	add := func(action, resource string) { all = append(all, need{action: action, resource: resource}) }
	switch service {
	case "sts":
		add(op, "*")
	case "cognito-idp":
		switch name {
		case "CreateUserPool":
			add(op, "*")
			add("cognito-idp:TagResource", arn(service, region, "userpool/us-east-1_new"))
		case "ListUserPools", "DescribeUserPoolDomain":
			add(op, "*")
		default:
			add(op, arn(service, region, "userpool/"+text("UserPoolId")))
		}
	case "iam":
		if name == "ListRoles" {
			add(op, arn(service, "", "role/"))
			break
		}
		add(op, arn(service, "", "role/"+form.Get("RoleName")))
		if name == "CreateRole" {
			add("iam:TagRole", arn(service, "", "role/"+form.Get("RoleName")))
		}
	case "bedrock-agentcore":
		segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		gateway := agentcore("gateway/*")
		if segments[0] == "gateways" && len(segments) > 1 {
			gateway = agentcore("gateway/" + segments[1])
		}
		vault := agentcore("token-vault/default")
		provider := agentcore("token-vault/default/oauth2credentialprovider/" + text("name"))
		secret := arn("secretsmanager", region, "secret:bedrock-agentcore-identity!default/oauth2/"+text("name")+"-AbCdEf")
		identity := agentcore("workload-identity-directory/default/workload-identity/gateway-authcode-test-0123456789")
		switch {
		case name == "CompleteResourceTokenAuth":
			add(op, agentcore("token-vault/default"))
			add("secretsmanager:GetSecretValue", arn("secretsmanager", region, "secret:bedrock-agentcore-identity!default/oauth2/any-AbCdEf"))
		case strings.Contains(name, "TagsForResource") || name == "TagResource":
			resource, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/tags/"))
			add(op, resource)
		case strings.Contains(name, "CredentialProvider"):
			add(op, provider)
			add(op, vault)
			switch name {
			case "CreateOauth2CredentialProvider":
				add("bedrock-agentcore:CreateTokenVault", vault)
				add("bedrock-agentcore:TagResource", provider)
				add("secretsmanager:CreateSecret", secret)
				add("secretsmanager:TagResource", secret)
			case "DeleteOauth2CredentialProvider":
				add("secretsmanager:DeleteSecret", secret)
			}
		default:
			add(op, gateway)
			switch name {
			case "CreateGateway":
				all = append(all, need{"iam:PassRole", text("roleArn"), "bedrock-agentcore.amazonaws.com"})
				add("bedrock-agentcore:TagResource", agentcore("gateway/gateway-authcode-test-0123456789"))
				add("bedrock-agentcore:CreateWorkloadIdentity", identity)
			case "DeleteGateway":
				add("bedrock-agentcore:DeleteWorkloadIdentity", identity)
			}
		}
	}
	return all
}

// guard is the caller's policy, standing before the sandbox.
func guard(d document, account string, seen func(need)) hook {
	return func(_ int, op string, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !isAWS(op) {
			return false
		}
		for _, n := range needsOf(op, r, account) {
			if seen != nil {
				seen(n)
			}
			if d.allows(n) {
				continue
			}
			refuse(w, op, 403, deniedCode(op), fmt.Sprintf("User: arn:aws:iam::%s:user/sandbox is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
				account, n.action, n.resource, n.action))
			return true
		}
		return false
	}
}

// TestCallerPolicy puts the policy that `policy` prints before the sandbox: with
// it a whole run and its cleanup pass. With any one action taken out that they
// need, something stops, names the action, and prints the statement to add.
func TestCallerPolicy(t *testing.T) {
	b := newBox(t)
	s := newStage(t, b)
	whole := parseDocument(t, steps.CallerPolicy("aws", s.key, "us-east-1", steps.Names{}))
	var used []string
	var mu sync.Mutex
	b.intrude(guard(whole, s.key, func(n need) {
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(used, n.action) {
			used = append(used, n.action)
		}
	}))
	s.mustEnd(s.walk())
	s.mustEnd(s.cleanup())
	var refusedCount atomic.Int64
	var cases []namedCase
	for _, action := range used {
		cases = append(cases, namedCase{"without " + action, func(t *testing.T, b *box) {
			s := newStage(t, b)
			less := parseDocument(t, steps.CallerPolicy("aws", s.key, "us-east-1", steps.Names{})).without(action)
			b.intrude(guard(less, s.key, nil))
			f := s.walk().failure()
			if f == nil {
				f = s.cleanup().failure()
			}
			b.intrude(nil)
			if f == nil {
				t.Fatal("nothing fails")
			}
			s.mustExplain(f, steps.ExitDenied)
			_, after, _ := strings.Cut(f.Next, "{")
			var add statement
			if err := json.NewDecoder(strings.NewReader("{" + after)).Decode(&add); err != nil {
				t.Fatalf("the statement to add is no JSON: %v\n%s", err, f.Next)
			}
			if !slices.Equal(add.Action, list{action}) {
				t.Errorf("it says to add %v", add.Action)
			}
			// What it says to add is enough.
			for range 3 {
				less.Statement = append(less.Statement, add)
				b.intrude(guard(less, s.key, nil))
				if f = s.walk().failure(); f == nil {
					f = s.cleanup().failure()
				}
				if f == nil {
					break
				}
				_, after, _ := strings.Cut(f.Next, "{")
				_ = json.NewDecoder(strings.NewReader("{" + after)).Decode(&add) // the same action on a further resource
			}
			b.intrude(nil)
			if f != nil {
				t.Errorf("with the statements added it still stops: %s", f.Why.Message)
			}
			refusedCount.Add(1)
		}})
	}
	inParallel(t, 4, cases)
	for _, n := range []need{
		{"iam:DeleteRole", "arn:aws:iam::" + s.key + ":role/Admin", ""},
		{"iam:PassRole", "arn:aws:iam::" + s.key + ":role/BedrockAgentCoreGatewayRole-x", "ec2.amazonaws.com"},
		{"iam:PassRole", "arn:aws:iam::" + s.key + ":role/Admin", "bedrock-agentcore.amazonaws.com"},
		{"iam:AttachRolePolicy", "arn:aws:iam::" + s.key + ":role/BedrockAgentCoreGatewayRole-x", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:" + s.key + ":secret:production-AbCdEf", ""},
		{"cognito-idp:DeleteUserPool", "arn:aws:cognito-idp:eu-west-1:" + s.key + ":userpool/eu-west-1_x", ""},
		{"bedrock-agentcore:DeleteGateway", "arn:aws:bedrock-agentcore:us-east-1:999988887777:gateway/x", ""},
		{"sts:AssumeRole", "*", ""},
	} {
		if whole.allows(n) {
			t.Errorf("the policy allows %s on %s", n.action, n.resource)
		}
	}
	for _, st := range whole.Statement {
		for _, a := range st.Action {
			if strings.Contains(a, "*") {
				t.Errorf("the policy has a wildcard action %s", a)
			}
		}
	}
	var spare []string
	for _, a := range whole.actions() {
		if !slices.Contains(used, a) {
			spare = append(spare, a)
		}
	}
	t.Logf("actions of the caller's policy: %d; refused one by one with the statement to add: %d; not asked by a first walk and its cleanup: %v", len(whole.actions()), refusedCount.Load(), spare)
}

// TestRolePolicyIsExactlyWhatIsNeeded takes the role's rights away one by one,
// behind the program's back: the gateway refuses the call. It needs nothing
// that is not there, and trusts nobody else.
func TestRolePolicyIsExactlyWhatIsNeeded(t *testing.T) {
	b := newBox(t)
	s := newStage(t, b)
	s.mustEnd(s.walk())
	ctx, role := context.Background(), steps.Names{Run: s.run}.Role()
	names, err := s.aws.IAM.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil || len(names.PolicyNames) != 1 {
		t.Fatalf("inline policies: %v %v", names, err)
	}
	attached, err := s.aws.IAM.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil || len(attached.AttachedPolicies) != 0 {
		t.Fatalf("managed policies are attached: %v %v", attached, err)
	}
	name := names.PolicyNames[0]
	out, err := s.aws.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		t.Fatal(err)
	}
	whole := parseDocument(t, *out.PolicyDocument)
	put := func(t *testing.T, d document) {
		t.Helper()
		if _, err := s.aws.IAM.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: aws.String(d.String())}); err != nil {
			t.Fatal(err)
		}
	}
	invoke, _ := steps.Find(steps.Invoke)
	works := func() bool { return s.drive([]steps.Step{invoke}).failure() == nil }
	if !works() {
		t.Fatal("it does not work with the whole policy")
	}
	// The gateway's own calls, as far as they are known to be made with this
	// role; the other two are what the developer guide asks for besides.
	needed := []string{"bedrock-agentcore:GetWorkloadAccessTokenForJWT", "bedrock-agentcore:GetResourceOauth2Token", "secretsmanager:GetSecretValue"}
	documented := []string{"bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetGateway"}
	if got := slices.Sorted(slices.Values(whole.actions())); !slices.Equal(got, slices.Sorted(slices.Values(append(slices.Clone(needed), documented...)))) {
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
		if !slices.ContainsFunc(st.Action, func(a string) bool { return slices.Contains(needed, a) }) {
			continue
		}
		for j, resource := range st.Resource {
			less := document{Version: whole.Version, Statement: slices.Clone(whole.Statement)}
			less.Statement[i].Resource = slices.Delete(slices.Clone(st.Resource), j, j+1)
			if len(less.Statement[i].Resource) == 0 {
				less.Statement = slices.Delete(less.Statement, i, i+1)
			}
			put(t, less)
			if works() {
				t.Errorf("without the resource %s of %v it works", resource, st.Action)
			}
			refusals++
		}
	}
	put(t, whole)
	for _, n := range []need{
		{"bedrock-agentcore:GetResourceOauth2Token", "arn:aws:bedrock-agentcore:us-east-1:" + s.key + ":token-vault/default/oauth2credentialprovider/somebody-elses", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:" + s.key + ":secret:bedrock-agentcore-identity!default/oauth2/somebody-elses-AbCdEf", ""},
		{"bedrock-agentcore:GetWorkloadAccessTokenForJWT", "arn:aws:bedrock-agentcore:us-east-1:" + s.key + ":workload-identity-directory/default/workload-identity/other-0123456789", ""},
		{"s3:GetObject", "*", ""}, {"iam:PassRole", "*", ""},
	} {
		if whole.allows(n) {
			t.Errorf("the role may %s on %s", n.action, n.resource)
		}
	}
	// The trust: this account's gateway of this run, nobody else.
	got, err := s.aws.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument)
	if err != nil {
		t.Fatal(err)
	}
	for _, swap := range [][2]string{{s.key, "999988887777"}, {"gateway/gateway-authcode-test-*", "gateway/another-*"}, {"bedrock-agentcore.amazonaws.com", "lambda.amazonaws.com"}} {
		if !strings.Contains(trust, swap[0]) {
			t.Errorf("the trust does not name %s: %s", swap[0], trust)
			continue
		}
		if _, err := s.aws.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: aws.String(strings.ReplaceAll(trust, swap[0], swap[1]))}); err != nil {
			t.Fatal(err)
		}
		if works() {
			t.Errorf("with %s for %s in the trust it works", swap[1], swap[0])
		}
		refusals++
	}
	if _, err := s.aws.IAM.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	if !works() {
		t.Error("put back, it does not work")
	}
	// The next walk finds what was altered.
	put(t, whole.without(needed[0]))
	if o := s.mustEnd(s.walk()); !strings.Contains(o.said, "policy was altered") || !works() {
		t.Errorf("the next walk did not mend the policy: %s", o.said)
	}
	t.Logf("rights taken away and refused: %d", refusals)
}
