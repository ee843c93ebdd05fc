package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"agentcore-3lo/internal/wire"
)

// hiddenMember is a member of compact JSON whose value the journal does not have.
var hiddenMember = regexp.MustCompile(`"([A-Za-z0-9_-]+)":"(?:\[redacted\]|session \d+)"`)

// json is a JSON value as one word of a command. Secrets in it are variables, and all
// characters but printable ASCII are escaped. It reports false where a secret is out of
// reach, in a text within the text.
func (v variables) json(x *Exchange, raw []byte) (string, bool) {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return "", false
	}
	word := hiddenMember.ReplaceAllStringFunc(posix.Quote(ascii(compact.String())), func(found string) string {
		name := hiddenMember.FindStringSubmatch(found)[1]
		field := name
		if !strings.Contains(found, wire.Redacted) {
			field = "session_id"
		}
		// The single quote ends, the variable stands between double quotes, and it goes on.
		return `"` + name + `":"'"` + v.of(field, x) + `"'"`
	})
	return word, !strings.Contains(word, wire.Redacted)
}

// ascii escapes what is not printable ASCII in compact JSON, where it can only be
// within strings.
func ascii(compact string) string {
	var b strings.Builder
	for _, r := range compact {
		switch {
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
