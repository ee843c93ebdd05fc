package screen

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestByKeysToTheProfileAndTheCleanup(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("enter")
	r.Until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	if err := (sandbox.Person{}).Allow(t.Context(), r.opened[0]); err != nil { // the person, in the browser
		t.Fatal(err)
	}
	r.toProfile()
	r.Press("e")
	r.When("Use it from an agent", "Gateway URL:", "esc back")
	r.Press("esc")
	r.Asks("It works")
	r.Press("x")
	s := r.ends()
	if s.run.Choice() != steps.CleanUp || !s.m.Complete() {
		t.Errorf("choice %q, complete %v", s.run.Choice(), s.m.Complete())
	}
	text := s.Transcript()
	for _, want := range []string{"✓  10 Call the tool", "ana@example.com", "user pool", r.made(provision.Gateway)} {
		if !strings.Contains(text, want) {
			t.Errorf("the transcript does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("the transcript has escape sequences")
	}
}

// Steps, readers and the page's scrolling, by their keys.
func TestTheKeysThatMove(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.When("What you will build")
	for _, way := range [][2]string{{"right", "left"}, {"tab", "shift+tab"}} {
		r.Press(way[0])
		r.When("Check this machine")
		r.Press(way[1])
		r.When("What you will build")
	}
	r.Press("left")
	r.When("What you will build") // the first stays the first
	r.Press("t")
	r.When("Learn more: 1", "lines 1-")
	for _, step := range []struct{ key, shows string }{{"down", "lines 2-"}, {"up", "lines 1-"}, {"space", "lines "}, {"home", "lines 1-"}, {"pgdown", "lines "}, {"home", "lines 1-"}, {"end", "lines "}} {
		r.Press(step.key)
		r.When(step.shows)
	}
	r.Gone("lines 1-")
	r.Press("T") // with Caps Lock, it closes what it opened
	r.When("What you will build")
	r.Press("t")
	r.When("Learn more: 1")
	r.Press("l")
	r.When("Log")
	r.Press("esc")
	r.When("Learn more: 1")
	r.Press("esc")
	r.Asks("What you will build")

	r.Press("enter")
	r.Asks("open the test link")
	if link := r.link(); !strings.Contains(link, "/oauth2/callback?check=") {
		t.Errorf("c copied %q", link)
	}
	r.Press("o") // u is tried in a real terminal: see pty_test.go
	r.Until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	r.Asks("open the test link")
	if r.opened[0] != r.copied[0] {
		t.Errorf("o opened %q", r.opened[0])
	}
}

func TestAFocusedFieldOwnsThePrintableKeys(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toApp()
	r.Press("n")
	r.Asks("fill in")
	r.Press("o") // no field has the focus, so keys are commands
	r.Until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	r.Press("enter")
	r.When("enter  next field")
	r.Send("QLm?ocurj k")
	r.When("[ QLm?ocurj k")
	r.Press("tab")
	r.When("Create your LinkedIn app", "[ QLm?ocurj k") // Tab is the field's too
	r.Press("esc")
	r.When("? keys")
	r.Press("?")
	r.When("all keys", "esc back")
	r.Press("esc", "left")
	r.When("Create the gateway")
	r.Press("right")
	r.Asks("fill in", "[ QLm?ocurj k") // what was typed is still there
	r.Press("enter")
	r.Asks("enter  next field")
	r.Press("enter")
	r.When("contains a space")
}

func TestOnAWSThePlanTakesYAndNeverEnter(t *testing.T) {
	r := start(t, setup{aws: true})
	r.toPlan()
	r.When("Create these 8 resources in AWS account "+sandbox.Account+"?", "y   yes")
	for _, key := range []string{"enter", "x", "o", "i", "f"} {
		r.Press(key)
		r.Still()
		r.When("Create these 8 resources")
	}
	if !r.walk.Run.Record().Agreed.IsZero() {
		t.Fatal("it was taken for a yes")
	}
	r.Press("Y") // with Caps Lock
	r.turn(5)
}

// In AWS, Enter does not open the link that the server has sent, and says which key
// does.
func TestOnAWSEnterOpensNoLinkOfAServer(t *testing.T) {
	r := start(t, setup{aws: true})
	id, secret := r.box.ReadyApp()
	r.toPlan()
	r.Press("y")
	r.turn(5)
	r.Press("right", "right", "right")
	r.Asks("Create your LinkedIn app", "fill in")
	r.Paste(id) // finds the field by itself
	r.When("enter  next field", id)
	r.Press("enter")
	r.Asks("ctrl+r show")
	r.Paste(secret)
	r.Press("enter")
	r.turn(7)
	r.Press("right", "right")
	r.Asks("I have added it")
	r.Press("enter")
	r.When("8/10 done") // the endpoint is in the header
	r.Press("right", "right")
	r.Asks("ask the gateway for a link")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("enter")
	r.When("Press o for that.")
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.opened) > 0 {
		t.Errorf("Enter opened %q", r.opened)
	}
}

func TestNoStopsAndAsksAgain(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toPlan()
	r.Press("n")
	r.When("Stopped while asking for your yes", "stopped", "ask again")
	r.Press("enter")
	r.Asks("open the test link")
	r.Press("n")
	r.Asks("Create these 8 resources")
	r.Press("enter")
	r.turn(5)
}

// The secret is in no frame, but for the time between two presses of ctrl+r.
func TestTheSecretIsSeenOnlyWhileItIsShown(t *testing.T) {
	t.Parallel()
	const typed = "typed-S3cret-0123456789"
	var mu sync.Mutex
	shown := 0
	r := start(t, setup{frames: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(squeezed(text), "S3cret") {
			shown++
		}
	}})
	seen := func() int { mu.Lock(); defer mu.Unlock(); return shown }
	r.toApp()
	r.Press("n")
	r.Asks("fill in")
	id, _ := r.box.ReadyApp()
	r.Paste(" " + id + "\n")
	r.When("[ " + id)
	r.Press("enter")
	r.Asks("ctrl+r show")
	r.Send(typed)
	r.When(strings.Repeat("•", len(typed)))
	if seen() != 0 {
		t.Fatal("shown while it was typed")
	}
	r.Press("ctrl+r")
	r.When(typed, "ctrl+r hide")
	r.Press("ctrl+r")
	r.Gone(typed)
	count := seen()
	for range typed {
		r.Press("backspace")
	}
	r.Gone("•••••")
	r.Paste("client id\nP4sted-S3cret\n")
	r.When("You pasted several lines")
	r.Paste("  \r\nP4sted-S3cret-goes-on \n ")
	r.When(strings.Repeat("•", len("P4sted-S3cret-goes-on")))
	if strings.Contains(r.Screen.Text(), strings.Repeat("•", len("P4sted-S3cret-goes-on")+1)) {
		t.Error("spaces or line breaks were pasted too")
	}
	r.Press("enter")
	r.turn(7)
	for key, shows := range map[string]string{"l": "Log", "w": "Wire"} {
		r.Press(key)
		r.When(shows)
		r.Press("esc")
		r.Gone(shows)
	}
	if n := seen(); n != count {
		t.Errorf("%d frames show it unasked", n-count)
	}
	r.Leave()
	if s := r.ends(); strings.Contains(s.Transcript(), "S3cret") {
		t.Error("it is in the transcript")
	}
}

