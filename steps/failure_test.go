package steps_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// saying lets a read operation report a state, from its nth answer on.
func saying(operation string, change func(map[string]any)) testkit.Interceptor {
	return func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != operation {
			return false
		}
		testkit.RewriteJSON(w, r, next, change)
		return true
	}
}

func state(status string, reasons ...any) func(map[string]any) {
	return func(b map[string]any) {
		b["status"], b["statusReasons"], b["failureReason"] = status, reasons, reasonOf(reasons)
	}
}

func reasonOf(reasons []any) any {
	if len(reasons) == 0 {
		return nil
	}
	return reasons[0]
}

const agentcore = "bedrock-agentcore:"

func TestEveryFailureStateEndsTheWaitWithTheServicesReasons(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ op, status, doing string }{
		{"GetGateway", "FAILED", "waiting for the gateway to be READY"},
		{"GetGateway", "UPDATE_UNSUCCESSFUL", "waiting for the gateway to be READY"},
		{"GetGateway", "DELETING", "waiting for the gateway to be READY"},
		{"GetGatewayTarget", "FAILED", "waiting for the target to be READY"},
		{"GetGatewayTarget", "UPDATE_UNSUCCESSFUL", "waiting for the target to be READY"},
		{"GetGatewayTarget", "SYNCHRONIZE_UNSUCCESSFUL", "waiting for the target to be READY"},
		{"GetGatewayTarget", "DELETING", "waiting for the target to be READY"},
		{"GetOauth2CredentialProvider", "CREATE_FAILED", "waiting for the credential provider to be READY"},
		{"GetOauth2CredentialProvider", "UPDATE_FAILED", "waiting for the credential provider to be READY"},
		{"GetOauth2CredentialProvider", "DELETING", "waiting for the credential provider to be READY"},
		{"GetOauth2CredentialProvider", "DELETE_FAILED", "waiting for the credential provider to be READY"},
	} {
		t.Run(c.op+" "+c.status, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(saying(agentcore+c.op, state(c.status, "the moon was full", "and the tide high")))
			f := s.MustFail(s.Walk(), steps.ExitFailed, c.status, "the moon was full", c.doing)
			if c.op != "GetOauth2CredentialProvider" && !strings.Contains(f.Why.Message, "and the tide high") {
				t.Errorf("a reason is lost: %s", f.Why.Message)
			}
		})
	}
}

func TestAFailureStateWithoutReasonsSaysSo(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"GetGateway", "GetGatewayTarget", "GetOauth2CredentialProvider"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			status := "FAILED"
			if op == "GetOauth2CredentialProvider" {
				status = "CREATE_FAILED"
			}
			s.Intercept(saying(agentcore+op, state(status)))
			s.MustFail(s.Walk(), steps.ExitFailed, status, "the service gives no reason")
		})
	}
}

func TestADomainThatFailedEndsTheWait(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Intercept(saying("cognito-idp:DescribeUserPoolDomain", func(b map[string]any) {
		if d, ok := b["DomainDescription"].(map[string]any); ok && d["Domain"] != nil {
			d["Status"] = "FAILED"
		}
	}))
	s.MustFail(s.Walk(), steps.ExitFailed, "FAILED", "domain")
}

// What failed is made again by the next walk, which says so.
func TestWhatHasFailedIsMadeAgainByTheNextWalk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		op, kind, status string
		changes          []string
	}{
		{"GetGateway", provision.Gateway, "FAILED", []string{"CreateGateway", "CreateGatewayTarget", "DeleteGateway", "DeleteGatewayTarget"}},
		{"GetGateway", provision.Gateway, "UPDATE_UNSUCCESSFUL", []string{"CreateGateway", "CreateGatewayTarget", "DeleteGateway", "DeleteGatewayTarget"}},
		{"GetGatewayTarget", provision.Target, "FAILED", []string{"CreateGatewayTarget", "DeleteGatewayTarget"}},
		{"GetGatewayTarget", provision.Target, "UPDATE_UNSUCCESSFUL", []string{"CreateGatewayTarget", "DeleteGatewayTarget"}},
		{"GetGatewayTarget", provision.Target, "SYNCHRONIZE_UNSUCCESSFUL", []string{"CreateGatewayTarget", "DeleteGatewayTarget"}},
	} {
		t.Run(c.op+" "+c.status, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			bad := s.ResourceID(c.kind)
			s.ForgetRequests()
			deleted := false
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if strings.HasPrefix(op, agentcore+"Delete") && strings.HasSuffix(strings.Trim(r.URL.Path, "/"), bad) {
					deleted = true
				}
				if op != agentcore+c.op || deleted || !strings.HasSuffix(strings.Trim(r.URL.Path, "/"), bad) {
					return false
				}
				testkit.RewriteJSON(w, r, next, state(c.status, "the moon was full"))
				return true
			})
			o := s.MustComplete(s.Walk())
			s.MustSay(o, c.status+": the moon was full; creating it again")
			var changes []string
			for _, x := range s.Changes() {
				if !slices.Contains(changes, x) {
					changes = append(changes, x)
				}
			}
			slices.Sort(changes)
			if !slices.Equal(changes, c.changes) {
				t.Errorf("changed %v, want %v", changes, c.changes)
			}
		})
	}
}

