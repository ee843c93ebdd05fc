package callback

import "strings"

// Refusal is the meaning of the OAuth error in a redirect.
type Refusal string

// The meanings of an error.
const (
	RefusalDeclined     Refusal = "declined"      // the user refused
	RefusalMissingScope Refusal = "missing scope" // the app may not request a scope
	RefusalOther        Refusal = ""              // the identity provider or the app's configuration
)

// RefusedError is the OAuth error of a redirect (RFC 6749 section 4.1.2.1). Both
// texts come from the identity provider; they are neutralized and limited in length.
type RefusedError struct {
	Code        string // such as access_denied
	Description string // may be empty
	Meaning     Refusal
}

// Error says what the page in the browser says, and quotes the code and the
// description.
func (e *RefusedError) Error() string {
	said := e.Code
	if e.Description != "" {
		said += " (" + e.Description + ")"
	}
	switch e.Meaning {
	case RefusalDeclined:
		return "consent was not given: " + said
	case RefusalMissingScope:
		return "the app is missing a permission: " + said
	}
	return "the identity provider reported an error: " + said
}

// Declined reports whether the user refused.
func (e *RefusedError) Declined() bool { return e.Meaning == RefusalDeclined }

// meaning returns the meaning of a code of RFC 6749 section 4.1.2.1, or what classify
// returns for any other code. classify may be nil.
func meaning(code string, classify func(string) Refusal) Refusal {
	switch {
	case strings.EqualFold(code, "access_denied"):
		return RefusalDeclined
	case strings.EqualFold(code, "invalid_scope"):
		return RefusalMissingScope
	case classify != nil:
		return classify(code)
	}
	return RefusalOther
}
