package ui

import (
	"strings"

	"agentcore-3lo/steps/engine"
)

// choiceKeys are the keys of the choices, by their IDs. A choice that is not
// listed, such as a number in a list, is its own key.
var choiceKeys = map[engine.Answer]string{
	engine.Yes:      "y",
	engine.No:       "n",
	"open":          "o",
	"skip":          "n",
	"use":           "y",
	"other":         "n",
	"simulate":      "i",
	"myself":        "n",
	"new-link":      "f",
	"decline":       "d",
	"browser-error": "b",
	"again":         "a",
	"connect":       "e",
	"cleanup":       "x",
	"none":          "0",
}

// KeyOf returns the key of a choice.
func KeyOf(id engine.Answer) string {
	if key, listed := choiceKeys[id]; listed {
		return key
	}
	return string(id)
}

// Options are the choices of a question.
func Options(q engine.Question) []engine.Choice {
	if q.Kind == engine.Confirm {
		return []engine.Choice{{ID: engine.Yes, Label: "yes"}, {ID: engine.No, Label: "no"}}
	}
	return q.Choices
}

// ChoiceFor returns the choice of a key.
func ChoiceFor(q engine.Question, key string) (id engine.Answer, ok bool) {
	for _, c := range Options(q) {
		if KeyOf(c.ID) == key {
			return c.ID, true
		}
	}
	return "", false
}

// TypedChoice returns the choice that a typed line means, by its key or its ID,
// or else the line itself.
func TypedChoice(q engine.Question, line string) engine.Answer {
	word := line
	if q.Kind == engine.Confirm {
		word = strings.ToLower(line)
	}
	if id, ok := ChoiceFor(q, word); ok {
		return id
	}
	for _, c := range Options(q) {
		if string(c.ID) == word {
			return c.ID
		}
	}
	return engine.Answer(line)
}
