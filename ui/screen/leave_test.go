package screen

import (
	"strings"
	"testing"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestLeavingAsksWhatBecomesOfTheWork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		keys    []string
		stays   bool
		cleanup bool
	}{
		{"esc", []string{"q", "esc"}, true, false},
		{"clean up", []string{"q", "x"}, false, true},
		{"q twice", []string{"q", "q"}, false, false},
		{"ctrl+c twice", []string{"ctrl+c", "ctrl+c"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{held: []string{"GetGateway"}})
			r.toLinkedIn()
			r.Until("the gateway on record", func(string) bool { return r.made(provision.Gateway) != "" })
			for i, key := range c.keys {
				r.Press(key)
				if i == 0 {
					r.Asks("Work is still running", "x leave and clean up")
				}
			}
			if c.stays {
				r.Gone("Work is still running")
				r.When("let the simulated person")
				return
			}
			if s := r.ends(); (s.run.Choice() == steps.CleanUp) != c.cleanup {
				t.Errorf("wish: %q", s.run.Choice())
			}
			if r.made(provision.Gateway) == "" {
				t.Error("what was begun is not on record")
			}
		})
	}
}

// What arrives after the person has left is taken all the same: whoever sent it
// waits until it was seen, and leaving waits for them.
func TestLeavingWhileSomethingArrives(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateUserPool"}})
	r.toLinkedIn()
	r.cancel() // as SIGTERM does: questions are withdrawn, calls fail, nobody draws
	r.ends()
}

func TestLeavingWithNothingRunningAsksNothing(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.When("Overview")
	r.Press("q")
	r.ends()
}

// Nothing waits for the answer to what now, so leaving there keeps everything
// and is no interruption. Starting again offers it before anything is called.
func TestAFinishedRunIsLeftAndOffersWhatNowAgain(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"q", "k", "enter", "ctrl+c"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{})
			r.toConsent()
			r.Press("s")
			r.toProfile()
			r.Press(key)
			if s := r.ends(); !s.m.Complete() {
				t.Fatalf("not complete after %s", key)
			}
			r.kit.Choose("") // what another process would not know
			again := r.on(testkit.NewMachine(engine.Mode{}, nil))
			again.Asks("What now?", "10  Call the tool", "Run test is complete.", "a call again", "w walk another run", "x clean up")
			if text := again.Screen.Text(); strings.Contains(text, "ana@example.com") {
				t.Errorf("the tool was called unasked:\n%s", text)
			}
			again.Press("a")
			again.Asks("What now?", "ana@example.com")
		})
	}
}
