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

// maxExcerpt is how many bytes of an answer that is not JSON-RPC are kept.
const maxExcerpt = 500

// Error is any answer other than a result or a valid elicitation. Its text is one
// line with the server's own words, so neutralize it before it reaches a terminal.
type Error struct {
	Code       int // JSON-RPC; 0 = the answer was not JSON-RPC
	Message    string
	Data       json.RawMessage // of a JSON-RPC error; nil = none
	Status     int             // HTTP
	RequestID  string          // AWS's
	RetryAfter time.Duration
	Body       string // excerpt of an answer that was not JSON-RPC, one line
	Exchange   Exchange

	cause   error // the problem with the answer; nil = a JSON-RPC error
	context string
}

// Error describes the answer in one line.
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

// Unwrap returns what interrupted the answer, such as a context error.
func (e *Error) Unwrap() error { return e.cause }

// Broken reports whether the answer is incomplete.
func (e *Error) Broken() bool { return errors.Is(e.cause, errBroken) }

// Foreign reports whether the answer was not JSON-RPC, or not for this request. It
// may not come from the gateway.
func (e *Error) Foreign() bool { return e.cause != nil && !e.Broken() }

// Words is the server's text without its code and status.
func (e *Error) Words() string { return strings.TrimSpace(e.Message + " " + e.Body) }

// TransportError says that there is no answer: the connection failed or was lost.
type TransportError struct{ Err error }

func (e *TransportError) Error() string { return "calling the gateway: " + e.Err.Error() }

// Unwrap returns the transport's error.
func (e *TransportError) Unwrap() error { return e.Err }

// judge turns an answer into a result, an elicitation or an Error. The body counts
// more than the status: the gateway sends elicitations with 200 and with 401.
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
		failure.Code, failure.Message, failure.Data = m.Error.Code, m.Error.Message, m.Error.Data
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

// foreign describes an answer that is not JSON-RPC: by its message if it is JSON of
// another AWS service, otherwise by its status.
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

// target names the host of a redirect, which distinguishes a captive portal from a
// mistyped URL.
func target(location string) string {
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		return " to " + u.Host
	}
	return ""
}

// retryAfter reads the header of RFC 9110 section 10.2.3: seconds or a date.
// 0 = none that can be read.
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

// oneLine joins the words of s with single spaces and replaces unprintable
// characters.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
