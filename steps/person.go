package steps

import (
	"context"
	"encoding/json"
	"time"
)

// Person is whoever sits in front: a front end implements it once, through the
// runner.
type Person interface {
	// Ask puts a question and waits. It ends with its context: a question can
	// be withdrawn.
	Ask(context.Context, Question) (Answer, error)
	// Tell shows something and returns when it has been shown.
	Tell(Note)
}

// Answer is what the person typed or chose.
type Answer string

// Kind is the manner of a question.
type Kind string

const (
	Confirm Kind = "confirm" // "y" or not
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
	// there ("--client-id or LINKEDIN_CLIENT_ID").
	Answers string
	Yes     bool   // --yes answers it with "y"
	Back    Answer // what esc means; "" = nothing
	Final   bool   // nothing waits for the answer: leaving means the default
	// Waits marks a question that something else may settle: with nobody to
	// ask, it is simply waited for.
	Waits bool
	// Facts carry what an automatic person needs to act: URLs and ids.
	Facts map[string]string
}

// Choice is one way to answer a menu.
type Choice struct {
	Key   Answer
	Label string
}

// Purpose says what a URL is for.
type Purpose string

const (
	PurposePortal    Purpose = "portal"
	PurposeRegister  Purpose = "register"
	PurposeConsent   Purpose = "consent"
	PurposeRoundTrip Purpose = "round-trip"
)

// URL is an address for the person.
type URL struct {
	Purpose  Purpose
	URL      string
	Expires  time.Time // zero: does not expire
	Warnings []string  // what looks wrong about it
	Host     string
	Open     string // what a browser is to open instead; "" = the URL itself
	Asks     string // which server asks, and its message, neutralised
	Far      string // how a browser on another machine comes back; "" = it is here
}

// Lasts says that the address is of use also after its step.
func (u URL) Lasts() bool { return u.Purpose == PurposeRegister || u.Purpose == PurposePortal }

// Result is what the tool answered.
type Result struct {
	Tool      string
	JSON      json.RawMessage // the tool's text, where it is JSON
	Profile   map[string]any  // the same, where it is an object
	Text      string
	Beside    string // what the tool answered beside the profile
	RequestID string
	Request   string // headers and body, the bearer redacted
	Response  string
}

// Note is something to show. Exactly one of its parts is set.
type Note struct {
	Text   string // one line or several, to be wrapped
	Mender ID     // with Text: the step at which it can be mended
	Raw    string // several lines that must stay as they are: code, JSON
	Wait   string // the state of something that is being waited for
	URL    *URL
	Plan   *Plan
	Result *Result
	Lesson *Lesson
}

// Answerer answers a question beforehand: from flags, the environment, or by
// simulating a person. ok is false when it has no answer.
type Answerer func(context.Context, Question) (a Answer, ok bool, err error)
