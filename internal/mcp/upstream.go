package mcp

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentcore-3lo/internal/pattern"
)

// Upstream is the answer of the API behind a tool, as far as the tool's text shows
// it. The zero value means that nothing is known.
type Upstream struct {
	Status     int    // HTTP, 400 to 599; 0 = unknown
	Code       string // such as REVOKED_ACCESS_TOKEN
	Message    string // in the API's own words
	RetryAfter time.Duration
}

// ToolError is a tool result that is not a success: it has isError, or it is an error
// of the API without isError, or it is empty.
type ToolError struct {
	Result   Result
	Upstream Upstream
	Empty    bool
}

// Error quotes the answer in one line.
func (e *ToolError) Error() string {
	if e.Empty {
		return "the tool returned an empty result"
	}
	return "the tool answered: " + excerpt([]byte(e.Result.Text))
}

// Failure returns the error in a result, or nil. The API's answer may be the text,
// part of a sentence, or structuredContent.
func (r Result) Failure() error {
	var up Upstream
	isError := r.IsError
	for _, body := range append(append([]string{}, r.texts...), string(r.Structured)) {
		found, says := readUpstream(body)
		if up.Status == 0 && up.Code == "" && up.Message == "" {
			up = found
		}
		isError = isError || says
	}
	switch text := strings.TrimSpace(r.Text); {
	case isError:
		return &ToolError{Result: r, Upstream: up}
	case text == "" || text == "null" || text == "{}":
		return &ToolError{Result: r, Empty: true}
	}
	return nil
}

// saysError matches texts that are errors without being marked as such: an
// exception's name, as in "OpenAPIClientException - Error executing HTTP
// request: …", a proxy's page, and the gateway's opaque sentence (AgentCore
// developer guide, gateway-debug-messages).
var saysError = pattern.New(`(?i)^\s*(<!doctype html|<html|an internal error occurred)|^\s*[a-z.]*(exception|error)\b`)

// readUpstream reads the API's answer in a text. isError says that the text is an
// error even if the result is not marked as one.
func readUpstream(body string) (up Upstream, isError bool) {
	var whole map[string]any
	if json.Unmarshal([]byte(body), &whole) == nil {
		if isError = errorBody(whole); isError {
			up.fill(whole, 0)
		}
		return up, isError
	}
	body = body[:min(len(body), maxText)]
	isError = saysError.MatchString(body)
	if object := embeddedObject(body); object != nil {
		up.fill(object, 0)
		isError = isError || errorBody(object)
	}
	up.fillFromWords(body)
	return up, isError
}

// errorBody recognizes an error of an API: one vendor's form
// (learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling), that
// of OAuth (RFC 6749 section 5.2, RFC 6750 section 3.1) and of API gateways. A
// profile always has "sub" (OpenID Connect Core 1.0, section 5.3.2).
func errorBody(object map[string]any) bool {
	if object["sub"] != nil {
		return false
	}
	for _, name := range []string{"error", "errors", "errorCode", "serviceErrorCode", "__type"} {
		if object[name] != nil {
			return true
		}
	}
	for _, name := range statusNames {
		if httpStatus(object[name]) != 0 {
			return true
		}
	}
	message := object["message"] != nil || object["Message"] != nil
	return message && (len(object) == 1 || object["code"] != nil || object["requestId"] != nil)
}

var (
	statusNames  = []string{"status", "statusCode", "status_code", "httpStatus", "httpStatusCode", "code"}
	codeNames    = []string{"code", "error", "__type", "errorCode", "serviceErrorCode"}
	messageNames = []string{"message", "Message", "error_description", "errorMessage", "detail", "title"}
)

// fill reads an object, and then the objects nested in it.
func (u *Upstream) fill(object map[string]any, depth int) {
	for _, name := range statusNames {
		if u.Status == 0 {
			u.Status = httpStatus(object[name])
		}
	}
	for _, name := range codeNames {
		if code, ok := object[name].(string); ok && u.Code == "" && httpStatus(code) == 0 && !strings.ContainsAny(code, " {") {
			u.Code = code
		}
	}
	for _, name := range messageNames {
		if message, ok := object[name].(string); ok && u.Message == "" {
			u.Message = message
		}
	}
	if depth > 3 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch inner := object[name].(type) {
		case map[string]any:
			u.fill(inner, depth+1)
		case []any:
			for _, item := range inner {
				if one, ok := item.(map[string]any); ok {
					u.fill(one, depth+1)
				}
			}
		case string:
			if one := embeddedObject(inner); one != nil {
				u.fill(one, depth+1)
			}
		}
	}
}

// httpStatus is an HTTP error status, as a number or as text; 0 = none.
func httpStatus(value any) int {
	status := 0
	switch v := value.(type) {
	case float64:
		status = int(v)
	case string:
		status, _ = strconv.Atoi(v)
	}
	if status < 400 || status > 599 {
		return 0
	}
	return status
}

// The limits for a hostile text: how many bytes are searched, and how often an
// object is looked for.
const maxText, maxTries = 32 << 10, 16

// embeddedObject is the first JSON object within a text, or nil.
func embeddedObject(text string) map[string]any {
	rest := text[:min(len(text), maxText)]
	for range maxTries {
		start := strings.IndexByte(rest, '{')
		if start < 0 {
			return nil
		}
		rest = rest[start:]
		var object map[string]any
		if json.NewDecoder(strings.NewReader(rest)).Decode(&object) == nil && len(object) > 0 {
			return object
		}
		rest = rest[1:]
	}
	return nil
}

var (
	statusInWords = pattern.New(`(?i)\b(?:http(?:/[\d.]+)?|status(?:[ _]?code)?|answered|returned|request|response|error)\W{1,4}(?:code\W{1,3})?([45]\d\d)\b`)
	codeInWords   = pattern.New(`(?i)["']?\bcode["']?\s*[:=]\s*["']?([a-z][a-z_]{3,63})\b`)
	retryInWords  = pattern.New(`(?i)\bretry[-_ ]?after["']?\s*[:=]?\s*["']?(\d{1,6})\b`)
	phraseInWords = pattern.New(`\b(Unauthorized|Forbidden|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)\b`)
)

// fillFromWords looks for values that were not in JSON.
func (u *Upstream) fillFromWords(text string) {
	if found := statusInWords.FindStringSubmatch(text); found != nil && u.Status == 0 {
		u.Status = httpStatus(found[1])
	}
	if found := phraseInWords.FindString(text); found != "" && u.Status == 0 {
		for status := 400; status < 600; status++ {
			if http.StatusText(status) == found {
				u.Status = status
			}
		}
	}
	if found := codeInWords.FindStringSubmatch(text); found != nil && u.Code == "" {
		u.Code = found[1]
	}
	if found := retryInWords.FindStringSubmatch(text); found != nil {
		u.RetryAfter = retryAfter(found[1], time.Time{})
	}
}
