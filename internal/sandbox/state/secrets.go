package state

import (
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Secrets makes a world's secrets, codes and tokens from its key, so that none of
// them is stored.
type Secrets struct {
	Key  *rsa.PrivateKey // signs the user pools' tokens
	root []byte          // everything else is derived from it
}

// Derive returns a secret of n characters of an alphabet: the same for the same
// purpose and name for as long as the world's key lives.
func (s *Secrets) Derive(purpose, name string, n int, alphabet string) string {
	return mapTo(s.MAC(purpose, name), n, alphabet)
}

// MAC is the keyed digest of a name, for one purpose.
func (s *Secrets) MAC(purpose, name string) []byte {
	h := hmac.New(sha256.New, s.root)
	h.Write([]byte(purpose + "\x00" + name))
	return h.Sum(nil)
}

// mapTo stretches a digest to n characters of an alphabet.
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

// Issue turns an id that the world knows into an unguessable reference, such as a
// code or a request URI. Only the id is ever stored.
func (s *Secrets) Issue(purpose, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id)) + "." + base64.RawURLEncoding.EncodeToString(s.MAC(purpose, id))
}

// Resolve returns the id that a reference was issued for, for the same purpose.
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
