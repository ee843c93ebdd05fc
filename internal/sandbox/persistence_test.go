package sandbox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ac "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	act "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
)

func TestStateIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	s := start(t, sandbox.Options{Dir: dir})
	w := newWalk(t, s).all()
	l := newListener(t)
	w.consent(l)
	readyID, readySecret := s.ReadyApp()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
	raw := must(os.ReadFile(filepath.Join(dir, "world.json")))(t)
	for name, text := range map[string]string{"client secret": w.secret, "app secret": readySecret, "token": w.bearer, "endpoint": s.Endpoint()} {
		if strings.Contains(string(raw), text) {
			t.Errorf("the state file has a %s", name)
		}
	}
	for _, file := range must(os.ReadDir(dir))(t) {
		if info := must(file.Info())(t); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file.Name(), info.Mode())
		}
	}

	again := start(t, sandbox.Options{Dir: dir})
	if again.Endpoint() == s.Endpoint() {
		t.Fatal("the same port")
	}
	if id, secret := again.ReadyApp(); id != readyID || secret != readySecret {
		t.Error("another ready app")
	}
	next := *w
	next.s, next.c = again, connect(again.Endpoint(), sandbox.AccessKeyID)
	g := must(next.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &w.gatewayID}))(t)
	next.gatewayURL = *g.GatewayUrl
	if !strings.HasPrefix(next.gatewayURL, again.Endpoint()) {
		t.Errorf("gateway URL %s", next.gatewayURL)
	}
	if got := next.call(l.URL, false); got.Result.IsError || !strings.Contains(got.text(), "Ana Example") {
		t.Errorf("the token and consent of the previous process: %s", got.Raw)
	}
	next.bearer = next.token()
	next.consent(l) // the callback URL is still registered, with its new origin
}

func TestCorruptStateIsKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "world.json"), []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sandbox.Start(sandbox.Options{Dir: dir, Port: freeport.Take(t)})
	if err == nil || !strings.Contains(err.Error(), "world.json.corrupt-") {
		t.Fatalf("%v", err)
	}
	kept := must(filepath.Glob(filepath.Join(dir, "world.json.corrupt-*")))(t)
	if len(kept) != 1 || string(must(os.ReadFile(kept[0]))(t)) != "{broken" {
		t.Errorf("kept: %v", kept)
	}
	start(t, sandbox.Options{Dir: dir})
}

func TestSecondProcessJoins(t *testing.T) {
	dir := t.TempDir()
	first, endpoint, err := sandbox.Open(sandbox.Options{Dir: dir, Port: freeport.Take(t)})
	if err != nil || first == nil {
		t.Fatalf("first: %v", err)
	}
	t.Cleanup(func() { _ = first.Close() })
	joined, same, err := sandbox.Open(sandbox.Options{Dir: dir})
	if err != nil || joined != nil || same != endpoint {
		t.Fatalf("second: %v %v %q", joined, err, same)
	}
	if _, err := sandbox.Start(sandbox.Options{Dir: dir}); err == nil {
		t.Error("two processes serve one folder")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third, _, err := sandbox.Open(sandbox.Options{Dir: dir, Port: freeport.Take(t)})
	if err != nil || third == nil {
		t.Fatalf("third: %v", err)
	}
	_ = third.Close()
}

func TestPortTaken(t *testing.T) {
	s := start(t, sandbox.Options{})
	var port int
	if _, err := fmt.Sscanf(s.Endpoint(), "http://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Start(sandbox.Options{Port: port}); err == nil {
		t.Error("no error for a given port that is taken")
	}
}

func TestLatencyIsMeasuredInTime(t *testing.T) {
	now := newClock()
	s := start(t, sandbox.Options{Latency: sandbox.LatencyLifelike, Now: now.Now})
	w := newWalk(t, s)
	w.makeRole(adminPolicy)
	w.poolID, w.clientID = "us-east-1_x", "c"
	begun := time.Now()
	id := *must(w.c.control.CreateGateway(ctx(), w.gatewayInput()))(t).GatewayId
	if took := time.Since(begun); took < 60*time.Millisecond {
		t.Errorf("a call took %v", took)
	}
	status := func() act.GatewayStatus {
		return must(w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &id}))(t).Status
	}
	for range 3 { // polling does not shorten it
		if got := status(); got != act.GatewayStatusCreating {
			t.Fatalf("at once: %s", got)
		}
	}
	now.Advance(6 * time.Second)
	if got := status(); got != act.GatewayStatusReady {
		t.Errorf("after 6 s: %s", got)
	}
	must(w.c.control.DeleteGateway(ctx(), &ac.DeleteGatewayInput{GatewayIdentifier: &id}))(t)
	if got := status(); got != act.GatewayStatusDeleting {
		t.Errorf("deleted: %s", got)
	}
	now.Advance(3 * time.Second)
	if _, err := w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &id}); err == nil {
		t.Error("still there after 3 s")
	}
}

func TestPollingEndsATransition(t *testing.T) {
	now := newClock() // does not advance: only polling ends transitions
	s := start(t, sandbox.Options{Now: now.Now})
	w := newWalk(t, s)
	w.makeRole(adminPolicy)
	w.poolID, w.clientID = "us-east-1_x", "c"
	id := *must(w.c.control.CreateGateway(ctx(), w.gatewayInput()))(t).GatewayId
	for i, want := range []act.GatewayStatus{act.GatewayStatusCreating, act.GatewayStatusReady, act.GatewayStatusReady} {
		if got := must(w.c.control.GetGateway(ctx(), &ac.GetGatewayInput{GatewayIdentifier: &id}))(t).Status; got != want {
			t.Errorf("look %d: %s", i+1, got)
		}
	}
}

