package screen

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui/terminal"
)

// toPlan goes by keys to the plan's question.
func (r *rig) toPlan() {
	r.t.Helper()
	r.When("Overview")
	r.Press("enter")
	r.When("2  This machine and account", "enter begin")
	r.Press("enter")
	r.Asks("Enter skips")
	r.Press("enter")
	r.Asks("Create these?")
}

// toLinkedIn goes to the first question for the app.
func (r *rig) toLinkedIn() {
	r.t.Helper()
	r.toPlan()
	r.Press("y")
	r.When("step 5 asks you")
	r.Press("right", "right", "right")
	r.Asks("5  LinkedIn app", "let the simulated person")
}

// toConsent goes to the wait for the browser, with the simulated person's help.
func (r *rig) toConsent() {
	r.t.Helper()
	r.toLinkedIn()
	r.Press("s")
	r.When("step 7 asks you")
	r.Press("right", "right")
	r.Asks("Register it for you?")
	r.Press("s")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.When("9  Consent", "enter begin")
	r.Press("enter")
	r.Asks("Waiting for your browser")
}

func (r *rig) toProfile() {
	r.t.Helper()
	r.When("9 of 10 done")
	r.Press("right")
	r.When("Call the tool", "enter begin")
	r.Press("enter")
	r.Asks("What now?", "ana@example.com")
}

// made is the id of what the run has made.
func (r *rig) made(kind string) string {
	rec := r.kit.Run.Record()
	if x := rec.Find(kind); x != nil {
		return x.ID
	}
	return ""
}

// insist presses a key until the program ends.
func (r *rig) insist(key string) {
	r.t.Helper()
	for range 20 {
		select {
		case <-r.Over:
			return
		case <-time.After(terminal.Grace + 100*time.Millisecond):
			r.Press(key)
		}
	}
}

// link is what the page shows, read from what c copies.
func (r *rig) link() string {
	r.t.Helper()
	r.Press("c")
	r.When("Copied with a test.")
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.copied[len(r.copied)-1]
}

// answered is the id of the request that gave the profile.
var answered = regexp.MustCompile(`request\s+[0-9a-f-]{36}`)

