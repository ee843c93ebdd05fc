package steps_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// While something is still being created or updated no service deletes it, so a
// cleanup waits, and says what for.
func TestACleanupWaitsUntilNothingIsBeingCreatedOrUpdated(t *testing.T) {
	t.Parallel()
	const domains = "cognito-idp:"
	for name, c := range map[string]struct{ get, state, remove, what string }{
		"gateway":              {agentcore + "GetGateway", "CREATING", agentcore + "DeleteGateway", "waiting to delete the gateway gateway-authcode-test-"},
		"updated gateway":      {agentcore + "GetGateway", "UPDATING", agentcore + "DeleteGatewayTarget", "waiting to delete the gateway gateway-authcode-test-"},
		"target":               {agentcore + "ListGatewayTargets", "CREATING", agentcore + "DeleteGatewayTarget", "waiting to delete the target "},
		"synchronizing target": {agentcore + "ListGatewayTargets", "SYNCHRONIZING", agentcore + "DeleteGatewayTarget", "waiting to delete the target "},
		"credential provider":  {agentcore + "GetOauth2CredentialProvider", "UPDATING", agentcore + "DeleteOauth2CredentialProvider", "waiting to delete the credential provider"},
		"domain":               {domains + "DescribeUserPoolDomain", "CREATING", domains + "DeleteUserPoolDomain", "waiting to delete the domain "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			var looks atomic.Int64
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				switch {
				case (op == c.get || c.get == agentcore+"ListGatewayTargets" && op == agentcore+"GetGatewayTarget") && looks.Add(1) < 6:
					testkit.RewriteJSON(w, r, next, func(body map[string]any) {
						if d, ok := body["DomainDescription"].(map[string]any); ok {
							d["Status"] = c.state
						} else if items, ok := body["items"].([]any); ok {
							items[0].(map[string]any)["status"] = c.state
						} else {
							body["status"] = c.state
						}
					})
					return true
				case op == c.remove && looks.Load() < 6:
					t.Errorf("%s is called in %s", op, c.state)
				}
				return false
			})
			o := s.MustComplete(s.Repeat(steps.Cleanup))
			s.MustSay(o, c.what, ": "+c.state)
			s.Intercept(nil)
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// One look at READY is not always the last word.
func TestADeletionThatIsRefusedForAStateThatPassesIsRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ op, code, message string }{
		"gateway, in the models' code": {agentcore + "DeleteGateway", "ConflictException", "Gateway is in CREATING state"},
		"gateway, in other words":      {agentcore + "DeleteGateway", "ConflictException", "The gateway is being modified"},
		"gateway, validation":          {agentcore + "DeleteGateway", "ValidationException", "Cannot perform operation DeleteGateway when gateway is in UPDATING status"},
		"target of such a gateway":     {agentcore + "DeleteGatewayTarget", "ValidationException", "Cannot perform operation DeleteGatewayTarget when gateway is in CREATING status"},
		"target":                       {agentcore + "DeleteGatewayTarget", "ConflictException", "Target is not in a state that can be deleted"},
		"credential provider":          {agentcore + "DeleteOauth2CredentialProvider", "ConflictException", "Credential provider is in CREATING status"},
		"domain":                       {"cognito-idp:DeleteUserPoolDomain", "ConcurrentModificationException", "another operation is in progress"},
		"user pool":                    {"cognito-idp:DeleteUserPool", "InvalidParameterException", "User pool cannot be deleted. It has a domain configured that should be deleted first."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			s.Intercept(denyOnce(c.op, 4, func(w http.ResponseWriter) { testkit.Refuse(w, 409, c.code, c.message) }))
			o := s.MustComplete(s.Repeat(steps.Cleanup))
			s.MustSay(o, "waiting to delete the ", "not yet ("+c.code+")")
			s.Intercept(nil)
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

// A conflict that does not pass is told in the service's words.
func TestAConflictThatStaysEndsTheCleanupWithItsReason(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.Intercept(denyOnce(agentcore+"DeleteGateway", 1000, func(w http.ResponseWriter) { testkit.Refuse(w, 409, "ConflictException", "the moon is full") }))
	o := s.Repeat(steps.Cleanup)
	s.MustFail(o, steps.ExitFailed, "the moon is full")
	if left := strings.Join(leftKinds(o), " "); left != "role gateway" {
		t.Errorf("left %s", left)
	}
}
