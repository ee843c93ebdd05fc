package state

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Secrets derives the secrets, codes and tokens of a sandbox from its key, so that
// none is stored.
type Secrets struct {
	Key  *rsa.PrivateKey // signs the tokens of user pools
	root []byte          // everything else is derived from it
}

// Derive returns a secret of n characters of an alphabet. It is the same for the
// same purpose, name and key.
func (s *Secrets) Derive(purpose, name string, n int, alphabet string) string {
	return mapTo(s.MAC(purpose, name), n, alphabet)
}

// MAC returns the keyed digest of a name for one purpose.
func (s *Secrets) MAC(purpose, name string) []byte {
	h := hmac.New(sha256.New, s.root)
	h.Write([]byte(purpose + "\x00" + name))
	return h.Sum(nil)
}

// mapTo converts a digest to n characters of an alphabet.
func mapTo(digest []byte, n int, alphabet string) string {
	out := make([]byte, n)
	for i := range out {
		if i > 0 && i%len(digest) == 0 {
			next := sha256.Sum256(digest)
			digest = next[:]
		}
		out[i] = alphabet[int(digest[i%len(digest)])%len(alphabet)]
	}
	return string(out)
}

// Issue converts an ID to an unguessable reference, such as a code or a request
// URI. Only the ID is stored.
func (s *Secrets) Issue(purpose, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id)) + "." + base64.RawURLEncoding.EncodeToString(s.MAC(purpose, id))
}

// Resolve returns the ID of a reference that was issued for the same purpose.
func (s *Secrets) Resolve(purpose, reference string) (id string, ok bool) {
	head, _, found := strings.Cut(reference, ".")
	if !found {
		return "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || !hmac.Equal([]byte(s.Issue(purpose, string(raw))), []byte(reference)) {
		return "", false
	}
	return string(raw), true
}
