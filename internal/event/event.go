// Package event has what happens in a walkthrough, as typed values. Front ends
// decide how each of them looks; nothing else reaches them.
package event

import (
	"encoding/json"
	"time"
)

// Fact is something that is true from now on and has a name: an account, the
// gateway's ID.
type Fact struct {
	Label   string `json:"label"`
	Value   string `json:"value"`
	Note    string `json:"note,omitempty"`    // where it comes from, or what is special about it; "" = nothing
	Private bool   `json:"private,omitempty"` // the mask hides it
}

// Progress is the state of something that is being waited for.
type Progress struct {
	What  string `json:"what"`            // "gateway"
	State string `json:"state,omitempty"` // "CREATING"; "" = What says it all
}

// Found says in which state a resource was found that is not as it should be.
type Found string

// What a step finds and puts right.
const (
	Gone     Found = "gone"     // it existed, and is created again
	Failed   Found = "failed"   // it cannot be used, and is created again
	Deleting Found = "deleting" // somebody deletes it, and it is created again
	Altered  Found = "altered"  // it is updated
	Deleted  Found = "deleted"  // cleanup has verified that it no longer exists
	Left     Found = "left"     // cleanup could not remove or verify it
)

// Change is what a step does about a resource.
type Change struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	ID     string `json:"id,omitempty"`
	Found  Found  `json:"found"`
	Part   string `json:"part,omitempty"`   // what of it was altered ("trust policy"); "" = its settings
	Reason string `json:"reason,omitempty"` // as the service put it
}

// Note is a sentence, or several lines, for the person.
type Note struct {
	Text string `json:"text"`
	Fix  string `json:"fix,omitempty"` // the step at which what it says can be fixed; "" = none
}

// Warning is one line with a mark: something that may surprise.
type Warning struct {
	Text string `json:"text"`
}

// Verbatim is text whose lines must stay as they are: code, an exchange.
type Verbatim struct{ Text string }

// Purpose says what a link is for.
type Purpose string

// The purposes of links.
const (
	Portal    Purpose = "portal"
	Register  Purpose = "register"
	Consent   Purpose = "consent"
	RoundTrip Purpose = "round-trip"
)

// Link is an address for the person.
type Link struct {
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
func (l Link) Lasts() bool { return l.Purpose == Register || l.Purpose == Portal }

// Result is what the tool answered.
type Result struct {
	Tool      string
	JSON      json.RawMessage // the tool's text, where it is JSON
	Profile   map[string]any  // the same, where it is an object
	Text      string
	Beside    string // what the tool answered beside the profile
	RequestID string
	Request   string // headers and body, the access token redacted
	Response  string
}
