//go:build unix

package e2e_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"agentcore-3lo/internal/iampolicy"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
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

// list accepts a string or a list of strings, as policies do.
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

// actions lists the actions that the document allows.
func (d document) actions() []string {
	var all []string
	for _, st := range d.Statement {
		all = append(all, st.Action...)
	}
	return unique(all)
}

// without returns the document without one action.
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

// allows evaluates the document as the sandbox does. passedTo is iam:PassedToService.
func (d document) allows(t testing.TB, action, resource, passedTo string) bool {
	t.Helper()
	allowed, err := sandbox.PolicyAllows(d.String(), action, resource, map[string]string{"iam:PassedToService": passedTo})
	if err != nil {
		t.Fatal(err)
	}
	return allowed
}

// callerPolicy returns the policy that `policy` prints for an account.
func callerPolicy(t testing.TB, account string) document {
	t.Helper()
	return parseDocument(t, iampolicy.Caller(iampolicy.Scope{Account: account, Region: "us-east-1"}))
}

// TestCallerPolicy gives the sandbox's caller the policy that `policy` prints:
// every command works with it. Without any one of its actions some command fails,
// names the action and prints the statement to add, and that statement is enough.
func TestCallerPolicy(t *testing.T) {
	account := "111122223333"
	whole := callerPolicy(t, account)
	all := scenarios()
	var claimed []string
	for _, e := range all {
		claimed = append(claimed, e.needs...)
	}
	for _, action := range claimed {
		if !slices.Contains(whole.actions(), action) {
			t.Errorf("the policy has no action %s", action)
		}
	}
	// The first walk and its cleanup need every action that no other scenario needs.
	for _, action := range whole.actions() {
		if action == "sagemaker:DescribeSpace" {
			continue // only needed in a Studio space, and optional there
		}
		if !slices.Contains(claimed, action) {
			all[0].needs = append(all[0].needs, action)
		}
	}
	var refusals atomic.Int64
	var cases []namedCase
	for _, e := range all {
		cases = append(cases, namedCase{e.name, func(t *testing.T, b *testkit.Sandbox) {
			o := newFixture(t, b, e)
			o.setCallerPolicy(callerPolicy(t, o.Caller))
			if f, said := e.run(o); f != nil {
				t.Fatalf("with the whole policy it fails while %s: %s\n%s", f.Doing, f.Why.Message, said)
			}
		}})
		for _, action := range slices.Concat(e.needs, e.alsoNeeds) {
			cases = append(cases, namedCase{e.name + " without " + action, func(t *testing.T, b *testkit.Sandbox) {
				o := newFixture(t, b, e)
				o.mustNeed(e, action)
				refusals.Add(1)
			}})
		}
	}
	inParallel(t, 4, sample(cases))
	for _, n := range [][3]string{
		{"iam:DeleteRole", "arn:aws:iam::" + account + ":role/Admin", ""},
		{"iam:PassRole", "arn:aws:iam::" + account + ":role/BedrockAgentCoreGatewayRole-x", "ec2.amazonaws.com"},
		{"iam:PassRole", "arn:aws:iam::" + account + ":role/Admin", "bedrock-agentcore.amazonaws.com"},
		{"iam:AttachRolePolicy", "arn:aws:iam::" + account + ":role/BedrockAgentCoreGatewayRole-x", ""},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:" + account + ":secret:production-AbCdEf", ""},
		{"cognito-idp:DeleteUserPool", "arn:aws:cognito-idp:eu-west-1:" + account + ":userpool/eu-west-1_x", ""},
		{"bedrock-agentcore:DeleteGateway", "arn:aws:bedrock-agentcore:us-east-1:999988887777:gateway/x", ""},
		{"sts:AssumeRole", "*", ""},
	} {
		if whole.allows(t, n[0], n[1], n[2]) {
			t.Errorf("the policy allows %s on %s", n[0], n[1])
		}
	}
	for _, action := range whole.actions() {
		if strings.Contains(action, "*") {
			t.Errorf("the policy has a wildcard action %s", action)
		}
	}
	t.Logf("actions of the caller's policy: %d; scenarios: %d; actions removed one by one: %d", len(whole.actions()), len(all), refusals.Load())
}

