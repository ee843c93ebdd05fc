package text

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"

	"agentcore-3lo/internal/pattern"
)

// Redacted replaces a secret.
const Redacted = "[redacted]"

// minSecret is the length in bytes of the shortest secret that is redacted:
// replacing every "a" would hide the text and reveal the secret.
const minSecret = 6

var (
	// jwt also finds a token that was cut off after its second part, and
	// the five parts of an encrypted one.
	jwt = pattern.New(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){0,3}`)

	// header is an Authorization header as raw text, in JSON (also within a
	// JSON string) and as Go prints a map; its first group is the value.
	header = pattern.New(`(?i)authorization["'\\]*\s*[:=]\s*(?:\[?["'\\]+)?(\[[^\]\r\n]*\]|[^"'\\\]\r\n]+)`)

	// scheme is a credential without the name of its header; its first group is
	// the credential.
	scheme = pattern.New(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/-]{16,}=*)`)
)

// Redactor replaces secrets in text. The zero value knows no secret, but redacts
// tokens, Authorization headers and other text that looks like a credential. It is
// safe for concurrent use.
type Redactor struct {
	mu    sync.RWMutex
	forms []string
}

// Add makes the secrets known, also in their URL and JSON encodings. Secrets
// shorter than six bytes are ignored.
func (r *Redactor) Add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		for _, form := range spellings(secret) {
			if !slices.Contains(r.forms, form) {
				r.forms = append(r.forms, form)
			}
		}
	}
}

// Redact replaces each known secret, and text that looks like a credential, with
// "[redacted]".
func (r *Redactor) Redact(s string) string {
	spans := r.find(s)
	if len(spans) == 0 {
		return s
	}
	// Secrets may overlap, so the spans are merged before anything is replaced.
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	end := 0
	for _, sp := range spans {
		if sp.from >= end {
			b.WriteString(s[end:sp.from])
			b.WriteString(Redacted)
		}
		end = max(end, sp.to)
	}
	b.WriteString(s[end:])
	return b.String()
}

// span is a half-open range of bytes.
type span struct{ from, to int }

// followed reports whether a text has a word that is followed by one of some characters:
// most texts have not, and need no regular expression.
func followed(s, word, by string) bool {
	for {
		i := strings.Index(s, word)
		if i < 0 {
			return false
		}
		s = s[i+len(word):]
		if s != "" && strings.IndexByte(by, s[0]) >= 0 {
			return true
		}
	}
}

func (r *Redactor) find(s string) []span {
	var spans []span
	r.mu.RLock()
	for _, form := range r.forms {
		for at := 0; ; {
			i := strings.Index(s[at:], form)
			if i < 0 {
				break
			}
			spans = append(spans, span{at + i, at + i + len(form)})
			at += i + 1
		}
	}
	r.mu.RUnlock()
	lower := strings.ToLower(s)
	spans = append(spans, shaped(s, lower)...)
	for _, m := range jwt.FindAllStringIndex(s, -1) {
		spans = append(spans, span{m[0], m[1]})
	}
	if followed(lower, "authorization", " \t\r\n\f\v\"'\\:=") {
		for _, m := range header.FindAllStringSubmatchIndex(s, -1) {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	if !followed(lower, "bearer", " \t\r\n\f\v") && !followed(lower, "basic", " \t\r\n\f\v") {
		return spans
	}
	for _, m := range scheme.FindAllStringSubmatchIndex(s, -1) {
		// "Bearer resource_metadata=" is a challenge, not a credential.
		if strings.ContainsAny(s[m[2]:m[3]], "0123456789") {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	return spans
}

// spellings returns the secret as it appears in plain text, in a query, in a path
// (escapes in upper and lower case), and in a JSON string with and without the
// HTML escapes that Go adds.
func spellings(secret string) []string {
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	forms := []string{secret, query, path, lowerEscapes(query), lowerEscapes(path)}
	for _, html := range []bool{true, false} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(html)
		if enc.Encode(secret) == nil {
			quoted := strings.TrimSuffix(b.String(), "\n")
			forms = append(forms, quoted[1:len(quoted)-1])
		}
	}
	return forms
}

// lowerEscapes turns %2F into %2f: both are in use.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}
