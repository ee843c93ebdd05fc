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

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// standing lists the names of everything at the services.
func (s *stage) standing() []string {
	s.t.Helper()
	var all []string
	for _, p := range must(s.aws.Cognito.ListUserPools(bg, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)}))(s.t).UserPools {
		all = append(all, *p.Name)
	}
	for _, r := range must(s.aws.IAM.ListRoles(bg, &iam.ListRolesInput{}))(s.t).Roles {
		all = append(all, *r.RoleName)
	}
	for _, g := range must(s.aws.Control.ListGateways(bg, &control.ListGatewaysInput{}))(s.t).Items {
		all = append(all, *g.Name)
	}
	for _, p := range must(s.aws.Control.ListOauth2CredentialProviders(bg, &control.ListOauth2CredentialProvidersInput{}))(s.t).CredentialProviders {
		all = append(all, *p.Name)
	}
	slices.Sort(all)
	return all
}

func TestCleanupRemovesEverythingAndASecondOneIsCalm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	o := s.mustEnd(s.again(steps.Cleanup))
	if left := s.standing(); len(left) != 0 || len(o.kit.Left()) != 0 {
		t.Errorf("left: %v %v", left, o.kit.Left())
	}
	s.mustSay(o, "gone   user pool ", "gone   user pool domain", "gone   role", "gone   gateway", "gone   credential provider", "gone   target", "What stays")
	if r := s.record(); r.Unfinished() || len(r.Resources) != 0 || len(r.Steps) != 0 {
		t.Errorf("record: %+v", r)
	}
	s.forget()
	o = s.mustEnd(s.again(steps.Cleanup))
	s.mustSay(o, "Nothing of run test is left")
	if changes := s.changes(); len(changes) != 0 {
		t.Errorf("the second one changes %v", changes)
	}
}

func TestCleanupWaitsWhileTheGatewayStillHasTargets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.intrude(denyOnce(agentcore+"DeleteGateway", 3, func(w http.ResponseWriter) {
		refuse(w, 400, "ValidationException", "Gateway x has targets associated with it. Delete all targets before deleting the gateway.")
	}))
	s.mustEnd(s.again(steps.Cleanup))
	if left := s.standing(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if n := s.count("DeleteGateway"); n != 4 {
		t.Errorf("DeleteGateway was called %d times", n)
	}
}

func TestCleanupReportsWhatIsLeftWithTheReasonAndDoesTheRest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.intrude(denyOnce(agentcore+"DeleteGateway", 100, func(w http.ResponseWriter) {
		refuse(w, 403, "AccessDeniedException", "User: x is not authorized to perform: bedrock-agentcore:DeleteGateway on resource: arn:y because no identity-based policy allows it")
	}))
	o := s.again(steps.Cleanup)
	s.mustFail(o, steps.ExitDenied, "bedrock-agentcore:DeleteGateway", `"Resource": "arn:y"`)
	var left []string
	for _, x := range o.kit.Left() {
		left = append(left, x.Kind)
		if !strings.Contains(x.Reason, "not authorized") {
			t.Errorf("reason: %q", x.Reason)
		}
	}
	if !slices.Equal(left, []string{steps.KindRole, steps.KindGateway}) { // the gateway still uses its role
		t.Errorf("left %v", left)
	}
	s.intrude(nil)
	s.mustEnd(s.again(steps.Cleanup))
	if left := s.standing(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAGatewayThatFailsToGoIsReportedWithTheServicesReason(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	gone := false
	s.intrude(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		switch {
		case op == agentcore+"DeleteGateway":
			gone = true // asked to, and it parks in FAILED
			refuseAccepted(w)
			return true
		case op == agentcore+"GetGateway" && gone:
			rewrite(w, r, next, state("FAILED", "bedrock-agentcore:DeleteWorkloadIdentity is missing"))
			return true
		}
		return false
	})
	o := s.again(steps.Cleanup)
	s.mustFail(o, steps.ExitFailed, "FAILED", "DeleteWorkloadIdentity is missing")
}

func refuseAccepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(202)
	_, _ = io.WriteString(w, `{"gatewayId":"x","status":"DELETING"}`)
}

