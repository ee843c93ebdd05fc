// Package callback is the loopback listener that completes session binding.
// AgentCore redirects the browser to it with the session's URN, and the listener
// completes that session once, if this process started it. The package knows
// neither the steps nor AWS: it is given a function that completes a session.
//
// The rules are those of RFC 8252 sections 7.3 and 8.3 (loopback redirects) and
// of AWS's guide to session binding (devguide,
// oauth2-authorization-url-session-binding).
package callback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentcore-3lo/internal/loopback"
)

// DefaultPath is the default path of the return URL, the one that the tutorial uses.
const DefaultPath = "/oauth2/callback"

// Options configure a listener. Complete is required.
type Options struct {
	// ReturnURL is where AgentCore redirects the browser. ParseReturnURL checks
	// it. Default: http://localhost:<port>/oauth2/callback.
	ReturnURL string

	// Forwarded says that a proxy forwards to the listener although the return
	// URL is on loopback. An https return URL always implies a proxy.
	Forwarded bool

	// Complete completes session binding. It is called once per session, and
	// again only after an error whose Temporary method returns true.
	Complete func(ctx context.Context, session string) error

	// Classify returns the meaning of an error code that RFC 6749 does not define.
	// Default: RefusalOther.
	Classify func(code string) Refusal

	// Earlier reports whether an unknown session belongs to an earlier
	// process of the same run. Such a session is not completed; the browser gets
	// a page that explains why.
	Earlier func(session string) bool

	// AcceptAny completes every well-formed session, started here or not.
	AcceptAny bool

	// StoreToken enables POST /userIdentifier/token, and with it the status codes
	// of the tutorial's server. An error rejects the token.
	StoreToken func(token string) error

	CompleteTimeout time.Duration    // of one call of Complete; default 30 s
	Now             func() time.Time // default time.Now
}

// retries reports whether a session stays open after a failure, because another
// token may be stored before the next attempt.
func (o *Options) retries() bool { return o.AcceptAny || o.StoreToken != nil }

// Outcome is how a session ended.
type Outcome struct {
	Session string
	Err     error // nil when completed; a *RefusedError when refused
	Refused bool  // by the user or by the identity provider
}

// ArrivalKind classifies a request to the return URL.
type ArrivalKind string

// The kinds of arrivals.
const (
	ArrivalKnown     ArrivalKind = "known"     // a pending session, which is now being completed
	ArrivalRepeated  ArrivalKind = "repeated"  // a session that is ended or already being completed
	ArrivalRefused   ArrivalKind = "refused"   // a pending session, with an OAuth error
	ArrivalRetryable ArrivalKind = "retryable" // the session could not be completed yet; a reload retries
	ArrivalExpired   ArrivalKind = "expired"   // a session of this process that has expired
	ArrivalEarlier   ArrivalKind = "earlier"   // a session of an earlier process of this run
	ArrivalUnknown   ArrivalKind = "unknown"   // a session that this run did not start
	ArrivalMalformed ArrivalKind = "malformed" // no valid session
	ArrivalBlocked   ArrivalKind = "blocked"   // not a browser navigation to this listener
	ArrivalRoundTrip ArrivalKind = "roundtrip" // the link that RoundTrip returned
	ArrivalAnswered  ArrivalKind = "answered"  // the answer to an earlier arrival of the session
)

// Arrival is a request to the return URL. It is informational: Outcome says how a
// session ended.
type Arrival struct {
	Kind    ArrivalKind
	Session string        // only if this process started it; else ""
	Code    string        // the OAuth error code, if the redirect had one
	Err     error         // for ArrivalRetryable
	Time    time.Time     // of the report
	Status  int           // the HTTP status of the answer; 0 = ArrivalAnswered follows
	Took    time.Duration // until the answer
}

// The reasons why a session is not completed.
var (
	ErrMalformed      = errors.New("this is not a redirect from AgentCore: it has no valid session_id")
	ErrUnknownSession = errors.New("this process did not start this session")
	ErrEarlierSession = fmt.Errorf("%w; an earlier process of the same run did", ErrUnknownSession)
	ErrExpired        = errors.New("this session has expired")
)

// ErrNoToken is what Complete returns while no user token has been stored. The
// session stays open.
var ErrNoToken error = noTokenError{}

type noTokenError struct{}

func (noTokenError) Error() string   { return "no user token has been stored yet" }
func (noTokenError) Temporary() bool { return true }

// PortTakenError says that another program listens on the port, on IPv4 or IPv6.
type PortTakenError struct {
	Port int
	// Reserved says that Windows reserves the port. Only an administrator can
	// change that.
	Reserved bool
}

// Error names the port, and the program that holds it at this moment, such as
// "python3 (pid 4711)", if known.
func (e *PortTakenError) Error() string {
	if e.Reserved {
		return (&loopback.TakenError{Port: e.Port, Reserved: true}).Error()
	}
	if program := loopback.ListeningProgram(e.Port); program != "" {
		return fmt.Sprintf("port %d is taken by %s", e.Port, program)
	}
	return fmt.Sprintf("port %d is taken", e.Port)
}

// temporary reports whether an error declares itself temporary.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
