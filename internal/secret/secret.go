// Package secret reads client IDs and client secrets as people hand them over:
// from a file, a prompt, a paste or the environment. It cleans what no value
// can contain, and refuses what is not the value itself, before anything is
// created with it. No error repeats the value.
package secret

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"agentcore-3lo/internal/text"
)

// Problem names what is wrong with a value.
type Problem string

// The problems that are recognised.
const (
	Empty       Problem = "empty"
	Encoding    Problem = "encoding"
	Structured  Problem = "JSON or YAML"
	Lines       Problem = "several lines"
	Control     Problem = "control character"
	Assignment  Problem = "assignment"
	Label       Problem = "label"
	Quoted      Problem = "quoted"
	Reference   Problem = "reference"
	Placeholder Problem = "placeholder"
	Masked      Problem = "masked"
	Space       Problem = "space"
	NotASCII    Problem = "not ASCII"
	Swapped     Problem = "ID and secret swapped"
	Both        Problem = "ID and secret together"
	Other       Problem = "another credential"
	Escaped     Problem = "URL-encoded"
	CutOff      Problem = "cut off"
	TooLong     Problem = "too long"
)

// Error says why a value cannot be what was asked for, and what to do. It never
// holds the value.
type Error struct {
	Problem Problem
	Message string
}

func (e *Error) Error() string { return e.Message }

// The longest values in characters that AgentCore takes: ClientIdType and
// ClientSecretType of its API model (bedrock-agentcore-control, 2023-06-05).
const (
	maxID     = 256
	maxSecret = 2048
)

// ClientID returns the client ID that raw holds, or an *Error.
func ClientID(raw []byte) (string, error) {
	id, err := clean(raw, "client ID")
	if err != nil {
		return "", err
	}
	switch {
	case strings.HasPrefix(id, secretStart):
		return "", problem(Swapped, "this is a client secret; the client ID is above it in the Auth tab")
	case idStart.MatchString(id):
		return "", problem(CutOff, "the client ID has %d characters instead of 14; copy all of it", len(id))
	case len(id) > maxID:
		return "", problem(TooLong, "the client ID is longer than AgentCore accepts (%d characters)", maxID)
	}
	return id, nil
}

// ClientSecret returns the client secret that raw holds, or an *Error. id is
// the client ID it belongs to, "" if unknown.
func ClientSecret(raw []byte, id string) (string, error) {
	secret, err := clean(raw, "client secret")
	if err != nil {
		return "", err
	}
	switch {
	case secret == id, idForm.MatchString(secret):
		return "", problem(Swapped, "this is a client ID; the client secret is below it in the Auth tab")
	case strings.HasPrefix(secret, secretStart) && escape.MatchString(secret):
		return "", problem(Escaped, "the client secret is URL-encoded; copy it from the Auth tab")
	case strings.HasPrefix(secret, secretStart) && !secretForm.MatchString(secret):
		return "", problem(CutOff, "the client secret is cut off; copy all of it, to its end")
	case len(secret) > maxSecret:
		return "", problem(TooLong, "the client secret is longer than AgentCore accepts (%d characters)", maxSecret)
	}
	return secret, nil
}

func problem(p Problem, format string, args ...any) error {
	return &Error{p, fmt.Sprintf(format, args...)}
}

// clean removes what surrounds a value unseen, and refuses what is no value.
func clean(raw []byte, what string) (string, error) {
	value, err := text.Decode(raw)
	switch {
	case errors.Is(err, text.ErrUTF32):
		return "", problem(Encoding, "the %s is encoded as UTF-32; save it as UTF-8", what)
	case err != nil:
		return "", problem(Encoding, "the %s is encoded neither as UTF-8 nor as UTF-16, or is no text; save it as UTF-8", what)
	}
	value = strings.TrimSpace(strings.Map(visible, value))
	if value == "" {
		return "", problem(Empty, "the %s is empty", what)
	}
	for _, check := range checks {
		if check.finds(value) {
			return "", problem(check.problem, check.message, what)
		}
	}
	for _, r := range value { // RFC 6749, appendix A: an ID or secret is printable ASCII
		if r > unicode.MaxASCII {
			return "", problem(NotASCII, "the %s contains a character outside ASCII (U+%04X); copy it again", what, r)
		}
	}
	return value, nil
}

// visible drops the characters that have no shape: byte order marks, zero
// width characters, marks for writing direction.
func visible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return -1
	}
	return r
}
