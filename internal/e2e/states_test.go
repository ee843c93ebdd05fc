//go:build unix

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

const because = "The service says why: xyzzy"

// TestFailedStates ends each wait in each failure state. The error has the service's
// reason; the second start of the run repairs it, and no resource exists twice.
func TestFailedStates(t *testing.T) {
	type wait struct {
		name, look, state string
		undo              string // the call that deletes the failed resource; "" = it recovers by itself
		cleaning          bool
	}
	var waits []wait
	for _, state := range []string{"FAILED", "UPDATE_UNSUCCESSFUL"} {
		waits = append(waits, wait{"gateway", "GetGateway", state, "DeleteGateway", false}, wait{"gateway", "GetGateway", state, "", false})
	}
	for _, state := range []string{"FAILED", "UPDATE_UNSUCCESSFUL", "SYNCHRONIZE_UNSUCCESSFUL"} {
		waits = append(waits, wait{"target", "GetGatewayTarget", state, "DeleteGatewayTarget", false}, wait{"target", "GetGatewayTarget", state, "", false})
	}
	for _, state := range []string{"CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"} {
		undo := "DeleteOauth2CredentialProvider"
		if state == "UPDATE_FAILED" {
			undo = "UpdateOauth2CredentialProvider" // which keeps its callback URL
		}
		waits = append(waits, wait{"provider", "GetOauth2CredentialProvider", state, undo, false},
			wait{"provider", "GetOauth2CredentialProvider", state, "", false})
	}
	waits = append(waits,
		wait{"domain", "DescribeUserPoolDomain", "FAILED", "", false},
		wait{"gateway that does not go", "GetGateway", "FAILED", "", true},
		wait{"target that does not go", "GetGatewayTarget", "FAILED", "", true},
		wait{"provider that does not go", "GetOauth2CredentialProvider", "DELETE_FAILED", "", true})
	var cases []namedCase
	var tried atomic.Int64
	for _, x := range waits {
		name := fmt.Sprintf("%s %s", x.name, x.state)
		if x.undo != "" {
			name += " until " + x.undo
		}
		cases = append(cases, namedCase{name, func(t *testing.T, b *testkit.Sandbox) {
			s := newRun(t, b)
			if x.cleaning {
				s.MustComplete(s.Walk())
			}
			var undone, deleting, cured atomic.Bool
			b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				_, name, _ := strings.Cut(op, ":")
				if strings.HasPrefix(name, "Delete") {
					deleting.Store(true)
				}
				if x.undo != "" && name == x.undo {
					undone.Store(true)
				}
				if x.cleaning && name == "DeleteOauth2CredentialProvider" && x.look == "GetOauth2CredentialProvider" && !cured.Load() {
					w.WriteHeader(http.StatusNoContent) // the deletion is accepted and fails later
					return true
				}
				if name != x.look || undone.Load() || cured.Load() || x.cleaning && !deleting.Load() {
					return false
				}
				testkit.Rewrite(w, r, next, func(body []byte) []byte { return failing(body, x.state) })
				return true
			})
			var o testkit.Outcome
			if x.cleaning {
				o = s.Cleanup()
			} else {
				o = s.Walk()
			}
			f := o.Failure()
			if f == nil {
				t.Fatalf("it did not stop; its output is\n%s", o.Said())
			} else {
				s.MustExplain(f, steps.ExitFailed)
				if x.name != "domain" && !strings.Contains(f.Why.Message, "xyzzy") {
					t.Errorf("the service's reason is missing: %s", f.Why.Message)
				}
				if !strings.Contains(f.Why.Message, x.state) {
					t.Errorf("the state %s is missing: %s", x.state, f.Why.Message)
				}
			}
			if x.undo == "" {
				cured.Store(true)
			}
			if x.cleaning {
				s.MustComplete(s.Cleanup())
				mustHave(t, s.AWS, nothing, "after the second cleanup")
			} else {
				s.MustComplete(s.Walk())
				mustHave(t, s.AWS, wholeRun, "after the second start")
				s.MustComplete(s.Cleanup())
			}
			tried.Add(1)
		}})
	}
	inParallel(t, 8, sample(cases))
	t.Logf("failure states tried: %d", tried.Load())
}

// failing replaces the state in a response by a failure with a reason.
func failing(body []byte, state string) []byte {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return body
	}
	in := all
	if d, ok := all["DomainDescription"].(map[string]any); ok {
		if d["Status"] == nil {
			return body // the domain does not exist yet
		}
		d["Status"] = state
	} else {
		in["status"] = state
		in["statusReasons"] = []string{because}
		in["failureReason"] = because
	}
	raw, _ := json.Marshal(all)
	return raw
}

