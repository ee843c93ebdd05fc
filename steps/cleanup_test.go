package steps_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/ownership"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// remaining lists the names of everything at the services.
func remaining(s *testkit.Run) []string {
	s.T.Helper()
	var all []string
	for _, p := range must(s.AWS.Cognito.ListUserPools(bg, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))(s.T).UserPools {
		all = append(all, *p.Name)
	}
	for _, r := range must(s.AWS.IAM.ListRoles(bg, &iam.ListRolesInput{}))(s.T).Roles {
		all = append(all, *r.RoleName)
	}
	for _, g := range must(s.AWS.Control.ListGateways(bg, &control.ListGatewaysInput{}))(s.T).Items {
		all = append(all, *g.Name)
	}
	for _, p := range must(s.AWS.Control.ListOauth2CredentialProviders(bg, &control.ListOauth2CredentialProvidersInput{}))(s.T).CredentialProviders {
		all = append(all, *p.Name)
	}
	slices.Sort(all)
	return all
}

func TestCleanupRemovesEverythingAndASecondOneIsCalm(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	o := s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 || len(o.Left()) != 0 {
		t.Errorf("left: %v %v", left, o.Left())
	}
	s.MustSay(o, "gone   user pool ", "gone   user pool domain", "gone   role", "gone   gateway", "gone   credential provider", "gone   target", "The app stays in the sandbox's portal")
	if r := s.Record(); r.Unfinished() || len(r.Resources) != 0 || len(r.Steps) != 0 {
		t.Errorf("record: %+v", r)
	}
	s.ForgetRequests()
	o = s.MustComplete(s.Repeat(steps.Cleanup))
	s.MustSay(o, "Nothing of run test is left")
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("the second one changes %v", changes)
	}
}

func TestCleanupWaitsWhileTheGatewayStillHasTargets(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.Intercept(denyOnce(agentcore+"DeleteGateway", 3, func(w http.ResponseWriter) {
		testkit.Refuse(w, 400, "ValidationException", "Gateway x has targets associated with it. Delete all targets before deleting the gateway.")
	}))
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if n := s.Count("DeleteGateway"); n != 4 {
		t.Errorf("DeleteGateway was called %d times", n)
	}
}

func TestCleanupReportsWhatIsLeftWithTheReasonAndDoesTheRest(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.Intercept(denyOnce(agentcore+"DeleteGateway", 100, func(w http.ResponseWriter) {
		testkit.Refuse(w, 403, "AccessDeniedException", "User: x is not authorized to perform: bedrock-agentcore:DeleteGateway on resource: arn:y because no identity-based policy allows it")
	}))
	o := s.Repeat(steps.Cleanup)
	s.MustFail(o, steps.ExitDenied, "bedrock-agentcore:DeleteGateway", `"Resource": "arn:y"`)
	var left []string
	for _, x := range o.Left() {
		left = append(left, x.Kind)
		if !strings.Contains(x.Reason, "not authorized") {
			t.Errorf("reason: %q", x.Reason)
		}
	}
	if !slices.Equal(left, []string{provision.Role, provision.Gateway}) { // the gateway still uses its role
		t.Errorf("left %v", left)
	}
	s.Intercept(nil)
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAGatewayThatFailsToGoIsReportedWithTheServicesReason(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	gone := false
	s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		switch {
		case op == agentcore+"DeleteGateway":
			gone = true // asked to, and it parks in FAILED
			refuseAccepted(w)
			return true
		case op == agentcore+"GetGateway" && gone:
			testkit.RewriteJSON(w, r, next, state("FAILED", "bedrock-agentcore:DeleteWorkloadIdentity is missing"))
			return true
		}
		return false
	})
	o := s.Repeat(steps.Cleanup)
	s.MustFail(o, steps.ExitFailed, "FAILED", "DeleteWorkloadIdentity is missing")
}

func refuseAccepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(202)
	_, _ = io.WriteString(w, `{"gatewayId":"x","status":"DELETING"}`)
}

func TestCleanupToleratesWhatIsGoneAlready(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	removeGateway(s)
	removeRole(s)
	s.MustComplete(s.Repeat(steps.Cleanup))
	if left := remaining(s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestNobodysYesDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.ForgetRequests()
	for _, a := range []engine.Answer{engine.No, ""} {
		s.Person = func(engine.Question) (engine.Answer, bool) { return a, true }
		s.MustFail(s.Repeat(steps.Cleanup), steps.ExitFailed, "you did not agree; nothing was deleted")
	}
	if changes := s.Changes(); len(changes) != 0 {
		t.Errorf("changed %v", changes)
	}
}

func TestARoleOfThePersonsOwnIsUsedAndNeverTouched(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	own := must(s.AWS.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: aws.String("BedrockAgentCore-own"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(t).Role
	must(s.AWS.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: own.RoleName, PolicyName: aws.String("all"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}))(t)
	s.ForgetRequests()
	s.Settings = func(o *steps.Settings) { o.RoleARN = *own.Arn }
	s.MustComplete(s.Walk())
	s.Settings = nil
	o := s.MustComplete(s.Repeat(steps.Cleanup))
	s.MustSay(o, "Will not be touched: your own role "+*own.Arn)
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Op, "iam:") && !strings.HasPrefix(r.Op, "iam:Get") && !strings.HasPrefix(r.Op, "iam:List") {
			t.Errorf("%s was called", r.Op)
		}
	}
	if left := remaining(s); !slices.Equal(left, []string{"BedrockAgentCore-own"}) {
		t.Errorf("standing: %v", left)
	}
}

