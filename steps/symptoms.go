package steps

import (
	"fmt"
	"slices"

	"agentcore-3lo/steps/engine"
)

// symptom is what a browser shows when the flow does not come back, why, and
// where to fix it.
type symptom struct {
	Shows, Cause, Fix string
	Step              engine.ID
	Elsewhere         bool   // the browser is on another machine
	Says              string // what the page says in any case; "" = it is not recognised by its words
}

var allSymptoms = []symptom{
	{"“The redirect_uri does not match the registered value”", "the callback URL is not in the app, or differs by a character", "register it exactly, then choose “fresh link”, because this link is used up", Register, false, "redirect_uri"},
	{"“unauthorized_scope_error” or a scope that is not authorized", "the product “Sign In with LinkedIn using OpenID Connect” was not added to the app", "request access in the Products tab, wait five minutes, then choose “fresh link”", LinkedIn, false, "scope"},
	{"“client_id” is invalid, or the app does not exist", "no app has the client ID that AgentCore holds", "enter the app's client ID and secret, then choose “fresh link”", LinkedIn, false, "client_id"},
	{"“This site can't be reached”, “localhost refused to connect”", "the browser runs on another machine than this listener", "copy the address from the browser and paste it here, or forward the port", Consent, true, ""},
	{"“Invalid request” at AgentCore", "the link was used already (a link preview counts) or is older than ten minutes", "choose “fresh link”", Consent, false, ""},
	{"You pressed Cancel", "you refused consent, so nothing was stored", "choose “fresh link”", Consent, false, ""},
	{"Another LinkedIn error", "LinkedIn cannot handle the request (its status: " + vendor.Health + ")", "wait a few minutes, then choose “fresh link”", Consent, false, ""},
}

// symptoms are those that can be: a browser that has reached this machine is not
// said to be on another one.
func (r *round) symptoms() []symptom {
	if !r.reached() {
		return allSymptoms
	}
	return slices.DeleteFunc(slices.Clone(allSymptoms), func(s symptom) bool { return s.Elsewhere })
}

// symptomQuestion asks for the symptom. The wait goes on meanwhile.
func (r *round) symptomQuestion() engine.Question {
	q := engine.Question{Name: "browser_shows", Kind: engine.Menu, Waits: true, Prompt: "What does your browser show?", Default: "none", Back: "none", Answers: "a person"}
	for i, s := range r.symptoms() {
		q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(i + 1)), Label: s.Shows})
	}
	q.Choices = append(q.Choices, engine.Choice{ID: "none", Label: "none of these"})
	q.Check = choiceOrRedirect(q.Choices)
	return q
}

// refusedPage is a failure of the simulated person, with what can be done where
// the page that it met says what is wrong with the app.
func (r *round) refusedPage(err error) error {
	p := Problem{Doing: "letting the simulated person consent", Err: err}
	for _, s := range allSymptoms {
		if s.Says != "" && says(err, s.Says) {
			p.Fix = s.Step
			p.Next = fmt.Sprintf("The cause: %s. Put it right: %s\nThen: %s", s.Cause, r.Command("run", string(s.Step)), r.Command("walk"))
			break
		}
	}
	return p
}

// explain names the cause of a symptom. It is false for what names none.
func (r *round) explain(a engine.Answer) bool {
	if a == "none" {
		r.say("Then press Allow in the browser if it still asks; paste the address it ended on; or take a fresh link.")
		return true
	}
	for i, s := range r.symptoms() {
		if string(a) != fmt.Sprint(i+1) {
			continue
		}
		said := Note{Text: fmt.Sprintf("Cause: %s.\nFix: %s.", s.Cause, s.Fix)}
		if s.Step != Consent {
			said.Mender = s.Step
		}
		r.Tell(said)
		if s.Elsewhere && r.far() == "" { // else it stands with the link
			r.say("Forward the ports from the machine with the browser:\n%s", forward(r.world, r.listener.Port(), r.Settings.Env))
		}
		return true
	}
	return false
}