// scenario is a use of the program and the actions of the caller's policy that it needs.
type scenario struct {
	name      string
	needs     []string // actions that the first walk and its cleanup do not need
	alsoNeeds []string // actions that they need as well
	// prepare runs with all permissions. Optional.
	prepare func(*fixture)
	run     func(*fixture) (f *engine.Failure, output string)
}

func (e scenario) alsoNeeding(actions ...string) scenario {
	e.alsoNeeds = actions
	return e
}

// fixture is what a scenario runs on: a run in this process, and a user of the
// built program in the same account.
type fixture struct {
	*testkit.Run
	person *person
	walked bool // by the first scenario: the next attempt continues with the cleanup
}

func newFixture(t *testing.T, b *testkit.Sandbox, e scenario) *fixture {
	t.Helper()
	if err := b.SetCallerPolicy(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.SetCallerPolicy("") })
	s := newRun(t, b)
	o := &fixture{Run: s, person: newPerson(t, b)}
	o.person.env["AWS_ACCESS_KEY_ID"] = s.Caller
	if e.prepare != nil {
		e.prepare(o)
	}
	return o
}

// setCallerPolicy gives every caller this policy.
func (o *fixture) setCallerPolicy(d document) {
	o.T.Helper()
	if err := o.Sandbox.SetCallerPolicy(d.String()); err != nil {
		o.T.Fatal(err)
	}
}

// mustNeed runs the scenario without an action, which must fail, and then with
// the statements that the errors print, one resource after the other.
func (o *fixture) mustNeed(e scenario, action string) {
	o.T.Helper()
	whole := callerPolicy(o.T, o.Caller)
	less := whole.without(action)
	o.setCallerPolicy(less)
	f, _ := e.run(o)
	if f == nil {
		o.T.Fatal("it succeeds without " + action)
	}
	for range 4 {
		if f == nil {
			return
		}
		o.MustExplain(f, steps.ExitDenied)
		_, after, _ := strings.Cut(f.Next, "{")
		var add statement
		if err := json.NewDecoder(strings.NewReader("{" + after)).Decode(&add); err != nil {
			o.T.Fatalf("the statement to add is not JSON: %v\n%s", err, f.Next)
		}
		if !slices.Equal(add.Action, list{action}) {
			o.T.Fatalf("it says to add %v: %s", add.Action, f.Why.Message)
		}
		less.Statement = append(less.Statement, add)
		o.setCallerPolicy(less)
		f, _ = e.run(o)
	}
	if f != nil {
		o.T.Errorf("it still fails with the statements added: %s", f.Why.Message)
	}
}

