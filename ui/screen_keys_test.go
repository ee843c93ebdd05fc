package ui

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// toPlan goes by keys to the plan's question.
func (r *rig) toPlan() {
	r.t.Helper()
	r.when("Overview")
	r.press("enter")
	r.when("2  This machine and account", "enter begin")
	r.press("enter")
	r.asks("Enter skips")
	r.press("enter")
	r.asks("Create these?")
}

// toLinkedIn goes to the first question for the app.
func (r *rig) toLinkedIn() {
	r.t.Helper()
	r.toPlan()
	r.press("y")
	r.when("step 5 asks you")
	r.press("right", "right", "right")
	r.asks("5  LinkedIn app", "let the simulated person")
}

// toConsent goes to the wait for the browser, with the simulated person's help.
func (r *rig) toConsent() {
	r.t.Helper()
	r.toLinkedIn()
	r.press("s")
	r.when("step 7 asks you")
	r.press("right", "right")
	r.asks("Register it for you?")
	r.press("s")
	r.when("8 of 10 done")
	r.press("right", "right")
	r.when("9  Consent", "enter begin")
	r.press("enter")
	r.asks("Waiting for your browser")
}

func (r *rig) toProfile() {
	r.t.Helper()
	r.when("9 of 10 done")
	r.press("right")
	r.when("Call the tool", "enter begin")
	r.press("enter")
	r.asks("What now?", "ana@example.com")
}

// made is the id of what the run has made.
func (r *rig) made(kind string) string {
	rec := r.kit.Record()
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
		case <-r.over:
			return
		case <-time.After(grace + 100*time.Millisecond):
			r.press(key)
		}
	}
}

// link is what the page shows, read from what c copies.
func (r *rig) link() string {
	r.t.Helper()
	r.press("c")
	r.when("Copied with a test.")
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
	r.press("o")
	r.until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	if err := (sandbox.Person{}).Allow(t.Context(), r.opened[0]); err != nil { // the person, in the browser
		t.Fatal(err)
	}
	r.toProfile()
	first := answered.FindString(r.term.Text())
	r.press("a")
	r.until("another answer", func(text string) bool { id := answered.FindString(text); return id != "" && id != first })
	r.asks("What now?")
	r.press("e")
	r.when("Bearer", "esc back")
	r.press("esc")
	r.asks("What now?")
	r.insist("x")
	s := r.ends()
	if s.kit.Wish() != steps.CleanUp || !s.m.Complete() {
		t.Errorf("wish %q, complete %v", s.kit.Wish(), s.m.Complete())
	}
	text := s.transcript()
	for _, want := range []string{"✓  10 Call the tool", "ana@example.com", "user pool", r.made(steps.KindGateway)} {
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
	r.when("Overview")
	for _, way := range [][2]string{{"right", "left"}, {"tab", "shift+tab"}} {
		r.press(way[0])
		r.when("▸ ○  2 This machine")
		r.press(way[1])
		r.when("▸ ○  1 Overview")
	}
	r.press("left")
	r.when("▸ ○  1 Overview") // the first stays the first
	r.resize(80, 24)
	r.when("lines 1-")
	for _, step := range []struct{ key, shows string }{{"down", "lines 2-"}, {"up", "lines 1-"}, {"down", "lines 2-"}} {
		r.press(step.key)
		r.when(step.shows)
	}
	r.press("home")
	for _, key := range []string{"space", "pgdown"} {
		r.press(key)
		r.gone("lines 1-")
		r.press("pgup")
		r.when("lines 1-")
	}
	r.press("end")
	r.gone("more below")
	r.press("home")
	r.when("lines 1-")
	r.press("?")
	r.when("Keys, the same everywhere", "esc back")
	r.press("esc")
	r.gone("Keys, the same everywhere")
	r.press("l")
	r.when("The log of calls")
	r.press("esc")
	r.gone("The log of calls")
	r.press("end", "t")
	r.when("Overview", "lines 1-")
	r.press("down")
	r.when("lines 2-")
	r.press("esc")
	r.when("enter begin")
	r.gone("more below") // as it was left

	r.press("enter")
	r.when("2  This machine and account", "enter begin")
	r.press("enter")
	r.asks("Enter skips")
	if link := r.link(); !strings.Contains(link, "/oauth2/callback?check=") {
		t.Errorf("c copied %q", link)
	}
	r.press("o") // u is tried in a real terminal: see pty_test.go
	r.until("the browser", func(string) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.opened) == 1 })
	r.asks("Enter skips")
	if r.opened[0] != r.copied[0] {
		t.Errorf("o opened %q", r.opened[0])
	}
}

func TestAFocusedFieldOwnsThePrintableKeys(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toLinkedIn()
	r.press("n")
	r.asks("? Client ID")
	r.send("qlm?ocurj k")
	r.when("› qlm?ocurj k")
	r.press("tab")
	r.when("5  LinkedIn app", "› qlm?ocurj k") // Tab is the field's too
	r.press("esc")
	r.when("? help")
	r.press("?")
	r.when("Keys, the same everywhere")
	r.press("esc", "left")
	r.when("4  Gateway")
	r.press("right")
	r.asks("5  LinkedIn app", "enter send", "› qlm?ocurj k") // what was typed is still there
	r.press("enter")
	r.when("contains a space")
}

