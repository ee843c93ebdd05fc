package steps_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// list reads the return URLs on the workload identity of the run's gateway, or
// replaces them.
func (s *stage) list(replace ...string) []string {
	s.t.Helper()
	name := s.id(steps.KindGateway)
	if len(replace) > 0 {
		must(s.aws.Control.UpdateWorkloadIdentity(bg, &control.UpdateWorkloadIdentityInput{Name: &name, AllowedResourceOauth2ReturnUrls: replace}))(s.t)
	}
	return must(s.aws.Control.GetWorkloadIdentity(bg, &control.GetWorkloadIdentityInput{Name: aws.String(name)}))(s.t).AllowedResourceOauth2ReturnUrls
}

func hardened(o *steps.Settings) { o.RegisterReturnURL = true }

const elsewhere = "https://elsewhere.example/callback"

func TestTheReturnURLIsRegisteredOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.mustEnd(s.walk())
	if got := s.list(); len(got) != 0 {
		t.Fatalf("nobody asked, and the list is %v", got)
	}
	s.settings = hardened
	s.mustSay(s.mustEnd(s.walk()), "Registered with the gateway's workload identity")
	mine := s.record().Settings.ReturnURL
	if got := s.list(); !slices.Equal(got, []string{mine}) {
		t.Fatalf("the list is %v", got)
	}
	// Somebody replaced the list. A later start keeps the setting, and does not
	// widen what it finds without a word; --yes is none.
	s.list(elsewhere)
	s.settings = nil
	s.mustFail(s.walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
	if got := s.list(); !slices.Equal(got, []string{elsewhere}) {
		t.Fatalf("the list is %v", got)
	}
	// Said again, it is added, and what others put there is kept.
	s.settings = hardened
	s.mustEnd(s.walk())
	if got := s.list(); !slices.Equal(got, []string{elsewhere, mine}) {
		t.Errorf("the list is %v", got)
	}
	s.settings = nil
	s.forget()
	s.mustEnd(s.walk())
	if n := s.count("UpdateWorkloadIdentity"); n != 0 {
		t.Errorf("a list that is right was written %d times", n)
	}
	s.mustEnd(s.again(steps.Consent, steps.Invoke))
}

func TestWithoutTheRightToRegisterItStopsAndNamesIt(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"bedrock-agentcore:GetWorkloadIdentity", "bedrock-agentcore:UpdateWorkloadIdentity"} {
		s := newStage(t)
		s.settings = hardened
		s.intrude(func(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			if op == action {
				refuse(w, 403, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: "+action+" on resource: arn:aws:x:y")
			}
			return op == action
		})
		s.mustFail(s.walk(), steps.ExitDenied, "registering the return URL", `"Action": "`+action+`"`)
		s.intrude(nil)
		s.mustEnd(s.walk())
	}
}

// Somebody has put a list there that the return URL is not on.
func TestAReturnURLThatIsNotOnTheListIsOffered(t *testing.T) {
	t.Parallel()
	prepare := func(t *testing.T) *stage {
		s := newStage(t)
		s.mustEnd(s.again(steps.Overview, steps.Prerequisites, steps.Inbound, steps.Gateway, steps.LinkedIn, steps.Provider, steps.Register, steps.Target))
		s.list(elsewhere)
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
			o := s.walk()
			if !slices.Contains(o.asked, "register_return_url") {
				t.Errorf("asked %v", o.asked)
			}
			if c.answer == engine.No {
				s.mustFail(o, steps.ExitNeedsPerson, "is not on it", "--register-return-url")
				return
			}
			s.mustEnd(o)
			if got := s.list(); !slices.Equal(got, []string{elsewhere, s.record().Settings.ReturnURL}) {
				t.Errorf("the list is %v", got)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		s := prepare(t)
		given := s.settings
		s.settings = func(o *steps.Settings) {
			if given != nil {
				given(o)
			}
			o.Yes, o.Simulated = false, sandbox.Person{}
		}
		s.mustFail(s.walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
	})
	t.Run("--yes alone", func(t *testing.T) {
		t.Parallel()
		s := prepare(t)
		s.mustFail(s.walk(), steps.ExitNeedsPerson, "is not on it", "--register-return-url")
		if got := s.list(); !slices.Equal(got, []string{elsewhere}) {
			t.Errorf("the list is %v", got)
		}
		s.settings = hardened // the advice
		s.mustEnd(s.walk())
		if got := s.list(); !slices.Equal(got, []string{elsewhere, s.record().Settings.ReturnURL}) {
			t.Errorf("the list is %v", got)
		}
	})
}