// refuseGateway makes AWS refuse to create a gateway.
func refuseGateway(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	if op != "bedrock-agentcore:CreateGateway" {
		return false
	}
	w.Header().Set("X-Amzn-Errortype", "ServiceQuotaExceededException")
	w.WriteHeader(http.StatusPaymentRequired)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": "the limit for gateways is reached"})
	return true
}

// What fails in the background is a mark: the page and the field stay as they are.
func TestAFailureInTheBackgroundIsAMark(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateGateway"}})
	r.box.Intercept(refuseGateway)
	r.toApp()
	r.Press("n")
	r.Asks("fill in")
	r.Press("enter")
	r.When("enter  next field")
	r.Send("half of an id")
	r.When("[ half of an id")
	r.box.Release()
	r.When("✗ 4", "[ half of an id")
	r.Press("esc", "left")
	r.When("4  ✗ Failed while", "ServiceQuotaExceededException", "state/logs/test.log", "Fix it")
	r.box.Intercept(nil)
	r.Press("enter")
	r.When("4 of 10 done")
	r.Press("right")
	r.When("[ half of an id")
}

func TestAgainSaysWhatFollows(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("i")
	r.toProfile()
	r.Press("left")
	r.When("Give your consent")
	for _, key := range []string{"n", "esc", "y"} {
		r.Press("a")
		r.Asks("Do this step again?", "The present consent is discarded")
		r.Press("enter") // is no yes
		r.When("Do this step again?")
		r.Press(key)
		r.Gone("Do this step again?")
	}
	r.Asks("waiting for your browser", "╭ Your turn")
	r.Press("i")
	r.toProfile()
}

func TestByItselfWithYes(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Follow: true}, settings: yes})
	s := r.ends()
	if !s.m.Complete() || !strings.Contains(s.Transcript(), "ana@example.com") {
		t.Errorf("complete %v:\n%s", s.m.Complete(), s.Transcript())
	}
}

func TestAtManualPaceEnterBeginsAndGoesOn(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Manual: true}})
	r.toPlan()
	r.Press("y")
	r.When("2 of 10 done", "to step 3")
	r.Press("enter")
	r.Asks("Create the inbound side", "begin")
	r.box.Hold("CreateUserPool")
	r.Press("enter")
	r.Asks("running", "to step 4")
	r.Press("enter")
	r.When("Create the gateway")
}

func TestABellOnlyWhenSomebodyIsNeededAndAway(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"GetCallerIdentity"}})
	r.When("What you will build")
	r.Press("enter")
	r.When("running")
	r.Send("\x1b[O") // the terminal loses the focus
	r.Still()
	r.box.Release()
	r.When("open the test link")
	r.Until("a bell", func(string) bool { return r.Screen.Bells() == 1 })
	r.Send("\x1b[I")
	r.Asks("open the test link")
	r.Press("n")
	r.Asks("Create these 8 resources")
	if n := r.Screen.Bells(); n != 1 {
		t.Errorf("%d bells", n)
	}
}

// t lays the lesson over the page, and takes nothing away from it.
func TestTheKeyForTheLesson(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	link := r.link()
	r.Press("t")
	text := r.When("Learn more: 9 Consent", "Session binding", "The person who opens the link", "esc back")
	if strings.Contains(text, "waiting for your browser") {
		t.Errorf("the page is there too:\n%s", text)
	}
	r.Press("i") // is no answer while the lesson is read
	r.When("does nothing here", "The person who opens the link")
	r.Press("esc")
	r.Asks("waiting for your browser", "╭ Your turn")
	if again := r.link(); again != link {
		t.Errorf("another link: %s, was %s", again, link)
	}
}