func TestAProviderThatFailedIsMadeAgainOrUpdated(t *testing.T) {
	t.Parallel()
	for status, change := range map[string]string{"CREATE_FAILED": "CreateOauth2CredentialProvider", "UPDATE_FAILED": "UpdateOauth2CredentialProvider"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			giveReadyApp(s)
			failing := true
			s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op == agentcore+change {
					failing = s.Count(change) == 1 && status == "CREATE_FAILED"
				}
				if op != agentcore+"GetOauth2CredentialProvider" || !failing {
					return false
				}
				testkit.RewriteJSON(w, r, next, state(status, "the vault was shut"))
				return true
			})
			s.MustFail(s.Walk(), steps.ExitFailed, status, "the vault was shut")
			s.MustComplete(s.Walk())
			if n := s.Count(change); n < 1 || change == "CreateOauth2CredentialProvider" && n != 2 {
				t.Errorf("%s was called %d times", change, n)
			}
		})
	}
}

func TestATargetThatWaitsForConsentIsNoFailure(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Intercept(saying(agentcore+"GetGatewayTarget", func(b map[string]any) { b["status"] = "CREATE_PENDING_AUTH" }))
	s.MustComplete(s.Walk())
}

// denyOnce refuses the first n requests of an operation.
func denyOnce(operation string, times int, refusal func(http.ResponseWriter)) testkit.Interceptor {
	return func(op string, n int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		if op != operation || n > times {
			return false
		}
		refusal(w)
		return true
	}
}

func TestThrottledCallsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for op, refusal := range map[string]func(http.ResponseWriter){
		agentcore + "CreateGateway":  func(w http.ResponseWriter) { testkit.Refuse(w, 429, "ThrottlingException", "Rate exceeded") },
		"cognito-idp:CreateUserPool": func(w http.ResponseWriter) { testkit.Refuse(w, 400, "TooManyRequestsException", "Rate exceeded") },
		"iam:CreateRole":             func(w http.ResponseWriter) { testkit.RefuseXML(w, 400, "Throttling", "Rate exceeded") },
		"token":                      func(w http.ResponseWriter) { w.WriteHeader(429) },
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(denyOnce(op, 1, refusal))
			s.MustComplete(s.Walk())
		})
	}
}

