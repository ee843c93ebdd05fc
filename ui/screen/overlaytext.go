package screen

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// leavingText says what becomes of running work.
func leavingText(p position, r ui.Run) string {
	open := "A question is still open."
	if _, last := p.final(); last != nil {
		return "Everything is done by now. Start again to call the tool or to clean up."
	}
	if slices.ContainsFunc(p.m.Steps(), func(st engine.Status) bool { return st.State == engine.Running }) {
		open = "Work is still running. What AWS has begun to create, it goes on creating."
		if r.Now().Environment.Sandbox {
			open = "Work is still running."
		}
	}
	if r.Forgettable() {
		return open + " Nothing was created, so this run is forgotten when you leave."
	}
	return open + " The run can be resumed."
}

// consequence says what becomes stale by doing a step again.
func consequence(p position) string {
	switch p.looking {
	case steps.App:
		return "It asks for the client ID and secret again. A new secret changes nothing else; with a new client ID, " + steps.Numbers(steps.Register, steps.Consent, steps.Invoke) + " have to be done again."
	case steps.Register:
		return "It shows the callback URL and asks again whether it is registered. Nothing else changes."
	case steps.Consent:
		return "The present consent is discarded, and you are asked for a new one."
	case steps.Cleanup:
		return "It looks up again what exists, and asks before it deletes anything."
	case steps.Invoke:
		return "It calls the tool again. Nothing else changes."
	}
	checks := "It checks what exists, and fixes what differs."
	var names []string
	for _, id := range p.m.After(p.looking) {
		names = append(names, number(id))
	}
	if len(names) == 0 {
		return checks
	}
	return fmt.Sprintf("%s If something changes, what depends on it is out of date: steps %s.", checks, strings.Join(names, ", "))
}

// lacks says what a text needs that is not there yet on the page; "" = it has all.
func (w walk) lacks(o overlay) string {
	p := w.page()
	switch o {
	case detailing:
		if p.plan == nil && len(p.items) == 0 {
			return "v lists names and details of the plan, once it is shown, and of the cleanup."
		}
	case learning:
		if st := w.status().State; w.looking != steps.Invoke || p.result == nil && st != engine.Done && st != engine.Asking {
			return "r is for " + steps.Numbers(steps.Invoke) + ", when the call has worked."
		}
	case symptomList:
		if p.link == nil || p.link.Purpose != event.Consent || w.asking() == nil {
			return "b is for " + steps.Numbers(steps.Consent) + ", while it waits for your browser."
		}
	}
	return ""
}
