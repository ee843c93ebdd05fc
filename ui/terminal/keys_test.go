//go:build unix

package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"
)

// slowly is what the full screen reads of bytes that arrive one by one, or all
// in the pieces given.
func slowly(t *testing.T, gap time.Duration, pieces ...string) []string {
	t.Helper()
	in, line := pipeInput(t)
	go func() {
		for i, piece := range pieces {
			if i > 0 {
				time.Sleep(gap)
			}
			_, _ = line.WriteString(piece)
		}
		time.Sleep(escGrace + 200*time.Millisecond)
		_ = line.Close()
	}()
	var got []string
	buffer := make([]byte, 4096)
	for keys := in.Keys(); ; {
		n, err := keys.Read(buffer)
		if n > 0 {
			got = append(got, string(buffer[:n]))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return got
		}
	}
}

func bytewise(s string) (pieces []string) {
	for i := range len(s) {
		pieces = append(pieces, s[i:i+1])
	}
	return pieces
}

// However slow the line, a sequence is read in one piece.
func TestASequenceThatArrivesByteByByteIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, s := range sequences {
		gaps := []time.Duration{20 * time.Millisecond, 60 * time.Millisecond}
		if len(s) <= 6 && name != "alt+up" { // Esc twice is two keys where they come that late
			gaps = append(gaps, 500*time.Millisecond)
		}
		for _, gap := range gaps {
			t.Run(fmt.Sprintf("%s, %v", name, gap), func(t *testing.T) {
				t.Parallel()
				if got := slowly(t, gap, bytewise(s)...); !slices.Equal(got, []string{s}) {
					t.Errorf("read %q, want %q", got, s)
				}
			})
		}
	}
}

func TestKeysAreReadAsTheyWerePressed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gap    time.Duration
		pieces []string
		want   []string
	}{
		"Esc alone":                    {0, []string{"\x1b"}, []string{loneEscape}},
		"Esc, then a key":              {300 * time.Millisecond, []string{"\x1b", "q"}, []string{loneEscape + "q"}},
		"Esc, Esc":                     {300 * time.Millisecond, []string{"\x1b", "\x1b"}, []string{loneEscape + loneEscape}},
		"Esc, later a key":             {900 * time.Millisecond, []string{"\x1b", "q"}, []string{loneEscape, "q"}},
		"Alt and a key":                {0, []string{"\x1bq"}, []string{"\x1bq"}},
		"Esc, then an arrow":           {300 * time.Millisecond, []string{"\x1b", "\x1b[A"}, []string{loneEscape + "\x1b[A"}},
		"an arrow a second late":       {time.Second, []string{"\x1b", "[A"}, []string{loneEscape, "\x1b[A"}},
		"a colour a second late":       {time.Second, []string{"\x1b", "]11;rgb:1/2/3\a"}, []string{loneEscape, "\x1b]11;rgb:1/2/3\a"}},
		"a sequence that never ends":   {2500 * time.Millisecond, []string{"a\x1b[1;", "q"}, []string{"a", "q"}},
		"a cut sequence, then a key":   {50 * time.Millisecond, []string{"\x1b[1", "\x03"}, []string{"\x1b[1\x03"}},
		"several keys and half a one":  {400 * time.Millisecond, []string{"ab\x1b[A\x1b[", "B"}, []string{"ab\x1b[A\x1b[B"}},
		"half a character, then whole": {400 * time.Millisecond, []string{"\xe6", "\x9d\xb1"}, []string{"東"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := slowly(t, c.gap, c.pieces...); !slices.Equal(got, c.want) {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}
