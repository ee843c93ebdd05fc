package screen

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

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
		{"enter", []string{"ctrl+c", "enter"}, true, false},
		{"clean up", []string{"q", "x"}, false, true},
		{"q twice", []string{"q", "q"}, false, false},
		{"ctrl+c twice", []string{"ctrl+c", "ctrl+c"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{held: []string{"GetGateway"}})
			r.toApp()
			r.gateway()
			for i, key := range c.keys {
				r.Press(key)
				if i == 0 {
					r.Asks("Leave?", "Work is still running", "clean up first")
				}
			}
			if c.stays {
				r.Gone("Leave?")
				r.When("let the simulated person")
				return
			}
			if s := r.ends(); (s.run.Choice() == steps.CleanUp) != c.cleanup {
				t.Errorf("choice: %q", s.run.Choice())
			}
			r.gateway() // what was begun is on record
		})
	}
}

// The work may end while the person is asked: then leaving is no interruption either.
func TestLeavingWhenTheWorkHasEndedMeanwhile(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("i")
	r.When("9 of 10 done")
	r.Press("right")
	r.Asks("call the tool")
	r.box.Hold("tools/call")
	r.Press("enter")
	r.When("10 Call the tool, running")
	r.Press("q")
	r.Asks("Leave?", "Work is still running.")
	r.box.Release()
	r.Asks("Leave?", "Everything is done by now.", "ana@example.com")
	r.Press("q")
	if s := r.ends(); !s.m.Complete() {
		t.Error("not complete")
	}
}

// What arrives after the person has left is taken all the same: its sender waits until
// it was seen, and leaving waits for that.
func TestLeavingWhileSomethingArrives(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateUserPool"}})
	r.toApp()
	r.cancel() // as SIGTERM does: questions are withdrawn, calls fail, nobody draws
	r.ends()
}

// The filter of the wire had the keys when somebody left: now the question has them.
func TestLeavingOutOfTheFilterIsAnswered(t *testing.T) {
	t.Parallel()
	for name, want := range map[rune]overlay{'n': none, 'q': leaving} {
		s := runningAt(steps.Gateway, 80, 24)
		s.lay(wireList)
		s.press(character('/'))
		s.press(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
		if s.text.overlay != leaving {
			t.Fatalf("ctrl+c in the filter leads to %d", s.text.overlay)
		}
		cmd, _ := s.press(character(name))
		if s.text.overlay != want || (cmd != nil) != (name == 'q') {
			t.Errorf("after %c: overlay %d, leaves %v", name, s.text.overlay, cmd != nil)
		}
	}
}

func TestLeavingWithNothingRunningAsksNothing(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.When("What you will build")
	r.Press("q")
	r.ends()
}

// Nothing waits for the answer to what next, so leaving there keeps everything and is
// no interruption. Starting again offers it before anything is called.
func TestAFinishedRunIsLeftAndOffersWhatNextAgain(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"q", "enter", "ctrl+c"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			r := start(t, setup{})
			r.toConsent()
			r.Press("i")
			r.toProfile()
			r.Press(key)
			if s := r.ends(); !s.m.Complete() {
				t.Fatalf("not complete after %s", key)
			}
			r.walk.Choose("") // what another process would not know
			again := r.on(testkit.NewMachine(engine.Mode{}, nil))
			again.Asks("What next", "10 Call the tool", "Run test is complete.", "call again", "clean up")
			if text := again.Screen.Text(); strings.Contains(text, "ana@example.com") {
				t.Errorf("the tool was called unasked:\n%s", text)
			}
			again.Press("a")
			again.Asks("What next", "ana@example.com")
		})
	}
}
