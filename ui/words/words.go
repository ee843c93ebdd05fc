// Package words has the sentences for what happens in a walkthrough, for front
// ends that write lines.
package words

import (
	"cmp"
	"fmt"
	"strings"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/provision"
)

// Line is what a line says about the body of an event; "" where it has none.
func Line(body any) string {
	switch b := body.(type) {
	case event.Fact:
		if b.Note != "" {
			return b.Label + ": " + b.Value + " (" + b.Note + ")"
		}
		return b.Label + ": " + b.Value
	case event.Progress:
		if b.State == "" {
			return b.What
		}
		return b.What + ": " + b.State
	case event.Change:
		return change(b)
	case event.List:
		return b.Heading + ":\n- " + strings.Join(b.Items, "\n- ")
	case event.Confirmed:
		return "✓ " + b.Text
	case event.Diagnosis:
		return "Cause: " + b.Cause + ".\nFix: " + b.Remedy + "."
	case event.Warning:
		return "! " + b.Text
	case event.Note:
		return b.Text
	}
	return ""
}

func change(c event.Change) string {
	kind := provision.Title(c.Kind)
	the := "The " + kind + " " + cmp.Or(c.ID, c.Name)
	switch c.Found {
	case event.Gone:
		return the + " is gone; creating it again."
	case event.Failed:
		return the + " is " + c.Reason + "; creating it again."
	case event.Deleting:
		return the + " is being deleted; creating another one."
	case event.Altered:
		if c.Part == "" {
			return fmt.Sprintf("The %s's settings differ from what they should be; putting them right.", kind)
		}
		return fmt.Sprintf("The %s's %s was altered; putting it back.", kind, c.Part)
	case event.Deleted:
		return "gone   " + kind + " " + c.Name
	case event.Left:
		return "LEFT   " + kind + " " + c.Name + ": " + c.Reason
	}
	return ""
}
