package steps_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// releaseOnce releases a held operation as soon as others were called, and reports
// whether they were within some seconds.
func releaseOnce(s *testkit.Run, held string, called ...string) <-chan bool {
	s.Hold(held)
	in := make(chan bool, 1)
	go func() {
		defer s.Release(held)
		for range 1000 {
			if !slices.ContainsFunc(called, func(op string) bool { return s.Count(":"+op) == 0 }) {
				in <- true
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		in <- false
	}()
	return in
}

// TestWhatDoesNotDependOnEachOtherRunsSideBySide: the first operation does not end
// before the others were called.
func TestWhatDoesNotDependOnEachOtherRunsSideBySide(t *testing.T) {
	t.Parallel()
	for held, called := range map[string][]string{
		"CreateUserPool":       {"CreateRole", "PutRolePolicy", "CreateOauth2CredentialProvider"},
		"CreateUserPoolDomain": {"CreateGateway", "CreateGatewayTarget"},
	} {
		t.Run(held, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.Unnamed = true
			went := releaseOnce(s, held, called...)
			s.MustComplete(s.Walk())
			if !<-went {
				t.Errorf("while %s has no answer, %v are not all called", held, called)
			}
		})
	}
}

// TestAFreshRunReadsNothingTwice: with a name that was just made up there is nothing
// to look for, and no step reads what another one has just read.
func TestAFreshRunReadsNothingTwice(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.Unnamed = true
	s.MustComplete(s.Walk())
	polls := []string{"GetGateway", "GetGatewayTarget", "GetOauth2CredentialProvider", "DescribeUserPoolDomain"}
	counts := map[string]int{}
	for _, op := range s.Calls() {
		if name := op[strings.LastIndex(op, ":")+1:]; !slices.Contains(polls, name) {
			counts[name]++
		}
	}
	want := map[string]int{"GetCallerIdentity": 1, "ListUserPools": 1, "GetRole": 1, "ListGateways": 1, "ListOauth2CredentialProviders": 1, // is everything allowed?
		"CreateUserPool": 1, "CreateUserPoolDomain": 1, "CreateResourceServer": 1, "CreateUserPoolClient": 1, "discovery": 1, "token": 1,
		"CreateRole": 1, "PutRolePolicy": 1, "CreateGateway": 1, "CreateOauth2CredentialProvider": 1, "CreateGatewayTarget": 1,
		"tools/call": 2, "CompleteResourceTokenAuth": 1}
	if !maps.Equal(counts, want) {
		t.Errorf("the calls are %v\nnot %v", counts, want)
	}
	calls := s.Calls()
	last := slices.IndexFunc(calls, func(op string) bool { return strings.HasSuffix(op, "tools/call") })
	if got := calls[last:]; len(got) != 3 {
		t.Errorf("from the first call of the tool on, the program calls %v", got)
	}
}

// TestAStepThatIsRepeatedReadsAgain, whatever this process remembers.
func TestAStepThatIsRepeatedReadsAgain(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	gateway, _ := steps.Find(steps.Gateway)
	only := []steps.Step{gateway}
	walk := s.NewWalk(only)
	for range 2 {
		s.ForgetRequests()
		s.MustComplete(s.DriveWalk(walk, testkit.NewMachine(engine.Mode{Follow: true, Again: true}, only)))
		for _, op := range []string{"GetRole", "GetRolePolicy", "GetGateway", "ListTagsForResource"} {
			if s.Count(":"+op) != 1 {
				t.Errorf("%s is called %d times", op, s.Count(":"+op))
			}
		}
	}
}

// TestAnUpdateIsWaitedForByLookingAgain: what was read before it says nothing.
func TestAnUpdateIsWaitedForByLookingAgain(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	giveReadyApp(s)
	s.MustComplete(s.Walk())
	updated := false
	s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		updated = updated || op == agentcore+"UpdateOauth2CredentialProvider"
		if !updated || op != agentcore+"GetOauth2CredentialProvider" {
			return false
		}
		testkit.RewriteJSON(w, r, next, func(body map[string]any) { body["status"], body["failureReason"] = "UPDATE_FAILED", "no such app" })
		return true
	})
	s.MustFail(s.Repeat(steps.App, steps.Provider), steps.ExitFailed, "UPDATE_FAILED", "no such app")
}

// TestCleanupDeletesSideBySide what nothing else needs. The role waits for the gateway.
func TestCleanupDeletesSideBySide(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.ForgetRequests()
	went := releaseOnce(s, "DeleteGateway", "DeleteOauth2CredentialProvider", "DeleteUserPool")
	s.MustComplete(s.Cleanup())
	if !<-went {
		t.Error("the provider and the user pool wait for the gateway")
	}
	changes := s.Changes()
	at := func(op string) int { return slices.Index(changes, op) }
	if at("DeleteGatewayTarget") > at("DeleteOauth2CredentialProvider") || at("DeleteGatewayTarget") > at("DeleteGateway") || at("DeleteGateway") > at("DeleteRolePolicy") || at("DeleteRole") < 0 {
		t.Errorf("it deletes in the order %v", changes)
	}
}