func TestCleanupToleratesWhatIsGoneAlready(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.removeGateway()
	s.removeRole()
	s.mustEnd(s.again(steps.Cleanup))
	if left := s.standing(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestNobodysYesDeletesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	s.forget()
	for _, a := range []engine.Answer{engine.No, ""} {
		s.person = func(engine.Question) (engine.Answer, bool) { return a, true }
		s.mustFail(s.again(steps.Cleanup), steps.ExitFailed, "you did not agree; nothing was deleted")
	}
	if changes := s.changes(); len(changes) != 0 {
		t.Errorf("changed %v", changes)
	}
}

func TestARoleOfThePersonsOwnIsUsedAndNeverTouched(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	own := must(s.aws.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: aws.String("BedrockAgentCore-own"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(t).Role
	must(s.aws.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: own.RoleName, PolicyName: aws.String("all"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}))(t)
	s.forget()
	s.settings = func(o *steps.Settings) { o.RoleARN = *own.Arn }
	s.mustEnd(s.walk())
	s.settings = nil
	o := s.mustEnd(s.again(steps.Cleanup))
	s.mustSay(o, "Will not be touched: your own role "+*own.Arn)
	for _, r := range s.requests() {
		if strings.HasPrefix(r.Op, "iam:") && !strings.HasPrefix(r.Op, "iam:Get") && !strings.HasPrefix(r.Op, "iam:List") {
			t.Errorf("%s was called", r.Op)
		}
	}
	if left := s.standing(); !slices.Equal(left, []string{"BedrockAgentCore-own"}) {
		t.Errorf("standing: %v", left)
	}
}

// inTwos makes every list come in pages of two, with what is ours at the end.
func inTwos(s *stage) hook {
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
	s := newStage(t)
	s.mustEnd(s.walk())
	g, pool := s.gateway(), s.id(steps.KindUserPool)
	target := must(s.aws.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: g.GatewayId, TargetId: aws.String(s.id(steps.KindTarget))}))(t)
	for i := range 3 {
		other := fmt.Sprintf("%s%d", "somebodys", i)
		must(s.aws.Cognito.CreateUserPool(bg, &cognito.CreateUserPoolInput{PoolName: &other}))(t)
		must(s.aws.Cognito.CreateUserPoolClient(bg, &cognito.CreateUserPoolClientInput{UserPoolId: &pool, ClientName: &other}))(t)
		must(s.aws.Control.CreateGateway(bg, &control.CreateGatewayInput{Name: &other, RoleArn: ownRole(s), AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration,
			ProtocolType: types.GatewayProtocolTypeMcp}))(t)
		must(s.aws.Control.CreateOauth2CredentialProvider(bg, &control.CreateOauth2CredentialProviderInput{Name: &other,
			CredentialProviderVendor: types.CredentialProviderVendorTypeLinkedinOauth2, Oauth2ProviderConfigInput: s.linkedinConfig("a", "b")}))(t)
		must(s.aws.Control.CreateGatewayTarget(bg, &control.CreateGatewayTargetInput{GatewayIdentifier: g.GatewayId, Name: &other, TargetConfiguration: target.TargetConfiguration,
			CredentialProviderConfigurations: target.CredentialProviderConfigurations}))(t)
		must(s.aws.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String(s.names().Role()), PolicyName: &other,
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)}))(t)
	}
	others := slices.DeleteFunc(s.standing(), func(name string) bool { return strings.HasSuffix(name, "-test") })
	s.intrude(inTwos(s))
	s.loseRecord()
	s.forget()
	s.mustEnd(s.walk())
	for _, change := range s.changes() {
		if strings.HasPrefix(change, "Create") {
			t.Errorf("%s: it did not find its own on a later page", change)
		}
	}
	s.loseRecord()
	found, err := s.kit(nil).Task(nil).TaggedRuns(t.Context())
	if err != nil || len(found.Runs) != 1 || found.Runs[0].Run != "test" || found.Runs[0].Relation != provision.Mine || len(found.Unverified) != 0 {
		t.Errorf("tagged runs: %+v %v", found, err)
	}
	s.mustEnd(s.again(steps.Cleanup))
	s.intrude(nil)
	if left := s.standing(); !slices.Equal(left, others) {
		t.Errorf("standing %v\nwant %v", left, others)
	}
}

// ownRole is a role of somebody else's that any gateway may use.
func ownRole(s *stage) *string {
	s.t.Helper()
	name := aws.String("somebodys-role")
	if out, err := s.aws.IAM.GetRole(bg, &iam.GetRoleInput{RoleName: name}); err == nil {
		return out.Role.Arn
	}
	return must(s.aws.IAM.CreateRole(bg, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(s.t).Role.Arn
}
