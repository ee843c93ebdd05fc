package mcp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxExcerpt is how many bytes of an answer that is no JSON-RPC are kept.
const maxExcerpt = 500

// Error is everything that the server said other than a result or a valid
// elicitation. Its text is one line; what came from the server is in it as it
// came, so neutralise it before it reaches a terminal.
type Error struct {
	Code       int // JSON-RPC; 0 when the answer was none
	Message    string
	Status     int    // HTTP
	RequestID  string // Amazon's
	RetryAfter time.Duration
	Body       string // excerpt of an answer that was not JSON-RPC, one line
	Exchange   Exchange

	cause   error // what was wrong with the answer, nil for an error of JSON-RPC
	context string
}

// Error says in one line what came back.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("the gateway answered ")
	if e.Code != 0 {
		fmt.Fprintf(&b, "error %d: ", e.Code)
	}
	b.WriteString(oneLine(cmp.Or(e.Message, e.Body, "nothing")))
	if e.context != "" {
		b.WriteString("; " + e.context)
	}
	fmt.Fprintf(&b, " (HTTP %d", e.Status)
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", retry after %s", e.RetryAfter)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, ", request id %s", oneLine(e.RequestID))
	}
	b.WriteString(")")
	return b.String()
}

// Unwrap leads to what cut the answer short, such as the context's end.
func (e *Error) Unwrap() error { return e.cause }

// Broken reports whether the answer broke off half-way.
func (e *Error) Broken() bool { return errors.Is(e.cause, errBroken) }

// Foreign reports whether the answer was not JSON-RPC, or not to this request:
// something else than the gateway may have answered.
func (e *Error) Foreign() bool { return e.cause != nil && !e.Broken() }

// Words is all that the server said, its code and status left out.
func (e *Error) Words() string { return strings.TrimSpace(e.Message + " " + e.Body) }

// TransportError says that no answer came: the connection failed or was cut off.
type TransportError struct{ Err error }

func (e *TransportError) Error() string { return "calling the gateway: " + e.Err.Error() }

// Unwrap leads to the transport's own error.
func (e *TransportError) Unwrap() error { return e.Err }

// judge turns an answer into a result, an elicitation or an Error. The body
// decides before the status does: the gateway has been seen to send an
// elicitation with 200 and with 401.
func judge(m *message, problem error, ex Exchange) (json.RawMessage, error) {
	failure := &Error{Status: ex.Status, RequestID: ex.RequestID, Exchange: ex, cause: problem}
	failure.RetryAfter = retryAfter(ex.ResponseHeader.Get("Retry-After"), time.Now())
	switch {
	case problem != nil && ex.Status/100 == 3:
		failure.Message = "a redirect" + target(ex.ResponseHeader.Get("Location")) + ", which is not followed"
		failure.Body = excerpt(ex.Response)
		return nil, failure
	case problem != nil:
		failure.Message, failure.Body = foreign(problem, ex), excerpt(ex.Response)
		return nil, failure
	case m.Error != nil:
		failure.Code, failure.Message = m.Error.Code, m.Error.Message
		if m.Error.Code != codeElicitation {
			return nil, failure
		}
		list, err := elicitations(m.Error.Data)
		if err != nil {
			failure.context = err.Error()
			return nil, failure
		}
		return nil, &ElicitationError{Elicitations: list, Message: m.Error.Message, Exchange: ex}
	case ex.Status/100 != 2:
		failure.Message = "a result with a status that denies it"
		return nil, failure
	case string(m.Result) == "null":
		failure.Message = "an empty result"
		return nil, failure
	default:
		return m.Result, nil
	}
}

// foreign words an answer that is no JSON-RPC: by the message in it if it is
// the JSON of another part of AWS, else by its status.
func foreign(problem error, ex Exchange) string {
	var aws struct{ Message string }
	if json.Unmarshal(ex.Response, &aws) == nil && aws.Message != "" {
		return aws.Message
	}
	if ex.Status/100 == 2 {
		return problem.Error()
	}
	return cmp.Or(http.StatusText(ex.Status), "status "+strconv.Itoa(ex.Status))
}

// target names the host of a redirect, which is what tells a captive portal
// from a mistyped URL.
func target(location string) string {
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		return " to " + u.Host
	}
	return ""
}

// retryAfter reads the header of RFC 9110 section 10.2.3: seconds or a date.
// 0 stands for none that can be read.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 && seconds < 1<<20 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now).Round(time.Second))
	}
	return 0
}

func excerpt(body []byte) string {
	s := oneLine(string(body[:min(len(body), 4*maxExcerpt)]))
	if len(s) > maxExcerpt {
		s = strings.ToValidUTF8(s[:maxExcerpt], "") + "…"
	}
	return s
}

// oneLine joins the words of s by single spaces and marks what does not print.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
