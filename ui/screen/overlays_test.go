package screen

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

var exchangesIn = regexp.MustCompile(`Wire: (\d+) exchanges`)

// wired is how many exchanges the wire lists.
func wired(text string) int {
	if m := exchangesIn.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return -1
}

// The wire and the sequence move while it happens, are complete after a restart, and
// lead from one to the other and into an exchange.
func TestTheWireAndTheSequenceAreAlive(t *testing.T) {
	t.Parallel()
	r := start(t, setup{width: 100, height: 40})
	r.toConsent()
	link := r.link()
	r.Press("s")
	r.When("Sequence: ", "✓ a link", "◐ you")
	r.Press("w")
	before := wired(r.When("Wire: ", "▸ ", "tools/call"))
	if err := (sandbox.Person{}).Allow(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	text := r.When("GET /oauth2/callback", "CompleteResourceTokenAuth")
	if n := wired(text); n <= before {
		t.Errorf("%d exchanges, %d before", n, before)
	}
	r.Press("esc")
	r.Until("the arrows of the browser", func(text string) bool {
		return strings.Contains(text, "7 return") && strings.Contains(text, "Sequence: ") && !strings.Contains(text, "◐ you")
	})
	r.Press("esc")
	r.toProfile()

	r.Press("w")
	r.When("Wire: ")
	r.Press("/")
	r.When("filter: ")
	r.Send("COMPLETE")
	r.When("Wire: 1 of ", "▸ ", "CompleteResourceTokenAuth")
	r.Gone("tools/call")
	r.Press("enter", "enter")
	r.When("Exchange ", "CompleteResourceTokenAuth", "Authorization", "c copy")
	r.Press("c")
	r.When("Copied with a test.")
	r.mu.Lock()
	copied := r.copied[len(r.copied)-1]
	r.mu.Unlock()
	if !strings.Contains(copied, "aws bedrock-agentcore complete-resource-token-auth") {
		t.Errorf("copied %q", copied)
	}
	shown := r.Still()
	r.Press("left")
	r.Until("the exchange before", func(text string) bool { return strings.HasPrefix(text, " Exchange ") && text != shown })
	r.Press("esc", "esc")
	r.Asks("It works")
	r.Press("enter")
	r.ends()

	r.walk.Choose("") // what another process would not know
	again := r.on(testkit.NewMachine(engine.Mode{}, nil))
	again.When("Run test is complete.")
	again.resize(100, 60)
	again.Press("w")
	again.When("Wire: ", "CreateUserPool", "CreateGateway", "-32042", "GET /oauth2/callback", "CompleteResourceTokenAuth")
	again.Press("s")
	again.When("Sequence: ", "12 profile")
	if text := again.Screen.Text(); strings.Contains(text, "to come") {
		t.Errorf("the sequence is not complete after a restart:\n%s", text)
	}
}

// A text that was at its top is there again after another, which was not, covered it.
func TestATextIsWhereItWasAfterAnother(t *testing.T) {
	t.Parallel()
	s := runningAt(steps.App, 80, 24)
	for range 60 {
		s.happens(anExchange())
	}
	s.press(character('t'))
	before := s.View().Content
	s.press(character('w'))
	s.press(tea.KeyPressMsg{Code: tea.KeyEnd})
	s.press(tea.KeyPressMsg{Code: tea.KeyEscape})
	if after := s.View().Content; after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func TestATextThatIsShownAsItIsClosesWithItsKey(t *testing.T) {
	t.Parallel()
	s := runningAt(steps.Invoke, 80, 24)
	s.lay(showing)
	s.press(character('e'))
	if s.text.overlay != none {
		t.Errorf("e leads to overlay %d: %s", s.text.overlay, s.flash)
	}
}
