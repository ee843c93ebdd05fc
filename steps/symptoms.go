package steps

import (
	"fmt"
	"slices"

	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/steps/engine"
)

// fixedAt is the step at which a symptom is fixed.
var fixedAt = map[vendors.Place]engine.ID{vendors.App: LinkedIn, vendors.Callback: Register, vendors.Link: Consent, vendors.Far: Consent}

// symptoms are those that can be: a browser that has reached this machine is not
// said to be on another one.
func (r *round) symptoms() []vendors.Symptom {
	if !r.reached() {
		return vendor.Symptoms
	}
	return slices.DeleteFunc(slices.Clone(vendor.Symptoms), func(s vendors.Symptom) bool { return s.Place == vendors.Far })
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
	for _, s := range vendor.Symptoms {
		if s.Says != "" && says(err, s.Says) {
			p.Fix = fixedAt[s.Place]
			p.Next = fmt.Sprintf("The cause: %s. Put it right: %s\nThen: %s", s.Cause, r.Command("run", string(fixedAt[s.Place])), r.Command("walk"))
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
		if fixedAt[s.Place] != Consent {
			said.Mender = fixedAt[s.Place]
		}
		r.Tell(said)
		if s.Place == vendors.Far && r.far() == "" { // else it stands with the link
			r.say("Forward the ports from the machine with the browser:\n%s", forward(r.world, r.listener.Port(), r.Settings.Env))
		}
		return true
	}
	return false
}
