package screen

import (
	"slices"
	"strings"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// leavingText asks what should become of running work.
func leavingText(m engine.Machine, r ui.Run) string {
	open := "A question is still open."
	if slices.ContainsFunc(m.Steps(), func(st engine.Status) bool { return st.State == engine.Running }) {
		open = "Work is still running."
	}
	if r.Forgettable() {
		return open + " Nothing was created, so this run is forgotten when you leave."
	}
	return open + " Progress is saved."
}

// consequence says what becomes stale by a re-run.
func consequence(p position) string {
	switch p.looking {
	case steps.App:
		return "Asks for the client ID and secret again. A new secret changes nothing else; a new client ID makes register, consent and invoke stale."
	case steps.Register:
		return "Shows the callback URL and asks again whether it is registered. Nothing becomes stale."
	case steps.Consent:
		return "The present consent will be discarded, and you will be asked again."
	case steps.Invoke:
		return "Calls the tool again. Nothing becomes stale."
	}
	checks := "Checks what exists and fixes what differs."
	var names []string
	for _, id := range p.m.After(p.looking) {
		names = append(names, string(id))
	}
	if len(names) == 0 {
		return checks
	}
	return checks + " Steps that depend on what changes become stale: " + strings.Join(names, ", ") + "."
}
