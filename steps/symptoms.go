package steps

import (
	"fmt"
	"slices"

	"agentcore-3lo/internal/advice"
	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/vendors"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/steps/returnurl"
)

// FixedAt returns the step at which a symptom is fixed.
func FixedAt(p vendors.Place) engine.ID {
	switch p {
	case vendors.App:
		return App
	case vendors.Callback:
		return Register
	}
	return Consent
}

// symptoms are those that can be: a browser that has reached this machine is not
// said to be on another one.
func (d *dialogue) symptoms() []vendors.Symptom {
	if !d.address.Reached() {
		return vendor.Symptoms
	}
	return slices.DeleteFunc(slices.Clone(vendor.Symptoms), func(s vendors.Symptom) bool { return s.Place == vendors.Far })
}

// symptomQuestion asks for the symptom. The wait goes on meanwhile.
func (d *dialogue) symptomQuestion() engine.Question {
	q := engine.Question{Name: "browser_shows", Kind: engine.Menu, Waits: true, Prompt: "What does your browser show?", Default: "0", Back: "0", Answers: "a person"}
	for i, s := range d.symptoms() {
		q.Choices = append(q.Choices, engine.Choice{ID: engine.Answer(fmt.Sprint(i + 1)), Label: s.Shows + ": " + s.Short})
	}
	q.Choices = append(q.Choices, engine.Choice{ID: "0", Label: "none of these"})
	q.Check = choiceOrRedirect(q.Choices)
	return q
}

// refusedPage is a failure of the simulated person, with what can be done where
// the page that it met says what is wrong with the app.
func (d *dialogue) refusedPage(err error) error {
	p := advice.Problem{Doing: "letting the simulated person consent", Err: err}
	for _, s := range vendor.Symptoms {
		if s.Says != "" && advice.Says(err, s.Says) {
			p.Fix = string(FixedAt(s.Place))
			p.Next = fmt.Sprintf("The cause: %s. Put it right: %s\nThen: %s", s.Cause, d.commands.Line("run", p.Fix), d.commands.Line("walk"))
			break
		}
	}
	return p
}

// explain names the cause of a symptom. It is false for what names none.
func (d *dialogue) explain(a engine.Answer) bool {
	if a == "0" {
		d.say("Then press Allow in the browser if it still asks; paste the address it ended on; or get a fresh link.")
		return true
	}
	for i, s := range d.symptoms() {
		if string(a) != fmt.Sprint(i+1) {
			continue
		}
		said := event.Diagnosis{Cause: s.Cause, Remedy: s.Fix}
		if at := FixedAt(s.Place); at != Consent {
			said.Fix = string(at)
		}
		d.person.Tell(said)
		if s.Place == vendors.Far && d.address.Far(d.scope.AWS, d.port, true) == "" { // else it stands with the link
			d.say("Forward the ports from the machine with the browser:\n" + returnurl.Forward(d.scope.AWS, d.port, d.settings.Env))
		}
		return true
	}
	return false
}
