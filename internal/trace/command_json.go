package trace

import (
	"bytes"
	"encoding/json"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
)

// hiddenMember is a member of compact JSON whose value the journal does not have.
var hiddenMember = pattern.New(`"([A-Za-z0-9_-]+)":"(?:\[redacted\]|session \d+)"`)

// json is a JSON value as one word of a command. Secrets in it are variables, and all
// characters but printable ASCII are escaped. It reports false where a secret is out of
// reach, in a text within the text.
func (v variables) json(x *Exchange, raw []byte) (string, bool) {
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return "", false
	}
	word := hiddenMember.ReplaceAllStringFunc(posix.Quote(text.EscapeJSON(compact.String())), func(found string) string {
		name := hiddenMember.FindStringSubmatch(found)[1]
		field := name
		if !strings.Contains(found, wire.Redacted) {
			field = "session_id"
		}
		// The single quotes are closed around a variable in double quotes.
		return `"` + name + `":"'"` + v.of(field, x) + `"'"`
	})
	return word, !strings.Contains(word, wire.Redacted)
}
