package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"agentcore-3lo/internal/sandbox"
)

// Browsers normalize CRLF to LF before they hash a style.
func TestAPagesOwnStyleIsAllowedWhateverItsLineEnds(t *testing.T) {
	s := start(t, sandbox.Options{})
	for _, address := range []string{s.PortalURL(), s.Endpoint() + "/nothing-here"} {
		reply, body := get(t, address)
		_, rest, _ := strings.Cut(body, "<style>")
		style, _, found := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(strings.ReplaceAll(style, "\r\n", "\n")))
		policy := reply.Header.Get("Content-Security-Policy")
		if !found || !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Errorf("%s: the policy forbids the page's own style: %s", address, policy)
		}
	}
}
