package screen

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
	r.Still()
}

// Every page in its main states, at every size, on one walk.
func TestEveryPageAtEverySize(t *testing.T) {
	t.Parallel()
	r := start(t, setup{held: []string{"CreateUserPool", "GetGateway"}})
	r.When("Overview")
	r.everywhere("overview", steps.Overview)

	r.Press("enter")
	r.When("2  This machine and account", "enter begin")
	r.everywhere("prerequisites", steps.Prerequisites)
	r.Press("enter")
	r.Asks("Enter skips")
	r.linkCopied()
	r.everywhere("round-trip", "")
	r.Press("enter")
	r.Asks("Create these?")
	r.everywhere("plan", steps.Prerequisites)
	r.Press("enter")
	r.When("2 of 10 done")

	r.Press("right")
	r.When("3  Inbound", "running")
	r.everywhere("inbound-running", steps.Inbound)
	r.box.Release("CreateUserPool")
	r.resize(120, 40) // where the gateway's state is a word
	r.When("3 of 10 done", "creating")
	r.resize(80, 24)
	r.everywhere("inbound-done", steps.Inbound)
	r.Press("right")
	r.When("4  Gateway")
	r.everywhere("gateway-building", steps.Gateway)

	r.Press("right")
	r.Asks("let the simulated person")
	r.everywhere("linkedin-meanwhile", steps.App)
	r.box.Release()
	r.When("4 of 10 done")
	r.Press("n")
	r.Asks("? Client ID")
	r.Send("WPL_AP1.something")
	r.Press("enter")
	r.When("is a client secret")
	r.everywhere("linkedin-refused", "")
	for range len("WPL_AP1.something") {
		r.Press("backspace")
	}
	id, secret := r.box.ReadyApp()
	r.random = append(r.random, id)
	r.Send(id)
	r.When(id)
	r.Press("enter")
	r.Asks("? Primary Client Secret")
	r.Paste(secret)
	r.When("****")
	r.everywhere("linkedin-secret", "")
	r.Press("enter")
	r.When("7 of 10 done", "5  LinkedIn app", "step 7 asks you") // with the target, which is joined meanwhile
	r.everywhere("linkedin-done", "")

	r.Press("right")
	r.When("6  Credential provider")
	r.everywhere("provider-done", steps.Provider)
	r.Press("right")
	r.Asks("7  Callback URL", "Register it for you?")
	r.Press("n")
	r.Asks("Enter when it is registered")
	r.linkCopied()
	r.everywhere("register", steps.Register)
	r.Press("q")
	r.When("A question is still open")
	r.everywhere("leaving", "")
	r.Press("esc")
	r.Asks("Enter when it is registered")
	r.Press("enter")
	r.When("7 of 10 done")
	r.Press("right")
	r.When("8  Target", "8 of 10 done")
	r.everywhere("target-done", steps.Target)

	r.Press("right")
	r.When("9  Consent", "enter begin")
	r.everywhere("consent-lesson", steps.Consent)
	r.Press("enter")
	r.Asks("Waiting for your browser")
	r.linkCopied()
	r.everywhere("consent", "")
	r.Press("d")
	r.Asks("Decline, and stop here?")
	r.everywhere("consent-decline", "")
	r.Press("n")
	r.Asks("Waiting for your browser")
	r.Press("b")
	r.Asks("What does your browser show?")
	r.everywhere("consent-browser", "")
	r.Press("1")
	r.Asks("Waiting for your browser")
	r.Press("s")
	r.When("9 of 10 done")
	r.everywhere("consent-done", steps.Consent)

	r.Press("right")
	r.When("Call the tool", "enter begin")
	r.everywhere("invoke-lesson", steps.Invoke)
	r.Press("enter")
	r.Asks("What now?")
	r.everywhere("invoke-profile", steps.Invoke)
	r.Press("i")
	r.When("POST http", "esc back")
	r.everywhere("invoke-wire", "")
	r.Press("esc")
	r.Asks("What now?")

	r.Press("?")
	r.When("Keys, the same everywhere")
	r.everywhere("help", "")
	r.Press("esc", "l")
	r.When("The log of calls")
	for _, size := range sizes { // its lines come in any order
		r.resize(size[0], size[1])
		r.fits("log")
	}
	r.resize(80, 24)
	r.Press("esc", "left", "r")
	r.When("do it again")
	r.everywhere("again", "")
	r.Press("esc", "right")
	r.Asks("What now?")
	r.Press("enter") // keeps it, and leaves
	s := r.ends()
	if !s.m.Complete() {
		t.Error("not complete")
	}
}

func TestAWindowThatIsTooSmallSaysSo(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	r.When("Overview")
	for _, size := range [][2]int{{49, 20}, {80, 13}, {30, 5}} {
		r.resize(size[0], size[1])
		text := r.When("This window")
		if strings.Contains(text, "Overview") {
			t.Errorf("%v: the page is drawn all the same:\n%s", size, text)
		}
	}
	r.resize(30, 5)
	r.golden("too-small")
	r.resize(50, 14)
	r.When("Overview")
	r.fits("the smallest")
}
