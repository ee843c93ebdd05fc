//go:build unix

package trust_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentcore-3lo/steps"
)

// fault is one way in which an exchange can go wrong.
type fault struct {
	name string
	// applies says whether the operation can go wrong like that.
	applies func(op string) bool
	do      func(op string, w http.ResponseWriter, r *http.Request, next http.Handler)
	// heals says that the program gets over it by itself when it happens once.
	heals func(op string) bool
	exit  func(op string) int // of a run that stops
}

func always(string) bool   { return true }
func never(string) bool    { return false }
func isAWS(op string) bool { return strings.Contains(op, ":") && !isMCP(op) }
func isMCP(op string) bool { return strings.HasPrefix(op, "gateway:") }
func isXML(op string) bool { return strings.HasPrefix(op, "iam:") || strings.HasPrefix(op, "sts:") }
func failed(string) int    { return steps.ExitFailed }

// denyWords is how AWS words a refusal, with action and resource.
func denyWords(op string) (message, action, resource string) {
	action = op
	resource = "arn:aws:" + strings.SplitN(op, ":", 2)[0] + ":us-east-1:111122223333:thing/some-thing"
	return fmt.Sprintf("User: arn:aws:iam::111122223333:user/sandbox is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		action, resource, action), action, resource
}

func deniedCode(op string) string {
	if isXML(op) {
		return "AccessDenied"
	}
	return "AccessDeniedException"
}

// faults are all ways, without the failure states of waits.
func faults() []fault {
	return []fault{
		{"throttled", always, func(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			switch {
			case strings.HasPrefix(op, "cognito-idp:"):
				refuse(w, op, 400, "TooManyRequestsException", "Too many requests")
			case isXML(op):
				refuse(w, op, 400, "Throttling", "Rate exceeded")
			case isMCP(op):
				w.Header().Set("Retry-After", "0")
				refuse(w, op, 429, "ThrottlingException", "Rate exceeded")
			default:
				refuse(w, op, 429, "ThrottlingException", "Rate exceeded")
			}
		}, always, failed},
		{"500", always, func(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			code := "InternalServerException"
			if isXML(op) {
				code = "ServiceFailure"
			}
			refuse(w, op, 500, code, "An internal error occurred")
		}, func(op string) bool { return !isMCP(op) }, failed},
		{"cut before the work", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) { cut(w, r, next, false) },
			func(op string) bool { return !isMCP(op) }, failed},
		{"cut after the work", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) { cut(w, r, next, true) },
			func(op string) bool { return !mutates(op) && !isMCP(op) }, failed},
		{"slow", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			time.Sleep(30 * time.Millisecond)
			next.ServeHTTP(w, r)
		}, always, failed},
		{"denied", isAWS, func(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			message, _, _ := denyWords(op)
			refuse(w, op, 403, deniedCode(op), message)
		}, never, func(string) int { return steps.ExitDenied }},
		{"expired", isAWS, func(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			code := "ExpiredTokenException"
			if isXML(op) {
				code = "ExpiredToken"
			}
			refuse(w, op, 403, code, "The security token included in the request is expired")
		}, never, func(string) int { return steps.ExitDenied }},
		{"bearer refused", isMCP, func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(401)
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Invalid Bearer token"}}`)
		}, never, failed},
		{"HTML", always, func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><html><head><title>Sign in to the hotel</title></head><body><p>Welcome<br></body></html>")
		}, never, failed},
		{"HTML error", always, func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			fmt.Fprint(w, "<html><body>502 Bad Gateway</body></html>")
		}, func(op string) bool { return !isMCP(op) }, failed},
		{"wrong id", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, func(body []byte) []byte {
				return identifiers.ReplaceAllFunc(body, func(m []byte) []byte { return swap(m) })
			})
		}, never, failed},
		{"truncated", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, func(body []byte) []byte { return body[:len(body)/2] })
		}, never, failed},
		{"empty", always, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, func(body []byte) []byte { return nil })
		}, never, failed},
		{"empty object", func(op string) bool { return !isXML(op) }, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, func(body []byte) []byte { return []byte("{}") })
		}, never, failed},
		{"SSE", isMCP, func(_ string, w http.ResponseWriter, r *http.Request, next http.Handler) {
			kept := httptest.NewRecorder()
			next.ServeHTTP(kept, r)
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, ": a comment\n\nevent: message\ndata: %s\n\n", bytes.ReplaceAll(kept.Body.Bytes(), []byte("\n"), nil))
		}, always, failed},
	}
}

// identifiers are what the services' answers name things by.
var identifiers = regexp.MustCompile(`"(Id|ClientId|UserPoolId|gatewayId|targetId|callbackUrl)":\s*"[^"]+"|"id":\s*[0-9]+|<(RoleId|Arn|Account)>[^<]+`)

// swap alters the last characters of an identifier, keeping its form.
func swap(m []byte) []byte {
	out := bytes.Clone(m)
	for i, n := len(out)-1, 0; i >= 0 && n < 3; i-- {
		switch c := out[i]; {
		case c >= '0' && c <= '9':
			out[i] = '0' + (c-'0'+1)%10
			n++
		case c >= 'a' && c <= 'z':
			out[i] = 'a' + (c-'a'+1)%26
			n++
		case c >= 'A' && c <= 'Z':
			out[i] = 'A' + (c-'A'+1)%26
			n++
		}
	}
	return out
}

