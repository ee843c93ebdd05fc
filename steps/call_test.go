package steps_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

const toolCall = "gateway:tools/call"

// injectFault lets a fault hit the calls of an operation for which when is true; n
// counts from 1.
func injectFault(s *testkit.Run, kind sandbox.FaultKind, operation string, when func(n int) bool) {
	s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != operation || !when(n) {
			return false
		}
		sandbox.Fault{Operation: op, Kind: kind}.Handler(next).ServeHTTP(w, r)
		return true
	})
}

// toolKinds are what can go wrong with tools/call and pass by itself.
var toolKinds = []sandbox.FaultKind{
	sandbox.FaultThrottled, sandbox.FaultInternal, sandbox.FaultCutBefore, sandbox.FaultCutAfter, sandbox.FaultBearerRefused, sandbox.FaultHTMLError, sandbox.FaultTruncated,
	sandbox.FaultUnknownTool, sandbox.FaultRPCInternal, sandbox.FaultOpaque, sandbox.FaultVaultLag, sandbox.FaultVendorToken, sandbox.FaultVendorThrottled,
	sandbox.FaultVendorDown, sandbox.FaultVendorBody,
}

func TestWhatPassesAfterAConsentIsWaitedOut(t *testing.T) {
	t.Parallel()
	for _, kind := range toolKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			injectFault(s, kind, toolCall, func(n int) bool { return n == 2 || n == 3 }) // the first brings the link
			o := s.MustComplete(s.Walk())
			if got := o.Links(event.Consent); len(got) != 1 {
				t.Errorf("%d consents were asked for", len(got))
			}
			if o.Result() == nil || o.Result().Profile["sub"] == nil {
				t.Error("no profile")
			}
			s.MustSay(o, "retrying for up to")
			if f, _ := countForced(s); f != 1 {
				t.Errorf("forced %d times", f)
			}
		})
	}
}

func TestWhatPassesBeforeTheFirstLinkIsWaitedOut(t *testing.T) {
	t.Parallel()
	for _, kind := range toolKinds {
		if kind == sandbox.FaultVaultLag {
			continue // there is nothing in the vault yet
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			injectFault(s, kind, toolCall, func(n int) bool { return n == 1 })
			o := s.MustComplete(s.Walk())
			if got := o.Links(event.Consent); len(got) != 1 {
				t.Errorf("%d consents were asked for", len(got))
			}
		})
	}
}

// What does not pass ends with advice that names something else than another try.
func TestWhatStaysEndsWithAdviceForIt(t *testing.T) {
	t.Parallel()
	for kind, c := range map[sandbox.FaultKind]struct {
		exit  int
		words []string
	}{
		sandbox.FaultThrottled:       {steps.ExitFailed, []string{"throttling", "Wait"}},
		sandbox.FaultInternal:        {steps.ExitFailed, []string{"health.aws.amazon.com"}},
		sandbox.FaultCutBefore:       {steps.ExitFailed, []string{"network", "HTTPS_PROXY"}},
		sandbox.FaultHTML:            {steps.ExitFailed, []string{"in its place"}},
		sandbox.FaultBearerRefused:   {steps.ExitFailed, []string{"--recreate"}},
		sandbox.FaultUnknownTool:     {steps.ExitFailed, []string{"walk --new"}},
		sandbox.FaultRPCInternal:     {steps.ExitFailed, []string{"AWS Support"}},
		sandbox.FaultVendorToken:     {steps.ExitNeedsPerson, []string{"REVOKED_ACCESS_TOKEN", "just issued", "developer portal"}},
		sandbox.FaultVendorForbidden: {steps.ExitFailed, []string{"ACCESS_DENIED", "Not enough permissions", "Products tab", "run consent invoke"}},
		sandbox.FaultVendorThrottled: {steps.ExitFailed, []string{"TOO_MANY_REQUESTS", "midnight UTC"}},
		sandbox.FaultVendorDown:      {steps.ExitFailed, []string{"503", "linkedin-apistatus"}},
		sandbox.FaultVendorBody:      {steps.ExitFailed, []string{"INTERNAL_SERVER_ERROR", "linkedin-apistatus"}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			injectFault(s, kind, toolCall, func(n int) bool { return n > 1 })
			f := s.MustFail(s.Walk(), c.exit, c.words...)
			if strings.HasPrefix(f.Next, "Try again") {
				t.Errorf("it says %s", f.Next)
			}
			s.Intercept(nil)
			s.MustComplete(s.Walk())
		})
	}
}

