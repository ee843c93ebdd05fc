package steps

import (
	"encoding/json"
	"time"

	"agentcore-3lo/steps/engine"
)

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

// What a step tells the person is one of these, or a URL, a Plan or a Result.
type (
	// Note is a line, or several, to be wrapped.
	Note struct {
		Text   string
		Mender engine.ID // the step at which what it says can be mended; "" = none
	}
	// Verbatim is text whose lines must stay as they are: code, an exchange.
	Verbatim struct{ Text string }
	// Progress is the state of something that is being waited for.
	Progress struct{ Text string }
)
