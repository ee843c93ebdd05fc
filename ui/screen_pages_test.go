package ui

import (
	"strings"
	"testing"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// everywhere looks at the present page in every size, resized in its middle.
func (r *rig) everywhere(name string, whole engine.ID) {
	r.t.Helper()
	for _, size := range sizes {
		r.resize(size[0], size[1])
		r.fits(name)
		r.golden(name)
		if whole != "" {
			r.wholePage(whole)
		}
	}
	r.resize(80, 24)
	r.still()
}

// Every page in its main states, at every size, on one walk.
func TestEveryPageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateUserPool", "GetGateway"}})
	r.when("Overview")
	r.everywhere("overview", steps.Overview)

	r.press("enter")
	r.when("2  This machine and account", "enter begin")
	r.everywhere("prerequisites", steps.Prerequisites)
	r.press("enter")
	r.asks("Enter skips")
	r.linkCopied()
	r.everywhere("round-trip", "")
	r.press("enter")
	r.asks("Create these?")
	r.everywhere("plan", steps.Prerequisites)
	r.press("enter")
	r.when("2 of 10 done")

	r.press("right")
	r.when("3  Inbound", "running")
	r.everywhere("inbound-running", steps.Inbound)
	r.release("CreateUserPool")
	r.resize(120, 40) // where the gateway's state is a word
	r.when("3 of 10 done", "creating")
	r.resize(80, 24)
	r.everywhere("inbound-done", steps.Inbound)
	r.press("right")
	r.when("4  Gateway")
	r.everywhere("gateway-building", steps.Gateway)

	r.press("right")
	r.asks("let the simulated person")
	r.everywhere("linkedin-meanwhile", steps.LinkedIn)
	r.release()
	r.when("4 of 10 done")
	r.press("n")
	r.asks("? Client ID")
	r.send("WPL_AP1.something")
	r.press("enter")
	r.when("is a client secret")
	r.everywhere("linkedin-refused", "")
	for range len("WPL_AP1.something") {
		r.press("backspace")
	}
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.send(id)
	r.when(id)
	r.press("enter")
	r.asks("? Primary Client Secret")
	r.pasteText(secret)
	r.when("****")
	r.everywhere("linkedin-secret", "")
	r.press("enter")
	r.when("7 of 10 done", "5  LinkedIn app", "step 7 asks you") // with the target, which is joined meanwhile
	r.everywhere("linkedin-done", "")

	r.press("right")
	r.when("6  Credential provider")
	r.everywhere("provider-done", steps.Provider)
	r.press("right")
	r.asks("7  Callback URL", "Register it for you?")
	r.press("n")
	r.asks("Enter when it is registered")
	r.linkCopied()
	r.everywhere("register", steps.Register)
	r.press("q")
	r.when("A question is still open")
	r.everywhere("leaving", "")
	r.press("esc")
	r.asks("Enter when it is registered")
	r.press("enter")
	r.when("7 of 10 done")
	r.press("right")
	r.when("8  Target", "8 of 10 done")
	r.everywhere("target-done", steps.Target)

	r.press("right")
	r.when("9  Consent", "enter begin")
	r.everywhere("consent-lesson", steps.Consent)
	r.press("enter")
	r.asks("Waiting for your browser")
	r.linkCopied()
	r.everywhere("consent", "")
	r.press("d")
	r.asks("Decline, and stop here?")
	r.everywhere("consent-decline", "")
	r.press("n")
	r.asks("Waiting for your browser")
	r.press("b")
	r.asks("What does your browser show?")
	r.everywhere("consent-browser", "")
	r.press("1")
	r.asks("Waiting for your browser")
	r.press("s")
	r.when("9 of 10 done")
	r.everywhere("consent-done", steps.Consent)

	r.press("right")
	r.when("Call the tool", "enter begin")
	r.everywhere("invoke-lesson", steps.Invoke)
	r.press("enter")
	r.asks("What now?")
	r.everywhere("invoke-profile", steps.Invoke)
	r.press("i")
	r.when("POST http", "esc back")
	r.everywhere("invoke-wire", "")
	r.press("esc")
	r.asks("What now?")

	r.press("?")
	r.when("Keys, the same everywhere")
	r.everywhere("help", "")
	r.press("esc", "l")
	r.when("The log of calls")
	for _, size := range sizes { // its lines come in any order
		r.resize(size[0], size[1])
		r.fits("log")
	}
	r.resize(80, 24)
	r.press("esc", "left", "r")
	r.when("do it again")
	r.everywhere("again", "")
	r.press("esc", "right")
	r.asks("What now?")
	r.press("enter") // keeps it, and leaves
	s := r.ends()
	if !s.m.Complete() {
		t.Error("not complete")
	}
}

func TestAWindowThatIsTooSmallSaysSo(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.when("Overview")
	for _, size := range [][2]int{{49, 20}, {80, 13}, {30, 5}} {
		r.resize(size[0], size[1])
		text := r.when("This window")
		if strings.Contains(text, "Overview") {
			t.Errorf("%v: the page is drawn all the same:\n%s", size, text)
		}
	}
	r.resize(30, 5)
	r.golden("too-small")
	r.resize(50, 14)
	r.when("Overview")
	r.fits("the smallest")
}