func TestOnAWSThePlanTakesYAndNeverEnter(t *testing.T) {
	r := start(t, setup{aws: true})
	r.toPlan()
	r.when("Account  "+sandbox.Account, "y yes · n no")
	r.press("enter")
	time.Sleep(100 * time.Millisecond)
	r.when("Create these?")
	if !r.kit.Record().Agreed.IsZero() {
		t.Fatal("Enter agreed")
	}
	r.press("Y", "x")
	time.Sleep(100 * time.Millisecond)
	r.when("Create these?")
	r.press("y")
	r.when("step 5 asks you", "of 10 done")
}

func TestNoStopsWithTheFourParts(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toPlan()
	r.press("n")
	r.when("Stopped while asking for your yes", "prerequisites, stopped", "Why ", "Next ", "Log ", "enter try again")
	r.press("enter")
	r.asks("Enter skips")
	r.press("enter")
	r.asks("Create these?")
	r.press("enter")
	r.when("step 5 asks you")
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
	r.press("n")
	r.asks("? Client ID")
	id, _ := r.box.ReadyApp()
	r.pasteText(" " + id + "\n")
	r.when("› " + id)
	r.press("enter")
	r.asks("? Primary Client Secret", "ctrl+r reveal")
	r.send(typed)
	r.when(strings.Repeat("*", len(typed)))
	if seen() != 0 {
		t.Fatal("shown while it was typed")
	}
	r.press("ctrl+r")
	r.when(typed)
	r.press("ctrl+r")
	r.gone(typed)
	count := seen()
	for range typed {
		r.press("backspace")
	}
	r.gone("*****")
	r.pasteText("client id\nP4sted-S3cret\n")
	r.when("You pasted several lines")
	r.pasteText("  \r\nP4sted-S3cret-goes-on \n ")
	r.when(strings.Repeat("*", len("P4sted-S3cret-goes-on")))
	if strings.Contains(r.term.Text(), strings.Repeat("*", len("P4sted-S3cret-goes-on")+1)) {
		t.Error("spaces or line breaks were pasted too")
	}
	r.press("esc", "l")
	r.when("The log of calls")
	r.press("esc")
	r.gone("The log of calls")
	time.Sleep(grace + 30*time.Millisecond)
	r.press("enter")
	r.asks("enter send")
	r.press("enter")
	r.when("step 7 asks you")
	r.press("l")
	r.when("The log of calls")
	if n := seen(); n != count {
		t.Errorf("%d frames show it unasked", n-count)
	}
	r.press("esc")
	r.leave()
	if s := r.ends(); strings.Contains(s.transcript(), "S3cret") {
		t.Error("it is in the transcript")
	}
}

// refuseGateway makes AWS refuse to make a gateway.
func refuseGateway(op string, w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
	if op != "CreateGateway" {
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
	r.intrude(refuseGateway)
	r.toLinkedIn()
	r.press("n")
	r.asks("? Client ID")
	r.send("half of an id")
	r.when("› half of an id")
	r.release()
	r.when("5  LinkedIn app", "✗", "step 4 failed; it needs you", "› half of an id") // the page and the field stay
	r.golden("background-failure")
	r.resize(120, 40) // where the rail is a column, the line stands below the page
	r.when("✗ step 4 failed; it needs you when you are done here")
	r.resize(80, 24)
	r.press("esc", "left")
	r.when("4  Gateway", "✗ Failed while", "ServiceQuotaExceededException", "Next ", "Log ", "enter try again")
	for _, size := range sizes {
		r.resize(size[0], size[1])
		r.fits("failure")
	}
	r.intrude(nil)
	r.press("enter")
	r.when("4 of 10 done")
	r.press("right")
	r.when("5  LinkedIn app", "enter send")
}

func TestAgainSaysWhatFollows(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.toConsent()
	r.press("s")
	r.toProfile()
	r.press("left", "r")
	r.asks("The present consent will be discarded", "y do it again")
	r.press("n")
	r.gone("The present consent will be discarded")
	r.press("r")
	r.asks("The present consent will be discarded")
	r.press("y")
	r.asks("Waiting for your browser")
	r.press("s")
	r.toProfile()
}

func TestByItselfWithYes(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Follow: true}, settings: func(s *steps.Settings) { s.Yes = true }})
	s := r.ends()
	if !s.m.Complete() || !strings.Contains(s.transcript(), "ana@example.com") {
		t.Errorf("complete %v:\n%s", s.m.Complete(), s.transcript())
	}
}

func TestAtManualPaceEnterBeginsAndGoesOn(t *testing.T) {
	t.Parallel()
	r := start(t, setup{mode: engine.Mode{Manual: true}})
	r.toPlan()
	r.press("y")
	r.when("2 of 10 done")
	r.press("enter")
	r.when("3  Inbound", "enter begin")
	r.hold("CreateUserPool")
	r.press("enter")
	r.when("running", "enter next step")
	r.press("enter")
	r.when("4  Gateway")
}

func TestABellOnlyWhenSomebodyIsNeededAndAway(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"GetCallerIdentity"}})
	r.when("Overview")
	r.press("enter")
	r.when("enter begin")
	r.press("enter")
	r.when("running")
	r.send("\x1b[O") // the terminal loses the focus
	r.still()
	r.release()
	r.when("Enter skips")
	r.until("a bell", func(string) bool { return r.term.Bells() == 1 })
	r.send("\x1b[I")
	r.asks("Enter skips")
	r.press("enter")
	r.asks("Create these?")
	if n := r.term.Bells(); n != 1 {
		t.Errorf("%d bells", n)
	}
}
