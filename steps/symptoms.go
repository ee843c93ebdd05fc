package steps

import (
	"context"
	"fmt"
)

// symptoms are what a browser shows when the flow does not come back, why, and
// where to mend it.
var symptoms = []struct {
	Shows, Cause, Mend string
	Step               ID
}{
	{"“The redirect_uri does not match the registered value”", "the callback URL is not in the app, or differs by a character", "register it exactly", Register},
	{"“unauthorized_scope_error” or a scope that is not authorized", "the product “Sign In with LinkedIn using OpenID Connect” was not added to the app", "request access in the Products tab", LinkedIn},
	{"“client_id” is invalid, or the app does not exist", "the client id given to AgentCore is not that of an app", "give the right id and secret", LinkedIn},
	{"“This site can't be reached”, “localhost refused to connect”", "the browser runs on another machine than this listener", "copy the address from the browser and paste it here, or forward the port", Consent},
	{"“Invalid request” at AgentCore", "the link was used already (a link preview counts) or is older than ten minutes", "choose f for a fresh link", Consent},
	{"You pressed Cancel", "nothing was stored", "choose f for a fresh link", Consent},
}

// browserShows asks for the symptom and names its cause.
func (r *round) browserShows(ctx context.Context) error {
	q := Question{Name: "browser_shows", Kind: Menu, Prompt: "What does your browser show?", Default: "0", Answers: "a person"}
	for i, s := range symptoms {
		q.Choices = append(q.Choices, Choice{Answer(fmt.Sprint(i + 1)), s.Shows})
	}
	q.Choices = append(q.Choices, Choice{"0", "none of these"})
	a, err := r.Ask(ctx, q)
	if err != nil {
		return err
	}
	if a == "0" {
		r.say("Then press Allow in the browser if it still asks; paste the address it ended on; or take a fresh link with f.")
	}
	for i, s := range symptoms {
		if string(a) != fmt.Sprint(i+1) {
			continue
		}
		said := Note{Text: fmt.Sprintf("Cause: %s.\nMend it: %s.", s.Cause, s.Mend)}
		if s.Step != Consent {
			said.Mender = s.Step
		}
		r.Tell(said)
		if s.Cause == symptoms[3].Cause {
			r.say("Forward the port from the machine with the browser: ssh -N -L %d:127.0.0.1:%d <this machine>", r.listener.Port(), r.listener.Port())
		}
	}
	return nil
}