// TestTransientStates returns each transient state for a while: the run completes,
// and no resource is created twice.
func TestTransientStates(t *testing.T) {
	taken := func(code, message string) func(op string, w http.ResponseWriter, r *http.Request, next http.Handler) {
		return func(op string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(discarded{http.Header{}}, r) // the call succeeded and its response was lost
			refuse(w, op, 400, code, message)
		}
	}
	says := func(status int, code, message string) func(op string, w http.ResponseWriter, r *http.Request, next http.Handler) {
		return func(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			refuse(w, op, status, code, message)
		}
	}
	all := []struct {
		name, op string
		times    int
		do       func(op string, w http.ResponseWriter, r *http.Request, next http.Handler)
	}{
		{"role not assumable", "CreateGateway", 4, says(400, "ValidationException", "Role validation failed for arn:aws:iam::111122223333:role/x. Please verify that the role can be assumed by the service")},
		{"role not trusted yet", "CreateGateway", 4, says(400, "ValidationException", "Gateway service is unable to assume the role provided")},
		{"has targets", "DeleteGateway", 4, says(400, "ValidationException", "Gateway with id x has targets associated with it. Delete all targets before deleting the gateway")},
		{"pool has a domain", "DeleteUserPool", 4, says(400, "InvalidParameterException", "User pool cannot be deleted. It has a domain configured that should be deleted first.")},
		{"provider in use", "DeleteOauth2CredentialProvider", 4, says(409, "ConflictException", "Credential provider is in use by a target")},
		{"provider exists, as ValidationException", "CreateOauth2CredentialProvider", 1, taken("ValidationException", "Credential provider with name: x already exists")},
		{"provider exists, as ConflictException", "CreateOauth2CredentialProvider", 1, taken("ConflictException", "A resource with this name already exists")},
		{"gateway exists", "CreateGateway", 1, taken("ConflictException", "A gateway with name x already exists")},
		{"target exists", "CreateGatewayTarget", 1, taken("ConflictException", "A target with name x already exists")},
		{"role exists", "CreateRole", 1, taken("EntityAlreadyExists", "Role with name x already exists.")},
		{"resource server exists", "CreateResourceServer", 1, taken("InvalidParameterException", "x already exists in user pool y.")},
		{"domain exists", "CreateUserPoolDomain", 1, taken("InvalidParameterException", "Domain already associated with another user pool.")},
		{"target DELETING", "DeleteGatewayTarget", 1, taken("ConflictException", "Target is in DELETING status")},
		{"gateway DELETING", "DeleteGateway", 1, taken("ConflictException", "Gateway is in DELETING status")},
		{"no discovery document yet", "discovery", 4, says(404, "NotFound", "x")},
		{"no token endpoint yet", "token", 4, says(404, "NotFound", "x")},
		{"gateway throttles", "gateway:tools/call", 2, func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		}},
	}
	var cases []namedCase
	var tried atomic.Int64
	for _, x := range all {
		cases = append(cases, namedCase{x.name, func(t *testing.T, b *testkit.Sandbox) {
			s := newRun(t, b)
			var times atomic.Int64
			b.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
				if !strings.HasSuffix(op, x.op) || times.Add(1) > int64(x.times) {
					return false
				}
				x.do(op, w, r, next)
				return true
			})
			s.MustComplete(s.Walk())
			mustHave(t, s.AWS, wholeRun, "at the end")
			s.MustComplete(s.Cleanup())
			mustHave(t, s.AWS, nothing, "after cleanup")
			if times.Load() < int64(x.times) {
				t.Errorf("it happened %d times", times.Load())
			}
			tried.Add(1)
		}})
	}
	cases = append(cases, namedCase{"domain not resolvable", func(t *testing.T, b *testkit.Sandbox) {
		s := newRun(t, b)
		var looked atomic.Int64
		s.Connected = func(w *awsenv.Environment) {
			w.HTTP.Transport = unresolved{w.HTTP.Transport, &looked, 5}
		}
		o := s.MustComplete(s.Walk())
		if !strings.Contains(o.Said(), "not yet") || looked.Load() < 5 {
			t.Errorf("after %d DNS look-ups it printed\n%s", looked.Load(), o.Said())
		}
		s.Connected = nil
		s.MustComplete(s.Cleanup())
		tried.Add(1)
	}}, namedCase{"domain never resolvable", func(t *testing.T, b *testkit.Sandbox) {
		s := newRun(t, b)
		var looked atomic.Int64
		s.Connected = func(w *awsenv.Environment) {
			w.HTTP.Transport = unresolved{w.HTTP.Transport, &looked, 1 << 40}
		}
		f := s.Walk().Failure()
		if f == nil {
			t.Fatal("it did not stop")
		}
		s.MustExplain(f, steps.ExitFailed)
		if !strings.Contains(f.Next, "cannot be looked up") {
			t.Errorf("no advice about names: %s", f.Next)
		}
		s.Connected = nil
		s.MustComplete(s.Walk())
		mustHave(t, s.AWS, wholeRun, "at the end")
		tried.Add(1)
	}})
	inParallel(t, 6, sample(cases))
	t.Logf("passing states tried: %d", tried.Load())
}

// unresolved cannot resolve the name of the token endpoint for a while.
type unresolved struct {
	next   http.RoundTripper
	looked *atomic.Int64
	times  int64
}

func (u unresolved) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/oauth2/token") && u.looked.Add(1) <= u.times {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	return u.next.RoundTrip(r)
}

// TestForeignProvider creates a provider of the same name between the program's check
// and its create call: the error names it, and it is not adopted.
func TestForeignProvider(t *testing.T) {
	s := newRun(t, testkit.StartAWS(t))
	s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != "bedrock-agentcore:CreateOauth2CredentialProvider" {
			return false
		}
		var in map[string]any
		raw := new(bytes.Buffer)
		_, _ = raw.ReadFrom(r.Body)
		_ = json.Unmarshal(raw.Bytes(), &in)
		createForeignProvider(t, s.AWS, in["name"].(string))
		refuse(w, op, 400, "ValidationException", "Credential provider with name: "+in["name"].(string)+" already exists")
		return true
	})
	f := s.Walk().Failure()
	s.Intercept(nil)
	if f == nil || !strings.Contains(f.Why.Message, "does not carry this run's tags") {
		t.Fatalf("it was adopted: %+v", f)
	}
	s.MustExplain(f, steps.ExitFailed)
	s.MustComplete(s.Cleanup())
	mustHave(t, s.AWS, resources{Providers: 1}, "after cleanup")
}