// rewrite lets the sandbox answer, and changes what it says.
func rewrite(w http.ResponseWriter, r *http.Request, next http.Handler, change func([]byte) []byte) {
	kept := httptest.NewRecorder()
	next.ServeHTTP(kept, r)
	maps.Copy(w.Header(), kept.Header())
	body := kept.Body.Bytes()
	if kept.Code < 300 && len(body) > 0 {
		body = change(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if kept.Code == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(kept.Code)
	_, _ = w.Write(body)
}

// exchange is one of a whole run: the n-th call of an operation.
type exchange struct {
	op string
	n  int // from 1; 0 = every one
}

func exchanges(journal []string) []exchange {
	var all []exchange
	seen := map[string]int{}
	for _, op := range journal {
		seen[op]++
		all = append(all, exchange{op, seen[op]})
	}
	for _, op := range unique(journal) {
		all = append(all, exchange{op, 0})
	}
	return all
}

func (x exchange) String() string {
	if x.n == 0 {
		return x.op + " every time"
	}
	return fmt.Sprintf("%s %d", x.op, x.n)
}

// strike lets the fault befall that exchange of that account.
func (s *stage) strike(x exchange, f fault) *atomic.Int64 {
	var seen, struck atomic.Int64
	s.b.intrude(func(_ int, op string, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != x.op || x.n != 0 && seen.Add(1) != int64(x.n) {
			return false
		}
		struck.Add(1)
		f.do(op, w, r, next)
		return true
	})
	return &struck
}

// journals are what a whole run and its cleanup ask of the services. The fault
// table is made from them, so that a new call cannot be forgotten.
func journals(t *testing.T) (profile string, walking, cleaning []string) {
	t.Helper()
	s := newStage(t, newBox(t))
	s.b.intrude(nil)
	profile = s.mustEnd(s.walk()).profile
	walking = s.b.requests()
	s.b.intrude(nil)
	s.mustEnd(s.cleanup())
	return profile, walking, s.b.requests()
}

// sameProfile compares without the subject, which is the app's own name for
// the person.
func sameProfile(a, b string) bool {
	var x, y map[string]any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	delete(x, "sub")
	delete(y, "sub")
	return len(x) > 2 && fmt.Sprint(x) == fmt.Sprint(y)
}

// TestFaultTable lets every fault befall every exchange of a whole run, once and
// for good. The run completes, or stops with the four-part error; a second
// start without the fault ends with the same profile, nothing was made twice,
// and cleanup leaves nothing.
func TestFaultTable(t *testing.T) {
	profile, walking, cleaning := journals(t)
	every := share
	if testing.Short() {
		every = 5
	}
	var tried, healed, stopped atomic.Int64
	var cases []namedCase
	for i, x := range exchanges(walking) {
		for j, f := range faults() {
			if !f.applies(x.op) || (i+j)%every != 0 {
				continue
			}
			cases = append(cases, namedCase{f.name + "/" + x.String(), func(t *testing.T, b *box) {
				s := newStage(t, b)
				struck := s.strike(x, f)
				o := s.walk()
				b.intrude(nil)
				if struck.Load() == 0 {
					return // this exchange did not come today: polls may be fewer
				}
				tried.Add(1)
				if failure := o.failure(); failure == nil {
					healed.Add(1)
					s.mustEnd(o)
					if !sameProfile(o.profile, profile) {
						t.Errorf("the profile is %s", o.profile)
					}
				} else {
					stopped.Add(1)
					s.mustExplain(failure, f.exit(x.op))
					if f.name == "denied" {
						_, action, resource := denyWords(x.op)
						if !strings.Contains(failure.Next, `"Action": "`+action+`"`) || !strings.Contains(failure.Next, resource) {
							t.Errorf("the missing statement is not there: %s", failure.Next)
						}
					}
					if x.n > 0 && f.heals(x.op) {
						t.Errorf("once would have needed no more than patience; it stopped while %s: %s", failure.Doing, failure.Why.Message)
					}
				}
				again := s.mustEnd(s.walk())
				if !sameProfile(again.profile, profile) {
					t.Errorf("the second start ends with %s", again.profile)
				}
				if got := stands(t, s.aws); got != oneRun {
					t.Errorf("after the second start there stands %+v", got)
				}
				s.mustEnd(s.cleanup())
				if got := stands(t, s.aws); got != (standing{}) {
					t.Errorf("after cleanup there stands %+v", got)
				}
			}})
		}
	}
	for i, x := range exchanges(cleaning) {
		for j, f := range faults() {
			if !f.applies(x.op) || (i+j)%every != 0 {
				continue
			}
			cases = append(cases, namedCase{"cleanup/" + f.name + "/" + x.String(), func(t *testing.T, b *box) {
				s := newStage(t, b)
				s.mustEnd(s.walk())
				struck := s.strike(x, f)
				o := s.cleanup()
				b.intrude(nil)
				if struck.Load() == 0 {
					return
				}
				tried.Add(1)
				left := stands(t, s.aws)
				if failure := o.failure(); failure == nil {
					healed.Add(1)
					if left != (standing{}) {
						t.Errorf("cleanup calls it gone, and there stands %+v", left)
					}
				} else {
					stopped.Add(1)
					s.mustExplain(failure, f.exit(x.op))
					if x.n > 0 && f.heals(x.op) {
						t.Errorf("once would have needed no more than patience; it stopped while %s: %s", failure.Doing, failure.Why.Message)
					}
				}
				s.mustEnd(s.cleanup())
				if got := stands(t, s.aws); got != (standing{}) {
					t.Errorf("after the second cleanup there stands %+v", got)
				}
			}})
		}
	}
	inParallel(t, 16, cases)
	ops := unique(slices.Concat(walking, cleaning))
	t.Logf("faults tried: %d (%d operations, %d kinds of fault): %d got over, %d explained and resumed", tried.Load(), len(ops), len(faults()), healed.Load(), stopped.Load())
	part := strings.Contains(flag.Lookup("test.run").Value.String(), "/")
	if !part && tried.Load() < int64(1200/every) {
		t.Errorf("only %d were tried", tried.Load())
	}
}
