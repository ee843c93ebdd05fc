package ui

import (
	"slices"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

// Refusal says why an answer will not do; "" when it will.
func Refusal(q engine.Question, a engine.Answer) string {
	switch {
	case q.Kind == engine.Confirm && a == "":
		return "type y for yes or n for no; Enter alone is neither"
	case q.Kind == engine.Confirm && a != engine.Yes && a != engine.No:
		return "type y for yes or n for no"
	case q.Kind == engine.Menu && q.Check == nil:
		if !slices.ContainsFunc(q.Choices, func(c engine.Choice) bool { return c.ID == a }) {
			return "choose one of the keys shown"
		}
	case q.Check != nil:
		if err := q.Check(a); err != nil {
			return text.CleanLine(err.Error())
		}
	}
	return ""
}