// A month later the vendor refuses the stored token: one fresh consent replaces it.
func TestAStoredTokenThatTheVendorRefusesIsReplacedByAFreshConsent(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	r := s.Record()
	r.Consent.Given = r.Consent.Given.AddDate(0, -1, 0)
	if err := s.Store().Save(r); err != nil {
		t.Fatal(err)
	}
	s.ForgetRequests()
	injectFault(s, sandbox.FaultVendorToken, toolCall, func(n int) bool { return n == 1 })
	o := s.MustComplete(s.Walk())
	s.MustSay(o, "no longer accepts the stored token")
	mustForce(s, 1, 3) // refused, forced, profile
	if got := o.Links(event.Consent); len(got) != 1 {
		t.Errorf("%d consents were asked for", len(got))
	}
}

// A command without the consent step names the one that has it.
func TestACallAloneNamesTheConsentThatItNeeds(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	injectFault(s, sandbox.FaultVendorToken, toolCall, func(int) bool { return true })
	s.MustFail(s.Repeat(steps.Invoke), steps.ExitNeedsPerson, "run consent invoke")
}

// A person who calls the tool alone is offered the consent that it needs.
func TestACallAloneOffersTheConsentThatItNeeds(t *testing.T) {
	t.Parallel()
	for _, answer := range []engine.Answer{engine.Yes, engine.No} {
		t.Run(string(answer), func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			r := s.Record()
			r.Consent.Given = r.Consent.Given.AddDate(0, -1, 0)
			if err := s.Store().Save(r); err != nil {
				t.Fatal(err)
			}
			attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) }).answer("consent_again", answer)
			injectFault(s, sandbox.FaultVendorToken, toolCall, func(n int) bool { return n == 1 })
			o := s.Repeat(steps.Invoke)
			if !slices.Contains(o.Asked, "consent_again") {
				t.Errorf("asked %v", o.Asked)
			}
			if answer == engine.No {
				s.MustFail(o, steps.ExitNeedsPerson, "REVOKED_ACCESS_TOKEN", "run consent invoke")
				return
			}
			if s.MustComplete(o); len(o.Links(event.Consent)) != 1 || o.Result() == nil {
				t.Error("no link, or no profile")
			}
		})
	}
}