func TestCallsDoNotWaitForEachOther(t *testing.T) {
	s := start(t, sandbox.Options{Latency: sandbox.LatencySlow})
	c := connect(s.Endpoint(), sandbox.AccessKeyID)
	begun := time.Now()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.iam.ListRoles(ctx(), &iam.ListRolesInput{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if took := time.Since(begun); took > 1500*time.Millisecond {
		t.Errorf("eight calls of 300 ms took %v", took)
	}
}

func TestPagination(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s)
	const many = 25
	for i := range many {
		w.provider = fmt.Sprintf("provider-%02d", i)
		w.makeProvider("c", "s")
		must(w.c.cognito.CreateUserPool(ctx(), &cip.CreateUserPoolInput{PoolName: aws.String("same name")}))(t)
		must(w.c.iam.CreateRole(ctx(), &iam.CreateRoleInput{RoleName: aws.String(fmt.Sprintf("r%02d", i)), AssumeRolePolicyDocument: aws.String(trustDocument)}))(t)
	}
	seen := map[string]bool{}
	providers := ac.NewListOauth2CredentialProvidersPaginator(w.c.control, &ac.ListOauth2CredentialProvidersInput{MaxResults: aws.Int32(2)})
	for providers.HasMorePages() {
		for _, p := range must(providers.NextPage(ctx()))(t).CredentialProviders {
			seen[*p.Name] = true
		}
	}
	pools := cip.NewListUserPoolsPaginator(w.c.cognito, &cip.ListUserPoolsInput{MaxResults: aws.Int32(7)})
	for pools.HasMorePages() {
		for _, p := range must(pools.NextPage(ctx()))(t).UserPools {
			seen[*p.Id] = true
		}
	}
	roles := iam.NewListRolesPaginator(w.c.iam, &iam.ListRolesInput{MaxItems: aws.Int32(3)})
	for roles.HasMorePages() {
		for _, r := range must(roles.NextPage(ctx()))(t).Roles {
			seen[*r.RoleName] = true
		}
	}
	if len(seen) != 3*many {
		t.Errorf("%d of %d seen", len(seen), 3*many)
	}
	unasked := must(w.c.control.ListOauth2CredentialProviders(ctx(), &ac.ListOauth2CredentialProvidersInput{}))(t)
	if len(unasked.CredentialProviders) != 20 || unasked.NextToken == nil {
		t.Errorf("unasked: %d", len(unasked.CredentialProviders))
	}
	other := must(connect(s.Endpoint(), "222233334444").control.ListOauth2CredentialProviders(ctx(), &ac.ListOauth2CredentialProvidersInput{}))(t)
	if len(other.CredentialProviders) != 0 {
		t.Error("another account sees these")
	}
}

func TestToolsPage(t *testing.T) {
	s := start(t, sandbox.Options{})
	w := newWalk(t, s).all()
	var paths []string
	for i := range 40 {
		paths = append(paths, fmt.Sprintf(`"/p%d":{"get":{"operationId":"op%d"}}`, i, i))
	}
	in := w.targetInput("http://localhost:1")
	in.Name = aws.String("many")
	in.TargetConfiguration = &act.TargetConfigurationMemberMcp{Value: &act.McpTargetConfigurationMemberOpenApiSchema{Value: &act.ApiSchemaConfigurationMemberInlinePayload{
		Value: `{"openapi":"3.1.0","servers":[{"url":"https://example.com"}],"paths":{` + strings.Join(paths, ",") + `}}`}}}
	must(w.c.control.CreateGatewayTarget(ctx(), in))(t)
	seen, cursor := map[string]bool{}, ""
	for {
		page := w.rpc("tools/list", map[string]any{"cursor": cursor})
		for _, tool := range page.Result.Tools {
			seen[tool.Name] = true
		}
		if cursor = page.Result.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 42 {
		t.Errorf("%d tools", len(seen))
	}
}

func TestInterceptSeesEveryOperation(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	fail := ""
	s := start(t, sandbox.Options{Intercept: func(operation string, next http.Handler) http.Handler {
		mu.Lock()
		defer mu.Unlock()
		seen[operation]++
		if operation == fail {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}
		return next
	}})
	w := newWalk(t, s).all()
	w.consent(newListener(t))
	for _, operation := range []string{
		"cognito-idp:CreateUserPool", "iam:CreateRole", "bedrock-agentcore:CreateGateway", "bedrock-agentcore:CompleteResourceTokenAuth",
		"gateway:tools/call", "token", "authorize", "consent", "allow", "callback",
	} {
		if seen[operation] == 0 {
			t.Errorf("%s was not seen in %v", operation, seen)
		}
	}
	mu.Lock()
	fail = "bedrock-agentcore:ListGateways"
	mu.Unlock()
	if _, err := w.c.control.ListGateways(ctx(), &ac.ListGatewaysInput{}); err == nil {
		t.Error("no error for a lost response")
	}
}

// A change that cannot be saved is undone, and the call fails.
func TestAChangeThatCannotBeSavedIsUndone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	s := start(t, sandbox.Options{Dir: dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	got := cognito("CreateUserPool", `{"PoolName":"p"}`).send(t, s.Endpoint())
	if got.Status != 500 || got.Code != "InternalErrorException" {
		t.Errorf("%d %s", got.Status, got.Raw)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	pools := must(connect(s.Endpoint(), sandbox.AccessKeyID).cognito.ListUserPools(ctx(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)}))(t)
	if len(pools.UserPools) != 0 {
		t.Error("a pool that could not be saved exists")
	}
}
