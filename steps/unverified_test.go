package steps_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// unreadable are the ways in which an answer tells nothing.
var unreadable = map[string]func(w http.ResponseWriter){
	"throttled": func(w http.ResponseWriter) { testkit.Refuse(w, 429, "ThrottlingException", "Rate exceeded") },
	"denied": func(w http.ResponseWriter) {
		testkit.Refuse(w, 403, "AccessDeniedException", "User: x is not authorized to perform: bedrock-agentcore:ListTagsForResource on resource: y because no identity-based policy allows it")
	},
	"an error of the service": func(w http.ResponseWriter) { testkit.Refuse(w, 500, "InternalServerException", "oops") },
	"a proxy's page": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(502)
		_, _ = w.Write([]byte("<html>Bad gateway</html>"))
	},
	"a page with status 200": func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Sign in to the network</html>"))
	},
	"a connection that is cut": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	"half an answer": func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"tags":{"created-by":"agent`))
	},
	"an empty object": func(w http.ResponseWriter) { _, _ = w.Write([]byte("{}")) },
	"no body":         func(w http.ResponseWriter) { w.WriteHeader(200) },
	"not found":       func(w http.ResponseWriter) { testkit.Refuse(w, 404, "ResourceNotFoundException", "not found") },
}

// Where the tags cannot be read nothing is changed or deleted, and the cleanup
// says what may be left.
func TestWhatCannotBeVerifiedIsLeftAndReported(t *testing.T) {
	t.Parallel()
	for name, answer := range unreadable {
		for kind, op := range map[string]string{provision.Gateway: "ListTagsForResource", provision.Provider: "ListTagsForResource", provision.Role: "GetRole", provision.UserPool: "DescribeUserPool"} {
			if name == "not found" && (kind == provision.Role || kind == provision.UserPool) {
				continue // there it means that the thing is gone
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := newRun(t)
				s.MustComplete(s.Walk())
				about := s.Record().Find(kind).ARN
				for _, recorded := range []bool{true, false} {
					if !recorded {
						loseRecord(s)
					}
					s.Intercept(func(o string, _ int, w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
						if !strings.HasSuffix(o, ":"+op) || op == "ListTagsForResource" && !strings.Contains(r.URL.Path, about[strings.LastIndex(about, "/")+1:]) {
							return false
						}
						answer(w)
						return true
					})
					s.ForgetRequests()
					o := s.Repeat(steps.Cleanup)
					if o.Failure() == nil || o.Failure().Exit == 0 {
						t.Errorf("recorded %v: it says that all is done:\n%s", recorded, o.Said())
					}
					mustNotTouch(s, kind)
					if !slices.Contains(leftKinds(o), kind) {
						t.Errorf("recorded %v: left %+v", recorded, o.Left())
					}
					for _, x := range o.Left() {
						if x.Reason == "" {
							t.Errorf("no reason: %+v", x)
						}
					}
				}
				s.Intercept(nil)
				s.MustComplete(s.Repeat(steps.Cleanup))
				if left := remaining(s); len(left) != 0 {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}

func TestAListThatFailsLeavesItsKindAndNothingElse(t *testing.T) {
	t.Parallel()
	for op, kind := range map[string]string{"cognito-idp:ListUserPools": provision.UserPool, agentcore + "ListGateways": provision.Gateway, agentcore + "ListGatewayTargets": provision.Target,
		agentcore + "GetOauth2CredentialProvider": provision.Provider} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			loseRecord(s) // so that lists are needed
			s.Intercept(func(o string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				if o != op {
					return false
				}
				testkit.Refuse(w, 403, "AccessDeniedException", "User: x is not authorized to perform: "+op+" on resource: * because no identity-based policy allows it")
				return true
			})
			o := s.Repeat(steps.Cleanup)
			s.MustFail(o, steps.ExitDenied, op)
			if !slices.Contains(leftKinds(o), kind) {
				t.Errorf("left %+v", o.Left())
			}
			s.Intercept(nil)
			if n := len(remaining(s)); n == 4 {
				t.Error("nothing was deleted")
			}
			s.MustComplete(s.Repeat(steps.Cleanup))
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// A success without its list does not say that nothing is there.
func TestAListThatSaysNothingProvesNothing(t *testing.T) {
	t.Parallel()
	const xml = `<%sResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><%sResult></%sResult></%sResponse>`
	for op, kind := range map[string]string{"cognito-idp:ListUserPools": provision.UserPool, "iam:ListRoles": provision.Role,
		agentcore + "ListGateways": provision.Gateway, agentcore + "ListGatewayTargets": provision.Target, agentcore + "ListOauth2CredentialProviders": provision.Provider} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			loseRecord(s) // so that lists are needed
			s.Intercept(func(o string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				if o != op {
					return false
				}
				if name, isXML := strings.CutPrefix(op, "iam:"); isXML {
					_, _ = w.Write([]byte(strings.ReplaceAll(xml, "%s", name)))
				} else {
					_, _ = w.Write([]byte("{}"))
				}
				return true
			})
			found, err := s.TaggedRuns()
			if kind != provision.Target && (err != nil || found.Err == nil || len(found.Unverified) == 0) {
				t.Errorf("the search by tags misses it: %+v, %v", found, err)
			}
			if kind == provision.Role || kind == provision.Provider {
				return // a run's own cleanup asks for these by name
			}
			o := s.Repeat(steps.Cleanup)
			if o.Failure() == nil {
				t.Errorf("it says that all is done:\n%s", o.Said())
			}
			if !slices.Contains(leftKinds(o), kind) {
				t.Errorf("left %+v", o.Left())
			}
			s.Intercept(nil)
			s.MustComplete(s.Repeat(steps.Cleanup))
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// --role-arn may name the role that the run has made itself: it is still the
// run's, and goes with it.
func TestTheRunsOwnRoleGoesWithItWhoeverNamesIt(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"recorded": false, "record lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			own := s.Record().Find(provision.Role).ARN
			if lost {
				loseRecord(s)
			}
			s.Settings = func(o *steps.Settings) { o.RoleARN = own }
			s.MustComplete(s.Walk())
			s.Settings = nil
			o := s.MustComplete(s.Repeat(steps.Cleanup))
			if strings.Contains(o.Said(), "Will not be touched") {
				t.Errorf("it says that the role stays:\n%s", o.Said())
			}
			if left := remaining(s); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestARoleThatTheRunCreatedBeforeItGotTheUsersIsDeletedToo(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	own := ownRole(s)
	must(s.AWS.IAM.PutRolePolicy(bg, &iam.PutRolePolicyInput{RoleName: aws.String("somebodys-role"), PolicyName: aws.String("all"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}))(t)
	s.Settings = func(o *steps.Settings) { o.RoleARN = *own }
	s.MustComplete(s.Walk())
	s.Settings = nil
	o := s.MustComplete(s.Repeat(steps.Cleanup))
	s.MustSay(o, "Will not be touched: your own role "+*own, "gone   role "+namesOf(s).Role())
	if left := remaining(s); !slices.Equal(left, []string{"somebodys-role"}) {
		t.Errorf("standing %v", left)
	}
}

func TestASearchByTagsReportsWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"cognito-idp:ListUserPools", "cognito-idp:DescribeUserPool", agentcore + "ListGateways", agentcore + "GetGateway", agentcore + "ListTagsForResource",
		agentcore + "ListOauth2CredentialProviders", "iam:ListRoles", "iam:GetRole"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			s.MustComplete(s.Walk())
			s.Intercept(denyOnce(op, 100, func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }))
			found, err := s.TaggedRuns()
			if err != nil || found.Err == nil || len(found.Unverified) == 0 || len(found.Runs) != 1 {
				t.Errorf("%+v, %v", found, err)
			}
			for _, x := range found.Unverified {
				if x.Kind == "" || x.Name == "" || x.Reason == "" {
					t.Errorf("%+v", x)
				}
			}
		})
	}
}

// Whoever is not signed in cannot verify anything.
func TestACleanupWithoutAnIdentityLeavesAllThatIsRecorded(t *testing.T) {
	t.Parallel()
	s := newRun(t)
	s.MustComplete(s.Walk())
	s.Intercept(denyOnce("sts:GetCallerIdentity", 100, func(w http.ResponseWriter) {
		testkit.RefuseXML(w, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}))
	o := s.Repeat(steps.Cleanup)
	s.MustFail(o, steps.ExitDenied, "InvalidClientTokenId")
	if n := len(o.Left()); n != 8 {
		t.Errorf("%d are left: %+v", n, o.Left())
	}
}
