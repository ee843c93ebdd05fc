package engine

import (
	"cmp"
	"context"
	"strings"
)

// Person is the person at the front end, as a step sees them.
type Person interface {
	// Ask puts a question and waits. It ends with its context: a question can
	// be withdrawn.
	Ask(context.Context, Question) (Answer, error)
	// Tell shows something, the body of an event, and returns when it has been
	// shown.
	Tell(body any)
}

// Answer is what the person typed, or the ID of the choice they made.
type Answer string

// The answers to a Confirm question.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Kind is the manner of a question.
type Kind string

// The kinds of question.
const (
	Confirm Kind = "confirm" // Yes or No
	Text    Kind = "text"    // a line
	Pause   Kind = "pause"   // Enter when something has been done elsewhere
	Menu    Kind = "menu"    // one of Choices, or a line that Check accepts
)

// Question is put to the person. Its name is that of the flag or variable that
// answers it beforehand.
type Question struct {
	Name    string
	Kind    Kind
	Prompt  string
	Help    []string
	Secret  bool
	Default Answer // what Enter means; "" = Enter is no answer
	Choices []Choice
	Check   func(Answer) error // nil = anything goes
	// Answers says how to answer beforehand, for the message when nobody is
	// there (an option, or a variable of the environment).
	Answers string
	Yes     bool   // --yes answers it with Yes
	Back    Answer // what going back means; "" = nothing
	Final   bool   // nothing waits for the answer: leaving means the default
	// Waits marks a question that something else may settle: with nobody to
	// ask, it is simply waited for.
	Waits bool
	// Facts carry what an automatic person needs to act: URLs and ids.
	Facts map[string]string
}

// Choice is one way to answer a menu. Which key stands for it is the front
// end's business.
type Choice struct {
	ID    Answer // a word, or its number in a list, from 1
	Label string
	Note  string // what is to know about it, beside the label
	Other Answer // what else can be done with it, such as cleaning it up; "" = nothing
}

// Words are the label and the note on one line.
func (c Choice) Words() string {
	if c.Note == "" {
		return c.Label
	}
	return c.Label + ": " + c.Note
}

// Answerer answers a question beforehand: from flags, the environment, or by
// simulating a person. ok is false when it has no answer.
type Answerer func(context.Context, Question) (a Answer, ok bool, err error)

// NeedsPerson says that questions have no answer and nobody is there to ask.
type NeedsPerson struct{ Questions []Question }

// OwnWords marks an error that is shown in its own words.
func (e NeedsPerson) OwnWords() {}

func (e NeedsPerson) Error() string {
	var names []string
	for _, q := range e.Questions {
		names = append(names, cmp.Or(q.Name, q.Prompt))
	}
	return "nobody is there to answer: " + strings.Join(names, ", ")
}

// RefusedAnswer says that an answer that was given beforehand is none.
type RefusedAnswer struct {
	Question Question
	Err      error
}

func (e RefusedAnswer) Error() string { return "reading " + e.Question.Name + ": " + e.Err.Error() }
func (e RefusedAnswer) Unwrap() error { return e.Err }