func TestAnErrorLeadsToItsAdviceAndExitCode(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: "
	for name, c := range map[string]struct {
		op      string
		refusal func(http.ResponseWriter)
		exit    int
		words   []string
	}{
		"throttled for good": {agentcore + "CreateGatewayTarget", func(w http.ResponseWriter) { testkit.Refuse(w, 429, "ThrottlingException", "Rate exceeded") },
			steps.ExitFailed, []string{"ThrottlingException", "Wait a minute"}},
		"a missing permission": {"iam:CreateRole", func(w http.ResponseWriter) {
			testkit.RefuseXML(w, 403, "AccessDenied", user+"iam:CreateRole on resource: arn:aws:iam::111122223333:role/R because no identity-based policy allows the iam:CreateRole action")
		}, steps.ExitDenied, []string{`"Action": "iam:CreateRole"`, `"Resource": "arn:aws:iam::111122223333:role/R"`, "policy"}},
		"PassRole": {agentcore + "CreateGateway", func(w http.ResponseWriter) {
			testkit.Refuse(w, 403, "AccessDeniedException", user+"iam:PassRole on resource: arn:aws:iam::111122223333:role/R because no identity-based policy allows the iam:PassRole action")
		}, steps.ExitDenied, []string{`"Action": "iam:PassRole"`, `"iam:PassedToService": "bedrock-agentcore.amazonaws.com"`}},
		"denied without words": {agentcore + "CreateGateway", func(w http.ResponseWriter) { testkit.Refuse(w, 403, "AccessDeniedException", "no") },
			steps.ExitDenied, []string{"agentcore-3lo policy"}},
		"quota": {agentcore + "CreateGateway", func(w http.ResponseWriter) {
			testkit.Refuse(w, 402, "ServiceQuotaExceededException", "Too many gateways")
		}, steps.ExitFailed, []string{"quota", "agentcore-3lo runs"}},
		"expired": {"cognito-idp:CreateUserPool", func(w http.ResponseWriter) {
			testkit.Refuse(w, 400, "ExpiredTokenException", "The security token included in the request is expired")
		}, steps.ExitDenied, []string{"have expired", "aws login"}},
		"clock": {agentcore + "CreateGateway", func(w http.ResponseWriter) {
			testkit.Refuse(w, 403, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z")
		}, steps.ExitFailed, []string{"clock is wrong"}},
		"the secret key is wrong": {agentcore + "CreateGateway", func(w http.ResponseWriter) {
			testkit.Refuse(w, 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")
		}, steps.ExitDenied, []string{"does not know these keys"}},
		"a broken request": {agentcore + "CreateGatewayTarget", func(w http.ResponseWriter) { testkit.Refuse(w, 400, "ValidationException", "no such thing") },
			steps.ExitFailed, []string{"ValidationException", "no such thing", "agentcore-3lo walk --run test"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(denyOnce(c.op, 100, c.refusal))
			s.MustFail(s.Walk(), c.exit, c.words...)
			s.Intercept(nil)
			s.MustComplete(s.Walk()) // what was done is kept, and it goes on
		})
	}
}

// A reply is lost, or somebody was a moment faster: the thing is there, and the
// service says that it exists already.
func TestAlreadyExistsIsAcceptedInEveryFormWhenItIsOurs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op            string
		code, message string
		xml           bool
	}{
		"role":                   {"iam:CreateRole", "EntityAlreadyExists", "Role with name R already exists.", true},
		"domain":                 {"cognito-idp:CreateUserPoolDomain", "InvalidParameterException", "Domain already associated with another user pool", false},
		"second domain":          {"cognito-idp:CreateUserPoolDomain", "InvalidParameterException", "User pool already has a domain configured.", false},
		"resource server":        {"cognito-idp:CreateResourceServer", "InvalidParameterException", "x already exists in user pool y.", false},
		"gateway":                {agentcore + "CreateGateway", "ConflictException", "A gateway with name x already exists", false},
		"gateway, as validation": {agentcore + "CreateGateway", "ValidationException", "A gateway with name x already exists", false},
		"target":                 {agentcore + "CreateGatewayTarget", "ConflictException", "A target with name x already exists in gateway y", false},
		"provider":               {agentcore + "CreateOauth2CredentialProvider", "ValidationException", "Credential provider with name: x already exists", false},
		"provider, as conflict":  {agentcore + "CreateOauth2CredentialProvider", "ConflictException", "Credential provider with name: x already exists", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != c.op || n > 1 {
					return false
				}
				next.ServeHTTP(httptest.NewRecorder(), r)
				if c.xml {
					testkit.RefuseXML(w, 409, c.code, c.message)
				} else {
					testkit.Refuse(w, 400, c.code, c.message)
				}
				return true
			})
			o := s.MustComplete(s.Walk())
			if n := s.Count(c.op); n != 1 {
				t.Errorf("%s was called %d times", c.op, n)
			}
			if len(o.Made()) != 8 {
				t.Errorf("made %v", o.Made())
			}
		})
	}
}

func TestALostReplyMakesNoSecondGatewayOrTarget(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"CreateGateway", "CreateGatewayTarget"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if op != agentcore+operation || n > 1 {
					return false
				}
				next.ServeHTTP(httptest.NewRecorder(), r)
				w.WriteHeader(503)
				return true
			})
			s.MustComplete(s.Walk())
			s.Intercept(nil)
			s.ForgetRequests()
			s.MustComplete(s.Walk())
			if changes := s.Changes(); len(changes) != 0 {
				t.Errorf("afterwards it had to change %v", changes)
			}
		})
	}
}

func TestARoleThatCannotBeAssumedYetIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"Role validation failed for 'arn:aws:iam::111122223333:role/R'. Please verify that the role exists and its trust policy allows assumption by this service",
		"Gateway execution role lacks permission to do that",
		"The service cannot assume the role",
	} {
		t.Run(message[:20], func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Intercept(denyOnce(agentcore+"CreateGateway", 3, func(w http.ResponseWriter) { testkit.Refuse(w, 400, "ValidationException", message) }))
			o := s.MustComplete(s.Walk())
			s.MustSay(o, "the role: not yet (ValidationException)")
			if n := s.Count("CreateGateway"); n != 4 {
				t.Errorf("CreateGateway was called %d times", n)
			}
		})
	}
}

func TestAfterAFailureWhatRunsFinishesAndIsRecorded(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Intercept(func(op string, n int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		switch op {
		case agentcore + "CreateOauth2CredentialProvider":
			for s.Count("CreateGateway") == 0 {
				time.Sleep(time.Millisecond)
			}
			testkit.Refuse(w, 400, "ValidationException", "no")
			return true
		case agentcore + "CreateGateway":
			time.Sleep(200 * time.Millisecond) // it is still being made when the provider fails
		}
		return false
	})
	o := s.Walk()
	s.MustFail(o, steps.ExitFailed, "CreateOauth2CredentialProvider")
	if got := o.Machine.Of(steps.Gateway).State; got != engine.Done {
		t.Errorf("gateway is %s", got)
	}
	if x := s.Record().Find(provision.Gateway); x == nil || x.Made.IsZero() {
		t.Error("the gateway is not recorded")
	}
	if n := s.Count("CreateGatewayTarget"); n != 0 {
		t.Error("something new was started")
	}
}
