package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

const (
	lowerAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	mixedAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	upperAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// randomText returns n characters of an alphabet. crypto/rand never fails.
func randomText(n int, alphabet string) string {
	out := make([]byte, 0, n)
	limit := 256 - 256%len(alphabet) // above it a remainder would favour some characters
	buf := make([]byte, 2*n)
	for len(out) < n {
		_, _ = rand.Read(buf)
		for _, b := range buf {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

func randomUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// derive makes a secret of this world that need not be stored: the same name
// gives the same text for as long as the world's key lives.
func (s *Server) derive(purpose, name string, n int) string {
	return mapTo(s.mac(purpose, name), n, mixedAlphabet)
}

func (s *Server) mac(purpose, name string) []byte {
	h := hmac.New(sha256.New, s.store.root)
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

// seal turns an id that the world knows into an unguessable reference, such as a
// code or a request URI; unseal is its inverse. Only the id is ever stored.
func (s *Server) seal(purpose, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id)) + "." + base64.RawURLEncoding.EncodeToString(s.mac(purpose, id))
}

func (s *Server) unseal(purpose, reference string) (id string, ok bool) {
	head, _, found := strings.Cut(reference, ".")
	if !found {
		return "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || !hmac.Equal([]byte(s.seal(purpose, string(raw))), []byte(reference)) {
		return "", false
	}
	return string(raw), true
}