// Refusals that pass come in other words and by other ways than the faults'.
func TestOtherWordsForWhatPassesAreWaitedOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		plain  string // a body below JSON-RPC
		reply  string // or a member of the JSON-RPC answer
	}{
		"gateway creating":        {404, `{"message":"Gateway g is in CREATING status"}`, ""},
		"gateway updating":        {400, `{"message":"Cannot perform operation InvokeGateway when gateway is in UPDATING status"}`, ""},
		"target updating":         {200, "", `"result":{"isError":true,"content":[{"type":"text","text":"Cannot perform operation CallTool when target is in UPDATING status"}]}`},
		"forbidden for a moment":  {403, `{"message":"Forbidden"}`, ""},
		"not found for a moment":  {404, `{"message":"Not Found"}`, ""},
		"tool not found":          {200, "", `"error":{"code":-32602,"message":"Tool not found: x"}`},
		"internal error and 500":  {500, "", `"error":{"code":-32603,"message":"Internal server error"}`},
		"nothing and 504":         {504, "", ""},
		"timeout and 408":         {408, "", ""},
		"role not yet assumable":  {200, "", `"result":{"isError":true,"content":[{"type":"text","text":"User: bedrock-agentcore.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r"}]}`},
		"policy not yet known":    {200, "", `"result":{"isError":true,"content":[{"type":"text","text":"User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: bedrock-agentcore:GetResourceOauth2Token on resource: *"}]}`},
		"token refused in words":  {200, "", `"result":{"content":[{"type":"text","text":"{\"error\":\"invalid_token\",\"error_description\":\"not yet valid\"}"}]}`},
		"token refused elsewhere": {200, "", `"result":{"content":[],"structuredContent":{"status":401,"message":"Empty oauth2_access_token"}}`},
		"vendor's page":           {200, "", `"result":{"isError":true,"content":[{"type":"text","text":"<html><h1>502 Bad Gateway</h1></html>"}]}`},
		"vendor without answer":   {200, "", `"result":{"isError":true,"content":[{"type":"text","text":"OpenAPIClientException - Error executing HTTP request: Read timed out"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if op != toolCall || n != 2 && n != 3 {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				if c.reply == "" {
					_, _ = io.WriteString(w, c.plain)
					return true
				}
				var call struct{ ID json.RawMessage }
				_ = json.NewDecoder(r.Body).Decode(&call)
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, call.ID, c.reply)
				return true
			})
			o := s.MustComplete(s.Walk())
			if got := o.Links(event.Consent); len(got) != 1 || o.Result().Profile["sub"] == nil {
				t.Errorf("%d consents were asked for, and the profile is %v", len(got), o.Result().Profile)
			}
		})
	}
}

// An open round whose vault token is refused asks for a new one.
func TestAResumedConsentReplacesATokenThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{sandbox.FaultVendorToken, sandbox.FaultVendorForbidden} {
		s := newRun(t)
		s.MustComplete(s.Walk())
		r := s.Record()
		delete(r.Steps, string(steps.Consent))
		r.Consent = run.Consent{Round: 2, Open: true, Forced: true}
		if err := s.Store().Save(r); err != nil {
			t.Fatal(err)
		}
		s.ForgetRequests()
		injectFault(s, kind, toolCall, func(n int) bool { return n == 1 })
		s.MustSay(s.MustComplete(s.Walk()), "Asking for a new one")
		mustForce(s, 1, 3)
	}
}

func TestARoleWhosePolicyIsGoneIsFixedBehindAnOpaqueError(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	role := s.ResourceID(provision.Role)
	name := must(s.AWS.IAM.ListRolePolicies(bg, &iam.ListRolePoliciesInput{RoleName: &role}))(t).PolicyNames[0]
	must(s.AWS.IAM.DeleteRolePolicy(bg, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name}))(t)
	o := s.MustComplete(s.Repeat(steps.Invoke))
	s.MustSay(o, "policy was altered")
	if len(o.Links(event.Consent)) != 0 {
		t.Error("it asked for consent")
	}
}

// A gateway that somebody set to an older protocol is updated by the call that
// finds it out.
func TestAGatewayOfAnOlderProtocolIsUpdatedByTheCall(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	id := s.ResourceID(provision.Gateway)
	g := must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: &id}))(t)
	must(s.AWS.Control.UpdateGateway(bg, &control.UpdateGatewayInput{GatewayIdentifier: &id, Name: g.Name, ProtocolType: g.ProtocolType, AuthorizerType: g.AuthorizerType,
		AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn, ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{
			Value: types.MCPGatewayConfiguration{SupportedVersions: []string{"2025-03-26"}, SearchType: types.SearchTypeSemantic}}}))(t)
	s.MustSay(s.MustComplete(s.Repeat(steps.Invoke)), "settings differ")
}

func TestAChangeThatIsRefusedWhileSomethingIsCreatedIsRepeated(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"CreateGatewayTarget", "UpdateGatewayTarget", "UpdateGateway"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			if operation != "CreateGatewayTarget" {
				s.MustComplete(s.Walk())
				alter(s, operation)
			}
			s.ForgetRequests()
			injectFault(s, sandbox.FaultStillChanging, "bedrock-agentcore:"+operation, func(n int) bool { return n <= 2 })
			s.MustSay(s.MustComplete(s.Walk()), "not yet")
			if n := s.Count(":" + operation); n != 3 {
				t.Errorf("%d calls of %s", n, operation)
			}
		})
	}
}

// alter makes the gateway or its target differ from what the run wants.
func alter(s *testkit.Run, operation string) {
	s.T.Helper()
	id, targetID := s.ResourceID(provision.Gateway), s.ResourceID(provision.Target)
	if operation == "UpdateGateway" {
		g := must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: &id}))(s.T)
		must(s.AWS.Control.UpdateGateway(bg, &control.UpdateGatewayInput{GatewayIdentifier: &id, Name: g.Name, ProtocolType: g.ProtocolType,
			AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn}))(s.T)
		return
	}
	x := must(s.AWS.Control.GetGatewayTarget(bg, &control.GetGatewayTargetInput{GatewayIdentifier: &id, TargetId: &targetID}))(s.T)
	oauth := x.CredentialProviderConfigurations[0].CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider)
	oauth.Value.DefaultReturnUrl = aws.String("http://localhost:3021")
	must(s.AWS.Control.UpdateGatewayTarget(bg, &control.UpdateGatewayTargetInput{GatewayIdentifier: &id, TargetId: &targetID, Name: x.Name,
		CredentialProviderConfigurations: x.CredentialProviderConfigurations, TargetConfiguration: x.TargetConfiguration}))(s.T)
}

func TestAProviderWhoseOldSecretIsStillBeingDeletedIsCreatedLater(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	injectFault(s, sandbox.FaultSecretDeleting, "bedrock-agentcore:CreateOauth2CredentialProvider", func(n int) bool { return n <= 2 })
	s.MustSay(s.MustComplete(s.Walk()), "the deletion of the old secret")
}

// What a tool answers besides text reaches the person.
func TestOtherContentsOfAToolAreShown(t *testing.T) {
	t.Parallel()
	profile := map[string]any{"sub": "782", "name": "Ana"}
	for name, c := range map[string]struct {
		result map[string]any
		shown  string
		sub    any
	}{
		"structuredContent alone": {map[string]any{"content": []any{}, "structuredContent": profile}, `"sub":"782"`, "782"},
		"structuredContent beside a text": {map[string]any{"content": []any{map[string]any{"type": "text", "text": "Here you are"}}, "structuredContent": profile},
			"Here you are", "782"},
		"several texts": {map[string]any{"content": []any{map[string]any{"type": "text", "text": "Here you are"}, map[string]any{"type": "text", "text": `{"sub":"782"}`}}},
			"Here you are\n{", "782"},
		"a resource link": {map[string]any{"content": []any{map[string]any{"type": "resource_link", "uri": "https://a.example/me", "name": "me"}}}, "https://a.example/me", nil},
		"an image":        {map[string]any{"content": []any{map[string]any{"type": "image", "data": "aGk=", "mimeType": "image/png"}}}, "image/png", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != toolCall || n == 1 {
					return false
				}
				testkit.RewriteJSON(w, r, next, func(body map[string]any) { body["result"] = c.result })
				return true
			})
			got := s.MustComplete(s.Walk()).Result()
			if got == nil || !strings.Contains(got.Text, c.shown) || got.Profile["sub"] != c.sub {
				t.Errorf("it shows %+v", got)
			}
		})
	}
}

// A server says when it wants to be asked again. That is respected within the
// budget, and beyond it the wait is the person's.
func TestRetryAfterIsRespectedWithinTheBudget(t *testing.T) {
	t.Parallel()
	for after, ends := range map[string]bool{"1": true, "3600": false} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			var mu sync.Mutex
			var asked []time.Time
			s.Intercept(func(op string, n int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				if op != toolCall {
					return false
				}
				mu.Lock()
				asked = append(asked, time.Now())
				mu.Unlock()
				if ends && n > 1 {
					return false
				}
				w.Header().Set("Retry-After", after)
				testkit.Refuse(w, http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded")
				return true
			})
			o := s.Walk()
			if !ends {
				s.MustFail(o, steps.ExitFailed, "retry after 1h0m0s", "Wait a few minutes")
				if len(asked) != 1 {
					t.Errorf("%d calls", len(asked))
				}
				return
			}
			s.MustComplete(o)
			if pause := asked[1].Sub(asked[0]); pause < time.Second {
				t.Errorf("it was asked again after %s", pause)
			}
		})
	}
}
