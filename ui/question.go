package ui

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/steps/engine"
)

// RenderQuestion is what is written to put a question in plain lines.
func RenderQuestion(q engine.Question) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, h := range q.Help {
		fmt.Fprintf(&b, "  %s\n", h)
	}
	for _, c := range q.Choices {
		fmt.Fprintf(&b, "  %-4s %s\n", KeyOf(c.ID), c.Words())
	}
	return b.String() + Prompt(q)
}

// Prompt is the line on which a plain question is answered.
func Prompt(q engine.Question) string {
	hint := ""
	switch {
	case q.Kind == engine.Confirm && q.Default == engine.Yes:
		hint = " [Y/n]"
	case q.Kind == engine.Confirm && q.Default == engine.No:
		hint = " [y/N]"
	case q.Kind == engine.Confirm:
		hint = " [y/n]"
	case q.Kind == engine.Text && q.Default != "":
		hint = " [" + string(q.Default) + "]"
	case q.Secret:
		hint = " (not shown)"
	}
	if hint == "" && strings.HasSuffix(q.Prompt, "?") {
		return "? " + q.Prompt + " "
	}
	return "? " + q.Prompt + hint + ": "
}

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
