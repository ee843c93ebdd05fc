// Package callback is the loopback listener that finishes session binding. The
// browser comes back to it from AgentCore with the session's URN, and it
// completes that session if this process started it, once. It knows neither
// the steps nor AWS: it is given a function that completes a session.
//
// The rules are those of RFC 8252 sections 7.3 and 8.3 (loopback redirects) and
// of AWS's guide to session binding (devguide,
// oauth2-authorization-url-session-binding).
package callback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentcore-3lo/internal/loopback"
)

// DefaultPath is the path of the return URL, the tutorial's own.
const DefaultPath = "/oauth2/callback"

// Options configure a listener. Complete is required.
type Options struct {
	// ReturnURL is what the browser is sent to; ParseReturnURL says what it
	// may be. "" is http://localhost:<port>/oauth2/callback.
	ReturnURL string

	// Forwarded says that a proxy stands between browser and listener although
	// the return URL is on loopback. An https one always has one.
	Forwarded bool

	// Complete finishes session binding. It is called once per session,
	// again only after an error whose Temporary() is true.
	Complete func(ctx context.Context, session string) error

	// Earlier reports whether an unknown session belongs to an earlier
	// process of the same run. It gets a page of its own and is not completed.
	Earlier func(session string) bool

	// AcceptAny completes every well-formed session, started here or not.
	AcceptAny bool

	// StoreToken switches on POST /userIdentifier/token and the answers of
	// the tutorial's own server. Its error refuses the token.
	StoreToken func(token string) error

	CompleteTimeout time.Duration    // of one Complete; 0 is 30 s
	Now             func() time.Time // nil is time.Now
}

// retries reports whether a failure leaves a session open, because the next
// attempt may have another token.
func (o *Options) retries() bool { return o.AcceptAny || o.StoreToken != nil }

// Outcome says how a session ended.
type Outcome struct {
	Session string
	Err     error // nil when completed; a *RefusedError when refused
	Refused bool  // the person, or the vendor, said no
}

// ArrivalKind says what the browser brought.
type ArrivalKind string

// The kinds of arrivals.
const (
	ArrivalKnown     ArrivalKind = "known"     // a pending session: it is being completed
	ArrivalRepeated  ArrivalKind = "repeated"  // a session that is settled or being completed
	ArrivalRefused   ArrivalKind = "refused"   // a pending session, with an error
	ArrivalRetryable ArrivalKind = "retryable" // completing failed for now: a reload tries again
	ArrivalExpired   ArrivalKind = "expired"   // a session of ours, too late
	ArrivalEarlier   ArrivalKind = "earlier"   // a session of an earlier process
	ArrivalUnknown   ArrivalKind = "unknown"   // a session of somebody else
	ArrivalMalformed ArrivalKind = "malformed" // no session in it
	ArrivalBlocked   ArrivalKind = "blocked"   // no navigation of a browser to this listener
	ArrivalRoundTrip ArrivalKind = "roundtrip" // the link of RoundTrip
)

// Arrival says that something came to the return URL. It is news, not a
// verdict: Outcome is.
type Arrival struct {
	Kind    ArrivalKind
	Session string // ours only: a foreign one is not passed on
	Code    string // for ArrivalMalformed: the OAuth error that came without a session
	Err     error  // for ArrivalRetryable
}

// Why a session is not completed.
var (
	ErrMalformed      = errors.New("this is no redirect of AgentCore: it carries no session of the form that AgentCore gives")
	ErrUnknownSession = errors.New("this session was not started here")
	ErrEarlierSession = fmt.Errorf("%w, but by an earlier start of the same run", ErrUnknownSession)
	ErrExpired        = errors.New("this session has expired")
)

// ErrNoToken is what Complete returns when it has no token to complete a
// session with yet. The session stays open.
var ErrNoToken error = noTokenError{}

type noTokenError struct{}

func (noTokenError) Error() string   { return "no user token has been stored yet" }
func (noTokenError) Temporary() bool { return true }

// RefusedError is what the redirect said instead of consent (RFC 6749 section
// 4.1.2.1). Both texts are foreign, neutralised and bounded.
type RefusedError struct {
	Code        string // such as access_denied
	Description string // may be empty
}

// Error quotes the redirect.
func (e *RefusedError) Error() string {
	said := e.Code
	if e.Description != "" {
		said += " (" + e.Description + ")"
	}
	if e.Declined() {
		return "consent was refused: " + said
	}
	return "the identity provider reported an error: " + said
}

// Declined reports whether the person said no: access_denied (RFC 6749 section
// 4.1.2.1), or LinkedIn's codes for a press of Cancel. Any other error is the
// vendor's or the app's.
func (e *RefusedError) Declined() bool {
	return e.is("access_denied", "user_cancelled_login", "user_cancelled_authorize")
}

// MissingScope reports whether the app may not ask for a scope: invalid_scope
// (RFC 6749 section 4.1.2.1) or LinkedIn's unauthorized_scope_error.
func (e *RefusedError) MissingScope() bool { return e.is("invalid_scope", "unauthorized_scope_error") }

func (e *RefusedError) is(codes ...string) bool {
	return slices.Contains(codes, strings.ToLower(e.Code))
}

// PortTakenError says that another program listens on the port, on either IP
// family.
type PortTakenError struct {
	Port   int
	Holder string // such as "python3 (pid 4711)"; "" when not knowable
	// Reserved says that Windows keeps the port for itself, which no program can
	// change that is not an administrator's.
	Reserved bool
}

// Error names the port, and who holds it where that is known.
func (e *PortTakenError) Error() string {
	switch {
	case e.Reserved:
		return (&loopback.TakenError{Port: e.Port, Reserved: true}).Error()
	case e.Holder == "":
		return fmt.Sprintf("port %d is taken", e.Port)
	}
	return fmt.Sprintf("port %d is taken by %s", e.Port, e.Holder)
}

// temporary reports whether an error says of itself that it may pass.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
