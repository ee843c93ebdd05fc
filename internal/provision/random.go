package provision

import (
	"crypto/rand"
	"encoding/hex"
)

// randomHex is so many random bytes as digits and the letters a to f, which
// spell no word that AWS reserves.
func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return hex.EncodeToString(raw)
}

// newClientToken makes an idempotency token: 33 to 256 letters, digits and
// hyphens (AgentCore service model).
func newClientToken() string { return randomHex(20) }
