package wire

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"agentcore-3lo/internal/pattern"
)

// Redacted replaces a secret.
const Redacted = "[redacted]"

// shown are the headers that a message keeps. All others are dropped, such as
// cookies, security tokens and signatures.
var shown = []string{"Authorization", "Content-Type", "Accept", "Mcp-Protocol-Version", "Mcp-Session-Id", "X-Amz-Target",
	"Location", "Retry-After", "Www-Authenticate", "X-Amzn-Errortype", "X-Amzn-Requestid"}

// NewRequest returns a request without its secrets.
func NewRequest(r *http.Request, body []byte) Message {
	return Message{Method: r.Method, URL: redactedURL(r.URL.String()), Header: headers(r.Header), Body: redactedBody(r.Header, body)}
}

// NewResponse returns an answer without its secrets.
func NewResponse(h http.Header, body []byte) Message {
	return Message{Header: headers(h), Body: redactedBody(h, body)}
}

func headers(h http.Header) []Header {
	var kept []Header
	for _, name := range shown {
		value := h.Get(name)
		switch {
		case value == "":
			continue
		case name == "Authorization":
			scheme, _, _ := strings.Cut(value, " ")
			value = scheme + " " + Redacted
		case name == "Mcp-Session-Id":
			value = Redacted
		case name == "Location":
			value = redactedURL(value)
		}
		kept = append(kept, Header{name, value})
	}
	return kept
}

// redactedURL redacts a password, and the values of secret parameters in query and
// fragment.
func redactedURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "[not a URL]"
	}
	if u.User != nil {
		u.User = nil
		address = u.String()
	}
	rest, fragment, hasFragment := strings.Cut(address, "#")
	if path, query, ok := strings.Cut(rest, "?"); ok {
		rest = path + "?" + redactedForm(query)
	}
	if hasFragment {
		rest += "#" + redactedForm(fragment)
	}
	return rest
}

// redactedForm keeps the order and the encoding of everything that is not secret.
func redactedForm(form string) string {
	pairs := strings.Split(form, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if ok && value != "" && (err != nil || secretName(plain)) {
			pairs[i] = name + "=" + Redacted
		}
	}
	return strings.Join(pairs, "&")
}

// maxRead is the length in bytes up to which a body is searched for secrets. A
// longer body is not shown.
const maxRead = 256 << 10

// redactedBody is a text body without its secrets; for any other body it is a note
// about its size and type.
func redactedBody(h http.Header, body []byte) string {
	if len(body) == 0 {
		return ""
	}
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if len(body) > maxRead || !utf8.Valid(body) || h.Get("Content-Encoding") != "" {
		return fmt.Sprintf("[%d bytes of %s]", len(body), media)
	}
	switch {
	case media == "application/x-www-form-urlencoded":
		return redactedForm(string(body))
	case media == "text/event-stream":
		return eachEvent(string(body), redactedText)
	case media == "" || strings.HasPrefix(media, "text/") || strings.Contains(media, "json") || strings.Contains(media, "xml"):
		return redactedText(string(body))
	}
	return fmt.Sprintf("[%d bytes of %s]", len(body), media)
}

// eachEvent changes the data of a stream of server-sent events.
func eachEvent(stream string, change func(string) string) string {
	lines := strings.Split(stream, "\n")
	for i, line := range lines {
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			lines[i] = "data:" + change(data)
		}
	}
	return strings.Join(lines, "\n")
}

var (
	// member begins a named string in text that is not valid JSON, such as JSON
	// that was cut off; it may be within a JSON string.
	member = pattern.New(`"([A-Za-z0-9_-]+)(\\*)"\s*:\s*\\*"`)
	// plainString and escapedString match the content of such a string.
	plainString   = pattern.New(`^(?:[^"\\]|\\.)*`)
	escapedString = pattern.New(`^[^"\\]*`)
	// element is an XML element with text.
	element = pattern.New(`<([A-Za-z0-9_-]+)>([^<]+)`)
)

// redactedText redacts JSON by its structure, and other text by patterns of named
// values.
func redactedText(body string) string {
	if out, ok := rewriteJSON([]byte(body), withoutSecrets); ok {
		return string(out)
	}
	return redactedElements(redactedMembers(body))
}

func redactedMembers(body string) string {
	var out strings.Builder
	for {
		m := member.FindStringSubmatchIndex(body)
		if m == nil {
			return out.String() + body
		}
		out.WriteString(body[:m[1]])
		if value := plainString; secretName(body[m[2]:m[3]]) {
			if m[4] < m[5] {
				value = escapedString
			}
			out.WriteString(Redacted)
			m[1] += len(value.FindString(body[m[1]:]))
		}
		body = body[m[1]:]
	}
}

func redactedElements(body string) string {
	return element.ReplaceAllStringFunc(body, func(found string) string {
		name, _, _ := strings.Cut(found[1:], ">")
		if !secretName(name) || name == "Code" { // the error code of an AWS query API
			return found
		}
		return "<" + name + ">" + Redacted
	})
}

// withoutSecrets is a JSON leaf without its secrets.
func withoutSecrets(name string, leaf any) any {
	s, isText := leaf.(string)
	switch {
	case secretName(name) && leaf != nil && !(strings.EqualFold(name, "code") && (!isText || errorCode.MatchString(s))):
		return Redacted
	case strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "http://"):
		if !strings.ContainsAny(s, " \n") {
			return redactedURL(s)
		}
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		if out, ok := rewriteJSON([]byte(s), withoutSecrets); ok {
			return string(bytes.TrimSpace(out))
		}
	}
	return leaf
}

// errorCode matches a vendor's error code, which is not a secret.
var errorCode = pattern.New(`^[A-Z_]+$|(?:Exception|Error)$`)
