//go:build unix

package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// fault is one of the sandbox's kinds of fault, and how the program handles it.
type fault struct {
	kind sandbox.FaultKind
	// recovers reports whether a walk completes although the fault happens once.
	recovers func(op string) bool
	exit     int // exit code of a run that fails
}

func isMCP(op string) bool { return strings.HasPrefix(op, "gateway:") }

// faults lists all kinds. A kind without an entry must fail.
func faults() []fault {
	always := func(string) bool { return true }
	recovers := map[sandbox.FaultKind]func(string) bool{
		sandbox.FaultThrottled: always, sandbox.FaultSlow: always, sandbox.FaultSSE: always,
		sandbox.FaultInternal: always, sandbox.FaultCutBefore: always, sandbox.FaultHTMLError: always, sandbox.FaultBearerRefused: always,
		sandbox.FaultCutAfter:         func(op string) bool { return !mutates(op) },
		sandbox.FaultRoleNotAssumable: always, sandbox.FaultNotThere: always, sandbox.FaultInUse: always, sandbox.FaultAlreadyExists: always,
		sandbox.FaultHTML: isMCP, sandbox.FaultWrongID: isMCP, sandbox.FaultTruncated: isMCP, sandbox.FaultEmpty: isMCP, sandbox.FaultEmptyObject: isMCP,
		sandbox.FaultSecretDeleting: always, sandbox.FaultStillChanging: always, sandbox.FaultUnknownTool: always, sandbox.FaultRPCInternal: always,
		sandbox.FaultOpaque: always, sandbox.FaultReturnURL: always, sandbox.FaultVendorToken: always, sandbox.FaultVendorThrottled: always,
		sandbox.FaultVendorDown: always, sandbox.FaultVendorBody: always,
	}
	// A silent call is repeated too, but on a busy machine the tests' short limits can
	// run out, so it has no entry.
	for _, kind := range []sandbox.FaultKind{sandbox.FaultDomainTaken, sandbox.FaultNoSearch, sandbox.FaultUnknownClient} {
		recovers[kind] = always
	}
	recovers[sandbox.FaultStalled] = func(op string) bool { return !mutates(op) } // the operation had taken effect
	exits := map[sandbox.FaultKind]int{sandbox.FaultDeniedBySCP: steps.ExitDenied, sandbox.FaultDeniedByBoundary: steps.ExitDenied,
		sandbox.FaultDeniedBySession: steps.ExitDenied, sandbox.FaultDeniedByEndpoint: steps.ExitDenied, sandbox.FaultRegionOff: steps.ExitDenied,
		sandbox.FaultNotSubscribed: steps.ExitDenied,
		sandbox.FaultDenied:        steps.ExitDenied, sandbox.FaultExpired: steps.ExitDenied, sandbox.FaultVendorToken: steps.ExitNeedsPerson}
	var all []fault
	for _, kind := range sandbox.FaultKinds() {
		f := fault{kind, recovers[kind], steps.ExitFailed}
		if f.recovers == nil {
			f.recovers = func(string) bool { return false }
		}
		if exit, known := exits[kind]; known {
			f.exit = exit
		}
		all = append(all, f)
	}
	return all
}

