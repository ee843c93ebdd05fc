package secret

import (
	"strings"

	"agentcore-3lo/internal/pattern"
)

// Forms describe the client IDs and client secrets of one vendor. A vendor may
// change a form that it does not publish, so a value is refused only if it clearly
// has the wrong form. A form that is nil or "" is not checked.
type Forms struct {
	ID          *pattern.Pattern // a whole ID
	IDStart     *pattern.Pattern // an ID that is cut off
	IDLength    int              // characters
	Secret      *pattern.Pattern // a whole secret
	SecretStart string           // prefix of every secret
	Place       string           // where the vendor's app shows them ("the Auth tab")
}

// ClientID returns the client ID in raw, or an *Error.
func (f Forms) ClientID(raw []byte) (string, error) {
	id, err := f.clean(raw, "client ID")
	if err != nil {
		return "", err
	}
	switch {
	case f.startsAsSecret(id):
		return "", problem(Swapped, "this is a client secret; the client ID is above it in %s", f.Place)
	case matches(f.IDStart, id):
		return "", problem(CutOff, "the client ID has %d characters instead of %d; copy all of it", len(id), f.IDLength)
	case len(id) > maxID:
		return "", problem(TooLong, "the client ID is longer than AgentCore accepts (%d characters)", maxID)
	}
	return id, nil
}

// ClientSecret returns the client secret in raw, or an *Error. id is the client ID
// that it belongs to; "" = unknown.
func (f Forms) ClientSecret(raw []byte, id string) (string, error) {
	secret, err := f.clean(raw, "client secret")
	if err != nil {
		return "", err
	}
	switch {
	case secret == id, matches(f.ID, secret):
		return "", problem(Swapped, "this is a client ID; the client secret is below it in %s", f.Place)
	case f.startsAsSecret(secret) && escape.MatchString(secret):
		return "", problem(Escaped, "the client secret is URL-encoded; copy it from %s", f.Place)
	case f.startsAsSecret(secret) && !matches(f.Secret, secret):
		return "", problem(CutOff, "the client secret is cut off; copy all of it, to its end")
	case len(secret) > maxSecret:
		return "", problem(TooLong, "the client secret is longer than AgentCore accepts (%d characters)", maxSecret)
	}
	return secret, nil
}

func (f Forms) startsAsSecret(s string) bool {
	return f.SecretStart != "" && strings.HasPrefix(s, f.SecretStart)
}

// holdsBoth reports whether s is an ID and a secret, as in HTTP Basic
// authentication.
func (f Forms) holdsBoth(s string) bool {
	end := strings.IndexAny(s, ":,;/| \t")
	return end > 0 && matches(f.ID, s[:end]) && strings.Trim(s[end:], ":,;/| \t") != ""
}

func matches(form *pattern.Pattern, s string) bool { return form != nil && form.MatchString(s) }
