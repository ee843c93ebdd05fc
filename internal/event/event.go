// Package event defines the events of a walkthrough as typed values. Front ends
// decide how each one looks.
package event

import (
	"encoding/json"
	"time"
)

// Fact is a named value, such as the account or the gateway's ID.
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

// Found is the state of a resource that differs from the desired one.
type Found string

// The states.
const (
	Gone     Found = "gone"     // it no longer exists, and is created again
	Failed   Found = "failed"   // it cannot be used, and is created again
	Deleting Found = "deleting" // someone is deleting it, and it is created again
	Altered  Found = "altered"  // it is updated
	Deleted  Found = "deleted"  // cleanup has verified that it no longer exists
	Left     Found = "left"     // cleanup could not remove or verify it
)

// Change is a resource that a step creates again, updates, deletes or leaves.
type Change struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	ID     string `json:"id,omitempty"`
	Found  Found  `json:"found"`
	Part   string `json:"part,omitempty"`   // what of it was altered ("trust policy"); "" = its settings
	Reason string `json:"reason,omitempty"` // in the service's words
}

// Note is one or more lines of text for the user.
type Note struct {
	Text string `json:"text"`
}

// List is several things under one heading.
type List struct {
	Heading string   `json:"heading"`
	Items   []string `json:"items"`
}

// Confirmed is something that was waited for and has happened.
type Confirmed struct {
	Text string `json:"text"`
}

// Diagnosis explains what somebody sees.
type Diagnosis struct {
	Cause  string `json:"cause"`
	Remedy string `json:"remedy"`
	Fix    string `json:"fix,omitempty"` // the step at which it can be fixed; "" = here
}

// Warning is one marked line about something unexpected.
type Warning struct {
	Text string `json:"text"`
}

// Verbatim is text that is never wrapped, such as code or an exchange.
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

// Link is a URL for the user.
type Link struct {
	Purpose  Purpose
	URL      string
	Expires  time.Time // zero: does not expire
	Warnings []string  // what looks wrong about it
	Host     string
	Open     string // the URL to open instead; "" = URL
	Asks     string // which server asks, and its message, neutralised
	Far      string // how a browser on another machine reaches the listener; "" = the browser is here
}

// Lasts reports whether the URL is still useful after its step.
func (l Link) Lasts() bool { return l.Purpose == Register || l.Purpose == Portal }

// Result is what the tool answered.
type Result struct {
	Tool      string
	JSON      json.RawMessage // the tool's text, where it is JSON
	Profile   map[string]any  // the same, where it is an object
	Private   []string        // fields of the profile that the mask hides
	Text      string
	Beside    string // text that the tool returned besides the profile
	RequestID string
	Request   string // headers and body, the access token redacted
	Response  string
}