func TestByKeysToTheProfileAndTheCleanup(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("o")
	r.Until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	if err := (sandbox.Person{}).Allow(t.Context(), r.opened[0]); err != nil { // the person, in the browser
		t.Fatal(err)
	}
	r.toProfile()
	first := answered.FindString(r.Screen.Text())
	r.Press("a")
	r.Until("another answer", func(text string) bool { id := answered.FindString(text); return id != "" && id != first })
	r.Asks("What now?")
	r.Press("e")
	r.When("Other clients", "esc back")
	r.Press("esc")
	r.Asks("What now?")
	r.insist("x")
	s := r.ends()
	if s.run.Choice() != steps.CleanUp || !s.m.Complete() {
		t.Errorf("wish %q, complete %v", s.run.Choice(), s.m.Complete())
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

func TestEveryKeyOfTheHelp(t *testing.T) {
	t.Parallel()
	r := start(t, setup{width: 120, height: 40})
	r.When("Overview")
	for _, way := range [][2]string{{"right", "left"}, {"tab", "shift+tab"}} {
		r.Press(way[0])
		r.When("▸ ○  2 This machine")
		r.Press(way[1])
		r.When("▸ ○  1 Overview")
	}
	r.Press("left")
	r.When("▸ ○  1 Overview") // the first stays the first
	r.resize(80, 24)
	r.When("lines 1-")
	for _, step := range []struct{ key, shows string }{{"down", "lines 2-"}, {"up", "lines 1-"}, {"down", "lines 2-"}} {
		r.Press(step.key)
		r.When(step.shows)
	}
	r.Press("home")
	for _, key := range []string{"space", "pgdown"} {
		r.Press(key)
		r.Gone("lines 1-")
		r.Press("pgup")
		r.When("lines 1-")
	}
	r.Press("end")
	r.Gone("more below")
	r.Press("home")
	r.When("lines 1-")
	r.Press("?")
	r.When("Keys, the same everywhere", "esc back")
	r.Press("esc")
	r.Gone("Keys, the same everywhere")
	r.Press("l")
	r.When("The log of calls")
	r.Press("esc")
	r.Gone("The log of calls")
	r.Press("end", "t")
	r.When("Overview", "lines 1-")
	r.Press("down")
	r.When("lines 2-")
	r.Press("esc")
	r.When("enter begin")
	r.Gone("more below") // as it was left

	r.Press("enter")
	r.When("2  This machine and account", "enter begin")
	r.Press("enter")
	r.Asks("Enter skips")
	if link := r.link(); !strings.Contains(link, "/oauth2/callback?check=") {
		t.Errorf("c copied %q", link)
	}
	r.Press("o") // u is tried in a real terminal: see pty_test.go
	r.Until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	r.Asks("Enter skips")
	if r.opened[0] != r.copied[0] {
		t.Errorf("o opened %q", r.opened[0])
	}
}

func TestAFocusedFieldOwnsThePrintableKeys(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toLinkedIn()
	r.Press("n")
	r.Asks("? Client ID")
	r.Send("qlm?ocurj k")
	r.When("› qlm?ocurj k")
	r.Press("tab")
	r.When("5  LinkedIn app", "› qlm?ocurj k") // Tab is the field's too
	r.Press("esc")
	r.When("? help")
	r.Press("?")
	r.When("Keys, the same everywhere")
	r.Press("esc", "left")
	r.When("4  Gateway")
	r.Press("right")
	r.Asks("5  LinkedIn app", "enter send", "› qlm?ocurj k") // what was typed is still there
	r.Press("enter")
	r.When("contains a space")
}

func TestOnAWSThePlanTakesYAndNeverEnter(t *testing.T) {
	r := start(t, setup{aws: true})
	r.toPlan()
	r.When("Account  "+sandbox.Account, "y yes · n no")
	r.Press("enter")
	time.Sleep(100 * time.Millisecond)
	r.When("Create these?")
	if !r.kit.Run.Record().Agreed.IsZero() {
		t.Fatal("Enter agreed")
	}
	r.Press("Y", "x")
	time.Sleep(100 * time.Millisecond)
	r.When("Create these?")
	r.Press("y")
	r.When("step 5 asks you", "of 10 done")
}

func TestNoStopsWithTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toPlan()
	r.Press("n")
	r.When("Stopped while asking for your yes", "prerequisites, stopped", "Why ", "Next ", "Log ", "enter try again")
	r.Press("enter")
	r.Asks("Enter skips")
	r.Press("enter")
	r.Asks("Create these?")
	r.Press("enter")
	r.When("step 5 asks you")
}

// The secret is in no frame, but for the time between two presses of ctrl+r.
func TestTheSecretIsSeenOnlyWhileRevealed(t *testing.T) {
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
	r.toLinkedIn()
	r.Press("n")
	r.Asks("? Client ID")
	id, _ := r.box.ReadyApp()
	r.Paste(" " + id + "\n")
	r.When("› " + id)
	r.Press("enter")
	r.Asks("? Primary Client Secret", "ctrl+r reveal")
	r.Send(typed)
	r.When(strings.Repeat("*", len(typed)))
	if seen() != 0 {
		t.Fatal("shown while it was typed")
	}
	r.Press("ctrl+r")
	r.When(typed)
	r.Press("ctrl+r")
	r.Gone(typed)
	count := seen()
	for range typed {
		r.Press("backspace")
	}
	r.Gone("*****")
	r.Paste("client id\nP4sted-S3cret\n")
	r.When("You pasted several lines")
	r.Paste("  \r\nP4sted-S3cret-goes-on \n ")
	r.When(strings.Repeat("*", len("P4sted-S3cret-goes-on")))
	if strings.Contains(r.Screen.Text(), strings.Repeat("*", len("P4sted-S3cret-goes-on")+1)) {
		t.Error("spaces or line breaks were pasted too")
	}
	r.Press("esc", "l")
	r.When("The log of calls")
	r.Press("esc")
	r.Gone("The log of calls")
	time.Sleep(terminal.Grace + 30*time.Millisecond)
	r.Press("enter")
	r.Asks("enter send")
	r.Press("enter")
	r.When("step 7 asks you")
	r.Press("l")
	r.When("The log of calls")
	if n := seen(); n != count {
		t.Errorf("%d frames show it unasked", n-count)
	}
	r.Press("esc")
	r.Leave()
	if s := r.ends(); strings.Contains(s.Transcript(), "S3cret") {
		t.Error("it is in the transcript")
	}
}

// refuseGateway makes AWS refuse to make a gateway.
func refuseGateway(op string, _ int, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	if op != "bedrock-agentcore:CreateGateway" {
		return false
	}
	w.Header().Set("X-Amzn-Errortype", "ServiceQuotaExceededException")
	w.WriteHeader(http.StatusPaymentRequired)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": "the limit for gateways is reached"})
	return true
}

func TestAFailureInTheBackgroundIsAMarkAndALine(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateGateway"}})
	r.box.Intercept(refuseGateway)
	r.toLinkedIn()
	r.Press("n")
	r.Asks("? Client ID")
	r.Send("half of an id")
	r.When("› half of an id")
	r.box.Release()
	r.When("5  LinkedIn app", "✗", "step 4 failed; it needs you", "› half of an id") // the page and the field stay
	r.golden("background-failure")
	r.resize(120, 40) // where the rail is a column, the line stands below the page
	r.When("✗ step 4 failed; it needs you when you are done here")
	r.resize(80, 24)
	r.Press("esc", "left")
	r.When("4  Gateway", "✗ Failed while", "ServiceQuotaExceededException", "Next ", "Log ", "enter try again")
	for _, size := range sizes {
		r.resize(size[0], size[1])
		r.fits("failure")
	}
	r.box.Intercept(nil)
	r.Press("enter")
	r.When("4 of 10 done")
	r.Press("right")
	r.When("5  LinkedIn app", "enter send")
}

func TestAgainSaysWhatFollows(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.Press("s")
	r.toProfile()
	r.Press("left", "r")
	r.Asks("The present consent will be discarded", "y do it again")
	r.Press("n")
	r.Gone("The present consent will be discarded")
	r.Press("r")
	r.Asks("The present consent will be discarded")
	r.Press("y")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.toProfile()
}

func TestByItselfWithYes(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Follow: true}, settings: func(s *steps.Settings) { s.Yes = true }})
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
	r.When("2 of 10 done")
	r.Press("enter")
	r.When("3  Inbound", "enter begin")
	r.box.Hold("CreateUserPool")
	r.Press("enter")
	r.When("running", "enter next step")
	r.Press("enter")
	r.When("4  Gateway")
}

func TestABellOnlyWhenSomebodyIsNeededAndAway(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"GetCallerIdentity"}})
	r.When("Overview")
	r.Press("enter")
	r.When("enter begin")
	r.Press("enter")
	r.When("running")
	r.Send("\x1b[O") // the terminal loses the focus
	r.Still()
	r.box.Release()
	r.When("Enter skips")
	r.Until("a bell", func(string) bool { return r.Screen.Bells() == 1 })
	r.Send("\x1b[I")
	r.Asks("Enter skips")
	r.Press("enter")
	r.Asks("Create these?")
	if n := r.Screen.Bells(); n != 1 {
		t.Errorf("%d bells", n)
	}
}
