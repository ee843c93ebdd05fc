package plain

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
	"agentcore-3lo/ui/terminal"
)

// typist sits at a plain front end in a time of its own: what would be read
// from standard input comes from the test, since a file's time is the real one.
type typist struct {
	t     *testing.T
	plain *FrontEnd
	out   *testkit.Output
	m     engine.Machine
	typed chan string
}

// newTypist has a machine in which the first four steps were gone through. It
// may be used only inside synctest.Test.
func newTypist(t *testing.T) *typist {
	t.Helper()
	y := &typist{t: t, out: &testkit.Output{}, typed: make(chan string), m: testkit.NewMachine(engine.Mode{Manual: true}, nil)}
	for _, id := range []engine.ID{steps.Overview, steps.Prerequisites, steps.Inbound} {
		y.m = afterwards(y.m, engine.Event{Step: id, Body: engine.Go{}}, engine.Event{Step: id, Attempt: 1, Body: engine.Finished{}})
	}
	in := terminal.InputOf(func(context.Context) (string, error) { return <-y.typed, nil }) // nobody reads a file here
	y.plain = New(&terminal.Terminal{In: in, Out: y.out, Err: y.out, Attended: true, Width: 80}, false)
	t.Cleanup(func() { y.plain.End(ui.Outcome{}); close(y.typed) })
	walk := testkit.NewWalk(run.Store{}, testkit.NewRecord("test", true))
	y.plain.Open(ui.RunOf(walk))
	return y
}

// after is the machine after what happened now.
func afterwards(m engine.Machine, events ...engine.Event) engine.Machine {
	for _, e := range events {
		e.Time = time.Now()
		m, _ = m.Next(e)
	}
	return m
}

// hears gives the front end an event of a step's first attempt.
func (y *typist) hears(e engine.Event) {
	e.Time = time.Now()
	if _, personal := e.Body.(engine.Go); !personal {
		e.Attempt = 1
	}
	before := y.m
	y.m, _ = y.m.Next(e)
	y.plain.Show(before, y.m, e)
}

var beat = regexp.MustCompile(`(?m)^Still waiting: (.*), [\d mins]+$`)

// during returns the heartbeats that are written while this time goes by.
func (y *typist) during(d time.Duration) []string {
	y.t.Helper()
	synctest.Wait()
	y.out.Reset()
	time.Sleep(d)
	synctest.Wait()
	return beat.FindAllString(y.out.String(), -1)
}

func (y *typist) mustBeat(d time.Duration, want ...string) {
	y.t.Helper()
	for i := range want {
		want[i] = "Still waiting: " + want[i]
	}
	if got := y.during(d); !slices.Equal(got, want) {
		y.t.Errorf("in %v it wrote %q, want %q", d, got, want)
	}
}

// A step that runs gives a sign of life every fifteen seconds, with what it
// waits for and how long it has run.
func TestAHeartbeatEveryFifteenSecondsWhileSomethingRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newTypist(t)
		y.mustBeat(time.Minute) // nothing runs yet
		y.hears(engine.Event{Step: steps.Gateway, Body: engine.Go{}})
		y.mustBeat(15*time.Second, "gateway, 15 s")
		y.hears(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "the gateway: CREATING"}})
		y.mustBeat(44*time.Second, "the gateway: CREATING, 30 s", "the gateway: CREATING, 45 s")
		y.mustBeat(time.Second, "the gateway: CREATING, 1 min 0 s")
		minutes := y.during(8 * time.Minute)
		if len(minutes) != 8*4 || minutes[31] != "Still waiting: the gateway: CREATING, 9 min 0 s" {
			t.Errorf("in eight minutes: %q", minutes)
		}
		y.hears(engine.Event{Step: steps.Gateway, Body: engine.Finished{}})
		y.mustBeat(time.Minute) // nothing runs any more
	})
}

// Two steps side by side are told one after the other.
func TestEveryRunningStepHasItsHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newTypist(t)
		y.hears(engine.Event{Step: steps.Gateway, Body: engine.Go{}})
		time.Sleep(5 * time.Second)
		y.hears(engine.Event{Step: steps.App, Body: engine.Go{}})
		got := y.during(10 * time.Second)
		slices.Sort(got)
		if want := []string{"Still waiting: gateway, 15 s", "Still waiting: linkedin, 10 s"}; !slices.Equal(got, want) {
			t.Errorf("it wrote %q, want %q", got, want)
		}
	})
}

// Nothing is written between a question and its answer; what came meanwhile is
// written then.
func TestNoHeartbeatWhileAQuestionIsOpen(t *testing.T) {
	t.Parallel()
	for name, settle := range map[string]func(y *typist, withdraw context.CancelFunc){
		"answered":  func(y *typist, _ context.CancelFunc) { y.typed <- "y" },
		"withdrawn": func(_ *typist, withdraw context.CancelFunc) { withdraw() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				y := newTypist(t)
				y.hears(engine.Event{Step: steps.Gateway, Body: engine.Go{}})
				y.mustBeat(20*time.Second, "gateway, 15 s")
				asking, withdraw := context.WithCancel(t.Context())
				defer withdraw()
				go func() {
					_, _ = y.plain.Put(asking, engine.Question{Name: "plan", Kind: engine.Confirm, Prompt: "Create these?"})
				}()
				synctest.Wait()
				if got := y.out.String(); !strings.HasSuffix(got, "Create these? Yes or no: ") {
					t.Fatalf("the question does not stand last: %q", got)
				}
				y.hears(engine.Event{Step: steps.Gateway, Body: event.Progress{What: "the gateway: CREATING"}})
				y.mustBeat(10 * time.Minute)
				if got := y.out.String(); got != "" {
					t.Errorf("written after the question: %q", got)
				}
				settle(y, withdraw)
				synctest.Wait()
				if got := y.out.String(); !strings.Contains(got, "The gateway: CREATING.") {
					t.Errorf("what was held back is not written: %q", got)
				}
				y.mustBeat(15*time.Second, "the gateway: CREATING, 10 min 30 s")
			})
		})
	}
}

func TestNoHeartbeatAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		y := newTypist(t)
		y.hears(engine.Event{Step: steps.Gateway, Body: engine.Go{}})
		y.mustBeat(15*time.Second, "gateway, 15 s")
		y.plain.End(ui.Outcome{ExitCode: steps.ExitInterrupted, Step: steps.Gateway}) // in the middle
		y.mustBeat(10 * time.Minute)
	})
}