// scenarios cover every call to AWS. The first one is a first walk.
func scenarios() []scenario {
	walk := func(o *fixture) (*engine.Failure, string) { x := o.Walk(); return x.Failure(), x.Said() }
	clean := func(o *fixture) (*engine.Failure, string) { x := o.Cleanup(); return x.Failure(), x.Said() }
	walked := func(o *fixture) { o.T.Helper(); o.MustComplete(o.Walk()) }
	repaired := func(name string, damage func(*fixture), needs ...string) scenario {
		return scenario{name: name, needs: needs, prepare: func(o *fixture) { walked(o); damage(o) }, run: walk}
	}
	byProgram := func(args ...string) func(*fixture) (*engine.Failure, string) {
		return func(o *fixture) (*engine.Failure, string) { return o.program(args...) }
	}
	walkedByProgram := func(o *fixture) {
		o.T.Helper()
		o.person.start(o.T, allow, append(o.person.walkArgs(), "--run", o.Name)...).mustSucceed(o.T, nil)
	}
	return []scenario{
		{name: "first walk and cleanup", run: func(o *fixture) (*engine.Failure, string) {
			if !o.walked {
				if f, said := walk(o); f != nil {
					return f, said
				}
				o.walked = true
			}
			return clean(o)
		}},
		{name: "second walk", prepare: walked, run: walk, alsoNeeds: []string{"bedrock-agentcore:GetGatewayTarget"}},
		{name: "walk without the record", prepare: func(o *fixture) { walked(o); o.loseRecord() }, run: walk,
			needs: []string{"bedrock-agentcore:ListTagsForResource"}},
		{name: "walk --register-return-url", prepare: walked, run: func(o *fixture) (*engine.Failure, string) {
			o.Configure(func(settings *steps.Settings) { settings.RegisterReturnURL = true })
			return walk(o)
		}, needs: []string{"bedrock-agentcore:GetWorkloadIdentity", "bedrock-agentcore:UpdateWorkloadIdentity"}},
		{name: "cleanup of a role with an attached policy", prepare: func(o *fixture) { walked(o); o.attachToRole() }, run: clean,
			needs: []string{"iam:DetachRolePolicy"}},
		repaired("resource server's scope", (*fixture).alterScopes, "cognito-idp:UpdateResourceServer"),
		repaired("machine client's grant", (*fixture).alterClient, "cognito-idp:UpdateUserPoolClient"),
		repaired("domain", (*fixture).removeDomain).alsoNeeding("cognito-idp:CreateUserPoolDomain", "cognito-idp:DescribeUserPoolDomain"),
		repaired("role's trust", (*fixture).alterTrust, "iam:UpdateAssumeRolePolicy"),
		repaired("role's policy", (*fixture).alterRolePolicy, "iam:GetRolePolicy").alsoNeeding("iam:PutRolePolicy"),
		repaired("gateway's versions", (*fixture).alterGateway, "bedrock-agentcore:UpdateGateway"),
		repaired("target's return URL", (*fixture).alterTarget, "bedrock-agentcore:UpdateGatewayTarget"),
		{name: "run linkedin", prepare: walkedByProgram, run: byProgram("run", "linkedin", "--yes"),
			needs: []string{"bedrock-agentcore:UpdateOauth2CredentialProvider", "secretsmanager:PutSecretValue"}},
		{name: "run provider --recreate", prepare: walkedByProgram, run: byProgram("run", "provider", "--recreate", "--yes"),
			alsoNeeds: []string{"bedrock-agentcore:DeleteOauth2CredentialProvider", "secretsmanager:DeleteSecret", "bedrock-agentcore:DeleteGatewayTarget"}},
		{name: "run inbound --recreate", prepare: walkedByProgram, run: byProgram("run", "inbound", "--recreate", "--yes"),
			alsoNeeds: []string{"cognito-idp:DeleteUserPool"}},
		{name: "run invoke", prepare: walkedByProgram, run: byProgram("run", "invoke", "--yes")},
		{name: "status", prepare: walkedByProgram, run: byProgram("status"), alsoNeeds: []string{"cognito-idp:DescribeResourceServer"}},
		{name: "connect", prepare: walkedByProgram, run: byProgram("connect"), alsoNeeds: []string{"bedrock-agentcore:GetGateway"}},
		{name: "token", prepare: walkedByProgram, run: byProgram("token"), needs: []string{"cognito-idp:DescribeUserPoolClient"}},
		{name: "cleanup --all", prepare: walkedByProgram, run: byProgram("cleanup", "--all", "--aws", "--yes"),
			needs:     []string{"iam:ListRoles", "bedrock-agentcore:ListOauth2CredentialProviders"},
			alsoNeeds: []string{"bedrock-agentcore:ListGateways", "cognito-idp:ListUserPools"}},
	}
}

// failureText matches the four parts of a failure on standard error.
var failureText = regexp.MustCompile(`(?s)Failed while ([^\n]+)\n +Why +(.+?)\n +Next +(.+?)\n +Log +(\S+)`)

// program runs the built program and returns its failure, from the failed event
// or, for a command that runs no step, from standard error.
func (o *fixture) program(args ...string) (*engine.Failure, string) {
	o.T.Helper()
	x := o.person.command(o.T, append(args, "--json")...)
	if x.exit() == 0 {
		return nil, x.output()
	}
	f := &engine.Failure{Exit: x.exit()}
	if parts := failureText.FindStringSubmatch(x.stderrText()); parts != nil {
		f.Doing, f.Why.Message, f.Next, f.Log = parts[1], parts[2], parts[3], parts[4]
		return f, x.output()
	}
	raw, _ := json.Marshal(x.event("failed"))
	if err := json.Unmarshal(raw, f); err != nil || f.Doing == "" {
		o.T.Fatalf("exit %d without the four parts\n%s", x.exit(), x.tail())
	}
	return f, x.output()
}
