// Package secret reads client IDs and client secrets as users enter them: in a
// file, a prompt, a paste or an environment variable. It removes invisible
// characters, and refuses anything that cannot be the bare value before it is used.
// No error repeats the value.
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

// The problems.
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

// Error says what is wrong with a value, and what to do. It never contains the
// value.
type Error struct {
	Problem Problem
	Message string
}

func (e *Error) Error() string { return e.Message }

// The longest values in characters that AgentCore accepts: ClientIdType and
// ClientSecretType of its API model (bedrock-agentcore-control, 2023-06-05).
const (
	maxID     = 256
	maxSecret = 2048
)

func problem(p Problem, format string, args ...any) error {
	return &Error{p, fmt.Sprintf(format, args...)}
}

// clean removes invisible characters and refuses anything but a bare value.
func (f Forms) clean(raw []byte, what string) (string, error) {
	value, err := text.Decode(raw)
	switch {
	case errors.Is(err, text.ErrUTF32):
		return "", problem(Encoding, "the %s is encoded as UTF-32; save it as UTF-8", what)
	case err != nil:
		return "", problem(Encoding, "the %s is encoded neither as UTF-8 nor as UTF-16, or is not text; save it as UTF-8", what)
	}
	value = strings.TrimSpace(strings.Map(visible, value))
	if value == "" {
		return "", problem(Empty, "the %s is empty", what)
	}
	if f.holdsBoth(value) && !severalLines(value) && !control(value) {
		return "", problem(Both, "there are an ID and a secret here; give the %s alone", what)
	}
	for _, check := range checks {
		if check.finds(value) {
			return "", problem(check.problem, check.message, check.args(what, f.Place)...)
		}
	}
	for _, r := range value { // RFC 6749, appendix A: an ID or secret is printable ASCII
		if r > unicode.MaxASCII {
			return "", problem(NotASCII, "the %s contains a character outside ASCII (U+%04X); copy it again", what, r)
		}
	}
	return value, nil
}

// visible drops invisible characters: byte order marks, zero width characters,
// marks for writing direction.
func visible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return -1
	}
	return r
}