// exchange is the n-th call of an operation in a run.
type exchange struct {
	op string
	n  int // from 1; 0 = every call
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

// injectFault makes an exchange of the run's account fail, and counts how often.
func injectFault(s *testkit.Run, x exchange, f fault) *atomic.Int64 {
	var seen, struck atomic.Int64
	s.Intercept(func(op string, _ int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if op != x.op || x.n != 0 && seen.Add(1) != int64(x.n) {
			return false
		}
		struck.Add(1)
		sandbox.Fault{Operation: op, Kind: f.kind, Delay: 30 * time.Millisecond}.Handler(next).ServeHTTP(w, r)
		return true
	})
	return &struck
}

// journals returns the calls of a run and of its cleanup. The fault table is made
// from them, so that it includes every new call.
func journals(t *testing.T) (profile string, walking, cleaning []string) {
	t.Helper()
	s := newRun(t, testkit.StartAWS(t))
	profile = profileOf(s.MustComplete(s.Walk()))
	walking = s.Calls()
	s.ForgetRequests()
	s.MustComplete(s.Cleanup())
	return profile, walking, s.Calls()
}

// sameProfile compares profiles without the subject, which differs between apps.
func sameProfile(a, b string) bool {
	var x, y map[string]any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	delete(x, "sub")
	delete(y, "sub")
	return len(x) > 2 && fmt.Sprint(x) == fmt.Sprint(y)
}

// TestFaultTable injects every fault into every exchange of a run, once and
// permanently. The run completes or stops with the four-part error, and following
// its advice never leads to the same failure. A second start without the fault ends
// with the same profile, no resource exists twice, and cleanup deletes all.
func TestFaultTable(t *testing.T) {
	profile, walking, cleaning := journals(t)
	var tried, healed, stopped atomic.Int64
	var cases []namedCase
	row := 0
	mine := func() bool { row++; return row%faultShare == 0 }
	for _, x := range exchanges(walking) {
		for _, f := range faults() {
			if !f.kind.Applies(x.op) || !mine() {
				continue
			}
			cases = append(cases, namedCase{string(f.kind) + "/" + x.String(), func(t *testing.T, b *testkit.Sandbox) {
				s := newRun(t, b)
				s.Unnamed = mutates(x.op) // what creates has no look before it then
				struck := injectFault(s, x, f)
				o := s.Walk()
				defer b.Intercept(nil)
				if struck.Load() == 0 {
					return // the exchange did not happen: the number of polls varies
				}
				tried.Add(1)
				if failure := o.Failure(); failure == nil {
					healed.Add(1)
					s.MustComplete(o)
					if !sameProfile(profileOf(o), profile) {
						t.Errorf("the profile is %s", profileOf(o))
					}
				} else {
					stopped.Add(1)
					exit := f.exit
					if strings.Contains(failure.Why.Message, "not authorized to perform") { // a permission that is still missing
						exit = steps.ExitDenied
					}
					s.MustExplain(failure, exit)
					if f.kind == sandbox.FaultDenied {
						service, _, _ := strings.Cut(x.op, ":")
						if !strings.Contains(failure.Next, `"Action": "`+x.op+`"`) || !strings.Contains(failure.Next, `"Resource": "arn:aws:`+service+":") ||
							!strings.Contains(failure.Next, ":"+s.Caller+`:*"`) {
							t.Errorf("the missing statement is not shown: %s", failure.Next)
						}
					}
					if x.n > 0 && f.recovers(x.op) {
						t.Errorf("a single fault was not retried; it stopped while %s: %s", failure.Doing, failure.Why.Message)
					}
					followAdvice(s, failure)
				}
				b.Intercept(nil)
				again := s.MustComplete(s.Walk())
				if !sameProfile(profileOf(again), profile) {
					t.Errorf("the second start ends with %s", profileOf(again))
				}
				mustHave(t, s.AWS, wholeRun, "after the second start")
				s.MustComplete(s.Cleanup())
				mustHave(t, s.AWS, nothing, "after cleanup")
			}})
		}
	}
	for _, x := range exchanges(cleaning) {
		for _, f := range faults() {
			if !f.kind.Applies(x.op) || !mine() {
				continue
			}
			cases = append(cases, namedCase{"cleanup/" + string(f.kind) + "/" + x.String(), func(t *testing.T, b *testkit.Sandbox) {
				s := newRun(t, b)
				s.MustComplete(s.Walk())
				struck := injectFault(s, x, f)
				o := s.Cleanup()
				defer b.Intercept(nil)
				if struck.Load() == 0 {
					return
				}
				tried.Add(1)
				left := countResources(t, s.AWS)
				if failure := o.Failure(); failure == nil {
					healed.Add(1)
					if left != nothing {
						t.Errorf("cleanup says that everything is deleted, and the services have %+v", left)
					}
				} else {
					stopped.Add(1)
					s.MustExplain(failure, f.exit)
					if x.n > 0 && f.recovers(x.op) {
						t.Errorf("a single fault was not retried; it stopped while %s: %s", failure.Doing, failure.Why.Message)
					}
					followAdvice(s, failure)
				}
				b.Intercept(nil)
				s.MustComplete(s.Cleanup())
				mustHave(t, s.AWS, nothing, "after the second cleanup")
			}})
		}
	}
	inParallel(t, faultWorkers, cases)
	ops := unique(slices.Concat(walking, cleaning))
	t.Logf("faults tried: %d (%d operations, %d kinds of fault): %d got over, %d explained and resumed", tried.Load(), len(ops), len(faults()), healed.Load(), stopped.Load())
	part := strings.Contains(flag.Lookup("test.run").Value.String(), "/")
	if !part && tried.Load() < int64(1200/faultShare) {
		t.Errorf("only %d were tried", tried.Load())
	}
}
