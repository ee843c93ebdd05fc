// Package wire describes network traffic: HTTP exchanges, and the browser's visits
// to the listener. Neither contains a credential: an observer creates messages with
// NewRequest and NewResponse, which redact by the names of headers and fields, and
// calls Exchange.Redacted, which redacts by value, before it passes them on.
package wire

import (
	"errors"
	"strings"
	"time"
)

// Party is one end of an exchange.
type Party string

// The parties of a walkthrough.
const (
	Browser  Party = "browser"
	Program  Party = "program"
	Gateway  Party = "gateway"
	Identity Party = "identity" // AgentCore Identity: credential providers and consents
	Vendor   Party = "vendor"   // the identity provider and its API
	AWS      Party = "aws"      // every other service
)

// PartyOf returns the party that answers an operation, by the names that the
// AWS SDK uses ("Bedrock AgentCore", "CompleteResourceTokenAuth").
func PartyOf(service, operation string) Party {
	switch {
	case service == "gateway":
		return Gateway
	case service == "Bedrock AgentCore",
		strings.Contains(operation, "Oauth2CredentialProvider"),
		strings.Contains(operation, "WorkloadIdentity"):
		return Identity
	}
	return AWS
}

// Exchange is one HTTP request and its answer.
type Exchange struct {
	From, To  Party
	Service   string // "STS", "IAM", "Cognito Identity Provider", "token endpoint", "gateway", ...
	Operation string // "CreateGateway", "tools/call", ...
	Status    int    // HTTP status; 0 = no answer
	RequestID string // AWS's; "" = not in the answer
	Started   time.Time
	Took      time.Duration // until the first byte of the answer
	Request   Message
	Response  Message // the zero value without an answer
	Err       error   // why there is no answer
	Inferred  bool    // concluded from other exchanges, not observed
}

// Message is a request or an answer without secrets.
type Message struct {
	Method string   `json:"method,omitempty"` // of a request
	URL    string   `json:"url,omitempty"`    // of a request
	Header []Header `json:"header,omitempty"` // those that matter, in a fixed order
	Body   string   `json:"body,omitempty"`   // text, JSON, XML or a form; a note in brackets for the rest
}

// Header is one line of a message's header.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Arrival is one request of the browser to the listener.
type Arrival struct {
	Kind    string `json:"kind"`              // "known", "unknown", ...: callback.ArrivalKind
	Code    string `json:"code,omitempty"`    // the OAuth error that came with it; "" = none
	Session string `json:"session,omitempty"` // the session's label; "" = none of ours
	// Time is when it came, and URL the return URL, without what the browser added.
	Time time.Time `json:"time,omitzero"`
	URL  string    `json:"url,omitempty"`
	// Status is the HTTP status of the answer; 0 = not answered yet. MS is how long
	// the browser waited for it, in milliseconds.
	Status int   `json:"status,omitempty"`
	MS     int64 `json:"ms,omitempty"`
}

// maxBody is the length in bytes above which a body is cut.
const maxBody = 64 << 10

// Redacted returns the exchange with all its text passed through redact and its
// bodies cut to 64 KiB. Redact comes first, so that no secret is cut in half.
func (e Exchange) Redacted(redact func(string) string) Exchange {
	e.Request, e.Response = e.Request.redacted(redact), e.Response.redacted(redact)
	if e.Err != nil {
		if clean := redact(e.Err.Error()); clean != e.Err.Error() {
			e.Err = errors.New(clean)
		}
	}
	return e
}

func (m Message) redacted(redact func(string) string) Message {
	m.URL = redact(m.URL)
	header := make([]Header, len(m.Header))
	for i, h := range m.Header {
		header[i] = Header{h.Name, redact(h.Value)}
	}
	m.Header = header
	m.Body = redact(m.Body)
	if len(m.Body) > maxBody {
		m.Body = strings.ToValidUTF8(m.Body[:maxBody], "") + "\n[cut after 64 KiB]"
	}
	return m
}
