package screen

import (
	"fmt"
	"regexp"
	"strings"

	"agentcore-3lo/internal/provision"
)

// toPlan goes by keys to the plan's question.
func (r *rig) toPlan() {
	r.t.Helper()
	r.When("What you will build")
	r.Press("enter")
	r.Asks("open the test link")
	r.Press("n")
	r.Asks("Create these 8 resources")
}

// turn waits until a step asks the person.
func (r *rig) turn(step int) {
	r.t.Helper()
	mark := regexp.MustCompile(fmt.Sprintf(`▸ +%d\b`, step))
	r.Until(fmt.Sprintf("step %d's turn", step), mark.MatchString)
}

// toApp goes to the first question for the app.
func (r *rig) toApp() {
	r.t.Helper()
	r.toPlan()
	r.Press("y")
	r.turn(5)
	r.Press("right", "right", "right")
	r.Asks("Create your LinkedIn app", "let the simulated person do it")
}

// toConsent goes to the wait for the browser, with the simulated person's help.
func (r *rig) toConsent() {
	r.t.Helper()
	r.toApp()
	r.Press("i")
	r.turn(7)
	r.Press("right", "right")
	r.Asks("Register the callback URL", "let the simulated person do it")
	r.Press("i")
	r.When("8 of 10 done")
	r.Press("right", "right")
	r.Asks("ask the gateway for a link")
	r.Press("enter")
	r.Asks("waiting for your browser", "╭ Your turn")
}

// toProfile goes on from a consent that is being given.
func (r *rig) toProfile() {
	r.t.Helper()
	r.When("9 of 10 done")
	r.Press("right")
	r.Asks("call the tool")
	r.Press("enter")
	r.Asks("It works", "ana@example.com", "What next")
}

// credentials answers the two questions of step 5 by keys.
func (r *rig) credentials(id, secret string) {
	r.t.Helper()
	r.Asks("Client ID")
	r.Paste(id)
	r.When(id)
	r.Press("enter")
	r.Until("the secret's field", func(text string) bool { return strings.Contains(text, "ctrl+r show") })
	r.Paste(secret)
	r.When("••••")
	r.Press("enter")
}

// made is the ID of what the run has created.
func (r *rig) made(kind string) string {
	rec := r.walk.Run.Record()
	if x := rec.Find(kind); x != nil {
		return x.ID
	}
	return ""
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

// gateway waits until the gateway is on record.
func (r *rig) gateway() {
	r.t.Helper()
	r.Until("the gateway on record", func(string) bool { return r.made(provision.Gateway) != "" })
}