// inTwos makes every list come in pages of two, with what is ours at the end.
func inTwos() testkit.Interceptor {
	var mu sync.Mutex
	kept := map[string][]any{}
	return func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		_, operation, _ := strings.Cut(op, ":")
		if !strings.HasPrefix(operation, "List") || operation == "ListTagsForResource" {
			return false
		}
		if strings.HasPrefix(op, "iam:") {
			r.Form.Set("MaxItems", "1")
			return false
		}
		var in map[string]any
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &in)
		token := r.URL.Query().Get("nextToken")
		for _, name := range []string{"NextToken", "nextToken"} {
			if v, ok := in[name].(string); ok {
				token = v
			}
		}
		mu.Lock()
		defer mu.Unlock()
		list := map[string]string{"ListUserPools": "UserPools", "ListUserPoolClients": "UserPoolClients", "ListGateways": "items", "ListGatewayTargets": "items",
			"ListOauth2CredentialProviders": "credentialProviders"}[operation]
		key := op + r.URL.Path
		from := 0
		if token == "" {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			var out map[string]any
			_ = json.Unmarshal(answer.Body.Bytes(), &out)
			items, _ := out[list].([]any)
			slices.SortStableFunc(items, func(a, b any) int { return rank(a) - rank(b) })
			kept[key] = items
		} else {
			_, _ = fmt.Sscanf(token, "page-%d", &from)
		}
		items := kept[key]
		to := min(from+2, len(items))
		out := map[string]any{list: items[from:to]}
		if to < len(items) {
			out["NextToken"], out["nextToken"] = fmt.Sprintf("page-%d", to), fmt.Sprintf("page-%d", to)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out)
		return true
	}
}

func rank(item any) int {
	raw, _ := json.Marshal(item)
	if strings.Contains(string(raw), "-test\"") || strings.Contains(string(raw), `"LinkedInAuthCode"`) || strings.Contains(string(raw), "-test-") {
		return 1
	}
	return 0
}

func TestEveryListIsReadToItsLastPage(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	g, pool := getGateway(s), s.ResourceID(provision.UserPool)
	target := must(s.AWS.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: g.GatewayId, TargetId: aws.String(s.ResourceID(provision.Target))}))(t)
	for i := range 3 {
		other := fmt.Sprintf("%s%d", "somebodys", i)
		must(s.AWS.Cognito.CreateUserPool(bg, &cognito.CreateUserPoolInput{PoolName: &other}))(t)
		must(s.AWS.Cognito.CreateUserPoolClient(bg, &cognito.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: &other}))(t)
		must(s.AWS.Control.CreateGateway(bg, &control.CreateGatewayInput{Name: &other, RoleArn: ownRole(s), AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration,
			ProtocolType: types.GatewayProtocolTypeMcp}))(t)
		must(s.AWS.Control.CreateOauth2CredentialProvider(bg, &control.CreateOauth2CredentialProviderInput{Name: &other,
			CredentialProviderVendor: types.CredentialProviderVendorTypeLinkedinOauth2, Oauth2ProviderConfigInput: linkedinConfig("a", "b")}))(t)
		must(s.AWS.Control.CreateGatewayTarget(bg, &control.CreateGatewayTargetInput{GatewayIdentifier: g.GatewayId, Name: &other, TargetConfiguration: target.TargetConfiguration,
			CredentialProviderConfigurations: target.CredentialProviderConfigurations}))(t)
		must(s.AWS.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String(namesOf(s).Role()), PolicyName: &other,
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)}))(t)
	}
	others := slices.DeleteFunc(remaining(s), func(name string) bool { return strings.HasSuffix(name, "-test") })
	s.Intercept(inTwos())
	loseRecord(s)
	s.ForgetRequests()
	s.MustComplete(s.Walk())
	for _, change := range s.Changes() {
		if strings.HasPrefix(change, "Create") {
			t.Errorf("%s: it did not find its own on a later page", change)
		}
	}
	loseRecord(s)
	found, err := s.TaggedRuns()
	if err != nil || len(found.Runs) != 1 || found.Runs[0].Run != "test" || found.Runs[0].Relation != ownership.Mine || len(found.Unverified) != 0 {
		t.Errorf("tagged runs: %+v %v", found, err)
	}
	s.MustComplete(s.Repeat(steps.Cleanup))
	s.Intercept(nil)
	if left := remaining(s); !slices.Equal(left, others) {
		t.Errorf("standing %v\nwant %v", left, others)
	}
}

// ownRole is a role of somebody else's that any gateway may use.
func ownRole(s *testkit.Run) *string {
	s.T.Helper()
	name := aws.String("somebodys-role")
	if out, err := s.AWS.IAM.GetRole(bg, &iam.GetRoleInput{RoleName: name}); err == nil {
		return out.Role.Arn
	}
	return must(s.AWS.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(s.T).Role.Arn
}
