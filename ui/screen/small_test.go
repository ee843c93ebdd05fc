package screen

import (
	"testing"
	"time"

	"agentcore-3lo/steps"
)

// In a window that is too small nothing is answered, and leaving says so first.
func TestNothingIsAnsweredInAWindowThatIsTooSmall(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"GetGateway"}})
	r.toApp()
	r.resize(40, 10)
	r.When("Please make it at least")
	for _, key := range []string{"i", "n", "enter", "y", "x", "esc", "p"} {
		r.Press(key)
		time.Sleep(20 * time.Millisecond)
	}
	r.Paste("86abcdefgh1234")
	r.Press("q")
	r.Asks("Work is under way")
	r.Press("x") // stays
	r.When("Please make it at least")
	r.resize(80, 24)
	r.Asks("let the simulated person")
	r.resize(40, 10)
	r.Press("q")
	r.Asks("Work is under way")
	r.Press("q")
	if s := r.ends(); s.run.Choice() == steps.CleanUp {
		t.Error("a cleanup began")
	}
}
