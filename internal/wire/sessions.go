package wire

import (
	"fmt"
	"strings"
	"sync"

	"agentcore-3lo/internal/pattern"
)

// urn is an authorization session (CompleteResourceTokenAuth's sessionUri), also
// escaped, once or more, as part of a URL.
var urn = func() *pattern.Pattern {
	const colon = `(?::|%(?:25)*3[Aa])`
	return pattern.New(`(?i)urn` + colon + `ietf` + colon + `params` + colon + `oauth` + colon + `request_uri` + colon +
		`((?:[A-Za-z0-9._~-]|%(?:25)*7e)+)`)
}()

// tilde is the only character of a session that some programs escape in a URL.
var tilde = pattern.New(`(?i)%(?:25)*7e`)

// Sessions gives labels to authorization sessions: "session 1" to the first, and
// so on. Anyone with a session's URN could complete it, so only labels are shown. It is safe for concurrent use.
type Sessions struct {
	mu     sync.Mutex
	after  int
	labels map[string]string
}

// NewSessions returns Sessions whose first label follows the given number.
func NewSessions(after int) *Sessions { return &Sessions{after: after, labels: map[string]string{}} }

// Label replaces each session in a text with its label.
func (s *Sessions) Label(text string) string {
	if !strings.Contains(strings.ToLower(text), "request_uri") { // spares most texts the search
		return text
	}
	return urn.ReplaceAllStringFunc(text, func(found string) string {
		id := strings.TrimRight(tilde.ReplaceAllString(urn.FindStringSubmatch(found)[1], "~"), ".")
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.labels[id] == "" {
			s.labels[id] = fmt.Sprintf("session %d", s.after+len(s.labels)+1)
		}
		return s.labels[id]
	})
}
