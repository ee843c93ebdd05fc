//go:build unix

package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"agentcore-3lo/internal/testkit"
)

// reference runs an undisturbed walk and returns its profile and its operations, in
// order.
func reference(t testing.TB) (profile any, ops []string) {
	t.Helper()
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	x := p.walk(t)
	x.mustSucceed(t, nil)
	if got := countResources(t, b.AWS); got != wholeRun {
		t.Fatalf("a whole run leaves %+v", got)
	}
	ops = b.Calls()
	p.mustClean(t, b)
	return x.profile(), ops
}

// TestCrashSweep kills the program between any two HTTP exchanges of a run, and
// drops the response of every call that changes something. The second start resumes
// and ends with the same profile, no resource exists twice, and cleanup deletes all.
func TestCrashSweep(t *testing.T) {
	profile, ops := reference(t)
	t.Logf("a run has %d exchanges", len(ops))
	var points, lost atomic.Int64
	t.Run("points", func(t *testing.T) {
		for k := 1; k <= len(ops); k += sweepShare {
			t.Run(fmt.Sprintf("before exchange %d", k), func(t *testing.T) {
				t.Parallel()
				died := crash(t, profile, func(n int, _ string, kill func()) handling {
					if n == k {
						kill()
						return dropped
					}
					return processed
				})
				if died {
					points.Add(1)
				} else if k <= len(ops)-3 { // the number of polls varies
					t.Errorf("the run had fewer than %d exchanges", k)
				}
			})
		}
		t.Run("after the last response", func(t *testing.T) {
			t.Parallel()
			var calls sync.Map
			if crash(t, profile, func(n int, op string, kill func()) handling {
				seen, _ := calls.LoadOrStore(op, new(atomic.Int64))
				if op == "gateway:tools/call" && seen.(*atomic.Int64).Add(1) == 2 {
					return respondThen(kill)
				}
				return processed
			}) {
				points.Add(1)
			}
		})
		seen := map[string]int{}
		for i, op := range ops {
			seen[op]++
			j := seen[op]
			if !mutates(op) && op != "gateway:tools/call" && op != "token" || i%sweepShare != 0 {
				continue
			}
			t.Run(fmt.Sprintf("response lost: %s %d", op, j), func(t *testing.T) {
				t.Parallel()
				var times atomic.Int64
				died := crash(t, profile, func(_ int, asked string, kill func()) handling {
					if asked == op && times.Add(1) == int64(j) {
						return forwardThen(kill)
					}
					return processed
				})
				if !died {
					t.Errorf("%s was not called %d times", op, j)
				}
				lost.Add(1)
			})
		}
	})
	t.Logf("points killed: %d of %d exchanges, responses lost: %d", points.Load(), len(ops), lost.Load())
	if sweepShare == 1 && (points.Load() < int64(len(ops)-2) || lost.Load() < 12) {
		t.Errorf("too few points: %d and %d", points.Load(), lost.Load())
	}
}

// handling says what happens to an exchange.
type handling struct {
	forward bool // to the sandbox
	respond bool // with its answer
	then    func()
}

var (
	processed = handling{forward: true, respond: true}
	dropped   = handling{}
)

func forwardThen(kill func()) handling { return handling{forward: true, then: kill} }
func respondThen(kill func()) handling { return handling{forward: true, respond: true, then: kill} }

// crash starts a walk that decide may kill, walks again, and counts the resources.
// It reports whether the first walk was killed.
func crash(t *testing.T, profile any, decide decision) bool {
	t.Helper()
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	x, died := p.runUntilKilled(t, b, decide, p.walkArgs()...)
	if !died {
		x.mustSucceed(t, profile)
	} else if x.event("finished") != nil {
		t.Errorf("the program was not killed and exited with %d\n%s", x.exit(), x.tail())
	}
	p.walk(t).mustSucceed(t, profile)
	mustHave(t, b.AWS, wholeRun, "after the second start")
	p.mustClean(t, b)
	return died
}

// decision returns the handling of the n-th exchange.
type decision func(n int, op string, kill func()) handling

// runUntilKilled runs the program, which decide may kill, and reports whether it was
// killed.
func (p *person) runUntilKilled(t *testing.T, b *testkit.Sandbox, decide decision, args ...string) (*process, bool) {
	t.Helper()
	started := make(chan struct{})
	var x *process
	var died atomic.Bool
	kill := func() {
		<-started
		died.Store(true)
		x.stop()
	}
	b.Intercept(eachCall(func(op string, n int, w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if died.Load() {
			panic(http.ErrAbortHandler) // the client no longer exists
		}
		d := decide(n, op, kill)
		if d.forward && d.respond && d.then == nil {
			return false
		}
		switch {
		case d.forward && d.respond:
			next.ServeHTTP(w, r)
			_ = http.NewResponseController(w).Flush()
		case d.forward:
			next.ServeHTTP(discarded{http.Header{}}, r)
		}
		if d.then != nil {
			d.then()
		}
		if d.respond {
			return true
		}
		panic(http.ErrAbortHandler)
	}))
	defer b.Intercept(nil)
	x = p.start(t, allow, args...)
	close(started)
	<-x.done
	return x, died.Load()
}

// TestCrashSweepOfCleanup does the same to cleanup: a second cleanup deletes the
// rest and verifies it.
func TestCrashSweepOfCleanup(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	p.walk(t).mustSucceed(t, nil)
	b.ForgetRequests()
	p.mustClean(t, b)
	ops := b.Calls()
	var points, lost atomic.Int64
	t.Run("points", func(t *testing.T) {
		try := func(name string, count *atomic.Int64, decide decision) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := testkit.StartAWS(t)
				p := newPerson(t, b)
				p.walk(t).mustSucceed(t, nil)
				x, died := p.runUntilKilled(t, b, decide, "cleanup", "--yes", "--json")
				if !died && x.exit() != 0 {
					t.Fatalf("exit %d\n%s", x.exit(), x.tail())
				}
				if died {
					count.Add(1)
				}
				p.mustClean(t, b)
				p.mustClean(t, b) // a second cleanup succeeds as well
			})
		}
		seen := map[string]int{}
		for k, op := range ops {
			seen[op]++
			j := seen[op]
			if k%sweepShare != 0 {
				continue
			}
			try(fmt.Sprintf("before exchange %d", k+1), &points, func(n int, _ string, kill func()) handling {
				if n != k+1 {
					return processed
				}
				kill()
				return dropped
			})
			if !mutates(op) {
				continue
			}
			var times atomic.Int64
			try(fmt.Sprintf("response lost: %s %d", op, j), &lost, func(_ int, asked string, kill func()) handling {
				if asked == op && times.Add(1) == int64(j) {
					return forwardThen(kill)
				}
				return processed
			})
		}
	})
	t.Logf("points killed in cleanup: %d of %d exchanges, responses lost: %d", points.Load(), len(ops), lost.Load())
	if sweepShare == 1 && (points.Load() < int64(len(ops)-3) || lost.Load() < 7) {
		t.Errorf("too few points: %d and %d", points.Load(), lost.Load())
	}
}
