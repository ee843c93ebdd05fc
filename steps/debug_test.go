package steps_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// exceptionLevel is the gateway's exceptionLevel.
func exceptionLevel(s *testkit.Run) types.ExceptionLevel {
	s.T.Helper()
	return must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: aws.String(s.ResourceID(provision.Gateway))}))(s.T).ExceptionLevel
}

// The gateway hides that a return URL must be registered. With nobody to ask,
// the list of the run's own gateway is written, and said so.
func TestAHiddenRefusalOfTheReturnURLIsLearnedAndCured(t *testing.T) {
	t.Parallel()
	for name, wording := range map[string]string{
		"told under DEBUG": "Callback URL http://x is not registered for AgentIdentity g", "told in other words": "You MUST register and use at least one resourceOauth2ReturnUrl on your workload identity",
		"never told": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			var levels []types.ExceptionLevel
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != toolCall || len(returnURLs(s)) > 0 {
					return false
				}
				level := exceptionLevel(s)
				if !slices.Contains(levels, level) {
					levels = append(levels, level)
				}
				text := wording
				if level != types.ExceptionLevelDebug || wording == "" {
					text = "An internal error occurred. Please retry later."
				}
				testkit.RewriteJSON(w, r, next, func(body map[string]any) {
					delete(body, "error")
					body["result"] = map[string]any{"isError": true, "content": []any{map[string]any{"type": "text", "text": text}}}
				})
				return true
			})
			o := s.MustComplete(s.Walk())
			s.MustSay(o, "the gateway is this run's own", "(registered now)", "debug messages are off again")
			if !slices.Equal(levels, []types.ExceptionLevel{"", types.ExceptionLevelDebug}) {
				t.Errorf("the levels were %q", levels)
			}
			if got := returnURLs(s); !slices.Equal(got, []string{s.Record().Settings.ReturnURL}) {
				t.Errorf("the list is %v", got)
			}
			if exceptionLevel(s) != "" || s.Record().Debug {
				t.Errorf("the level is %q, on record %v", exceptionLevel(s), s.Record().Debug)
			}
		})
	}
}

// UpdateGateway replaces everything: what was set stays, and a walk that was
// stopped in between is put right by the next one.
func TestDebugMessagesOfAStoppedWalkAreTurnedOffByTheNext(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	id := s.ResourceID(provision.Gateway)
	before := must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: &id}))(t)
	failing := true
	s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		switch {
		case op == toolCall && failing:
			sandbox.Fault{Operation: op, Kind: sandbox.FaultOpaque}.Handler(next).ServeHTTP(w, r)
		case strings.HasSuffix(op, ":UpdateGateway") && n > 1 && failing: // the program dies, as far as AWS can tell
			testkit.Refuse(w, 403, "AccessDeniedException", "no")
		default:
			return false
		}
		return true
	})
	o := s.Repeat(steps.Invoke)
	s.MustFail(o, steps.ExitFailed)
	s.MustSay(o, "still on")
	if exceptionLevel(s) != types.ExceptionLevelDebug || !s.Record().Debug {
		t.Fatalf("the level is %q, on record %v", exceptionLevel(s), s.Record().Debug)
	}
	s.Intercept(nil)
	s.MustComplete(s.Walk())
	after := must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: &id}))(t)
	if after.ExceptionLevel != "" || s.Record().Debug {
		t.Errorf("the level is %q", after.ExceptionLevel)
	}
	if aws.ToString(after.Description) != aws.ToString(before.Description) || aws.ToString(after.RoleArn) != aws.ToString(before.RoleArn) ||
		after.AuthorizerConfiguration == nil || after.ProtocolConfiguration == nil {
		t.Errorf("settings were lost: %+v", after)
	}
}

// Somebody else's DEBUG is used and left alone.
func TestDebugMessagesThatWereOnStayOn(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	id := s.ResourceID(provision.Gateway)
	g := must(s.AWS.Control.GetGateway(bg, &control.GetGatewayInput{GatewayIdentifier: &id}))(t)
	must(s.AWS.Control.UpdateGateway(bg, &control.UpdateGatewayInput{GatewayIdentifier: &id, Name: g.Name, Description: g.Description, ProtocolType: g.ProtocolType, ProtocolConfiguration: g.ProtocolConfiguration,
		AuthorizerType: g.AuthorizerType, AuthorizerConfiguration: g.AuthorizerConfiguration, RoleArn: g.RoleArn, ExceptionLevel: types.ExceptionLevelDebug}))(t)
	injectFault(s, sandbox.FaultOpaque, toolCall, func(n int) bool { return n < 30 })
	_ = s.Walk()
	if exceptionLevel(s) != types.ExceptionLevelDebug {
		t.Errorf("the level is %q", exceptionLevel(s))
	}
}
