//go:build unix

package terminal

import (
	"os"
	"strings"
	"time"
)

const (
	// altGrace is how soon after ESC a key comes that was pressed together with Alt.
	altGrace = 100 * time.Millisecond
	// escGrace is how long ESC may be the beginning of a sequence on a slow line.
	escGrace = 700 * time.Millisecond
	// restGrace is how long the rest of a sequence is waited for.
	restGrace = 2 * time.Second
)

// keyReader is standard input for the full screen. What it reads is whole: a
// sequence that arrives in pieces is put together again, so that its bytes
// never count as keys.
type keyReader struct {
	*os.File
	in  *Input
	esc time.Time // when the last lone ESC was handed on
}

// Keys is what a full screen reads.
func (in *Input) Keys() *keyReader { return &keyReader{File: in.file, in: in} }

// Read returns whole sequences and characters alone.
func (k *keyReader) Read(p []byte) (int, error) {
	k.in.reading.Lock()
	defer k.in.reading.Unlock()
	n, err := k.File.Read(p[:len(p)-len(loneEscape)])
	if n > 0 && (p[0] == '[' || p[0] == ']') && time.Since(k.esc) < restGrace {
		copy(p[1:], p[:n]) // what was taken for the Esc key was the beginning of this
		p[0] = escape
		n++
	}
	for err == nil {
		rest := unfinished(p[:n])
		if rest == 0 || n >= len(p)-len(loneEscape) {
			break
		}
		alone := string(p[n-rest:n]) == "\x1b"
		began, patience := time.Now(), restGrace
		if alone {
			patience = escGrace
		}
		if !k.in.ready(patience) {
			return k.cut(p, n-rest, n), nil
		}
		var more int
		more, err = k.File.Read(p[n : len(p)-len(loneEscape)])
		if alone && more > 0 && time.Since(began) > altGrace && !strings.ContainsRune("[O]P_^X", rune(p[n])) {
			copy(p[n-1+len(loneEscape):], p[n:n+more]) // first Esc, then this
			n += copy(p[n-1:], loneEscape) - 1
		}
		n += more
	}
	return n, err
}

// cut ends what does not go on: ESC alone is the Esc key, and the beginning of
// anything else is dropped.
func (k *keyReader) cut(p []byte, from, to int) int {
	if strings.Trim(string(p[from:to]), "\x1b") != "" {
		return from
	}
	k.esc = time.Now()
	for range to - from {
		from += copy(p[from:], loneEscape)
	}
	return from
}
