package steps_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// returnURLs reads the return URLs on the workload identity of the run's gateway, or
// replaces them.
func returnURLs(s *testkit.Run, replace ...string) []string {
	s.T.Helper()
	name := s.ResourceID(provision.Gateway)
	if len(replace) > 0 {
		must(s.AWS.Control.UpdateWorkloadIdentity(bg, &control.UpdateWorkloadIdentityInput{Name: &name, AllowedResourceOauth2ReturnUrls: replace}))(s.T)
	}
	return must(s.AWS.Control.GetWorkloadIdentity(bg, &control.GetWorkloadIdentityInput{Name: aws.String(name)}))(s.T).AllowedResourceOauth2ReturnUrls
}

func hardened(o *steps.Settings) { o.RegisterReturnURL = true }

const elsewhere = "https://elsewhere.example/callback"

func TestTheReturnURLIsRegisteredOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	if got := returnURLs(s); len(got) != 0 {
		t.Fatalf("nobody asked, and the list is %v", got)
	}
	s.Settings = hardened
	s.MustSay(s.MustComplete(s.Walk()), "(registered now)")
	mine := s.Record().Settings.ReturnURL
	if got := returnURLs(s); !slices.Equal(got, []string{mine}) {
		t.Fatalf("the list is %v", got)
	}
	// Somebody replaced the list. A later start keeps the setting, and does not
	// widen what it finds without a word; --yes is none.
	returnURLs(s, elsewhere)
	s.Settings = nil
	s.MustFail(s.Walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
	if got := returnURLs(s); !slices.Equal(got, []string{elsewhere}) {
		t.Fatalf("the list is %v", got)
	}
	// Said again, it is added, and what others put there is kept.
	s.Settings = hardened
	s.MustComplete(s.Walk())
	if got := returnURLs(s); !slices.Equal(got, []string{elsewhere, mine}) {
		t.Errorf("the list is %v", got)
	}
	s.Settings = nil
	s.ForgetRequests()
	s.MustComplete(s.Walk())
	if n := s.Count("UpdateWorkloadIdentity"); n != 0 {
		t.Errorf("a list that is right was written %d times", n)
	}
	s.MustComplete(s.Repeat(steps.Consent, steps.Invoke))
}

func TestWithoutTheRightToRegisterItStopsAndNamesIt(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"bedrock-agentcore:GetWorkloadIdentity", "bedrock-agentcore:UpdateWorkloadIdentity"} {
		s := newRun(t)
		s.Settings = hardened
		s.Intercept(func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			if op == action {
				testkit.Refuse(w, 403, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: "+action+" on resource: arn:aws:x:y")
			}
			return op == action
		})
		s.MustFail(s.Walk(), steps.ExitDenied, "registering the return URL", `"Action": "`+action+`"`)
		s.Intercept(nil)
		s.MustComplete(s.Walk())
	}
}

// Somebody has put a list there that the return URL is not on.
func TestAReturnURLThatIsNotOnTheListIsOffered(t *testing.T) {
	t.Parallel()
	prepare := func(t *testing.T) *testkit.Run {
		s := newRun(t)
		s.MustComplete(s.Repeat(steps.Overview, steps.Prerequisites, steps.Inbound, steps.Gateway, steps.App, steps.Provider, steps.Register, steps.Target))
		returnURLs(s, elsewhere)
		return s
	}
	for _, c := range []struct {
		name   string
		answer engine.Answer
	}{{"yes", engine.Yes}, {"no", engine.No}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := prepare(t)
			attend(s, func(_ int, link string) (engine.Answer, bool) { return browse(s, link) }).answer("register_return_url", c.answer)
			o := s.Walk()
			if !slices.Contains(o.Asked, "register_return_url") {
				t.Errorf("asked %v", o.Asked)
			}
			if c.answer == engine.No {
				s.MustFail(o, steps.ExitNeedsPerson, "is not on it", "--register-return-url")
				return
			}
			s.MustComplete(o)
			if got := returnURLs(s); !slices.Equal(got, []string{elsewhere, s.Record().Settings.ReturnURL}) {
				t.Errorf("the list is %v", got)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		s := prepare(t)
		given := s.Settings
		s.Settings = func(o *steps.Settings) {
			if given != nil {
				given(o)
			}
			o.Yes, o.Simulated = false, sandbox.Person{}
		}
		s.MustFail(s.Walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
	})
	t.Run("--yes alone", func(t *testing.T) {
		t.Parallel()
		s := prepare(t)
		s.MustFail(s.Walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
		if got := returnURLs(s); !slices.Equal(got, []string{elsewhere}) {
			t.Errorf("the list is %v", got)
		}
		s.Settings = hardened // the advice
		s.MustComplete(s.Walk())
		if got := returnURLs(s); !slices.Equal(got, []string{elsewhere, s.Record().Settings.ReturnURL}) {
			t.Errorf("the list is %v", got)
		}
	})
}
