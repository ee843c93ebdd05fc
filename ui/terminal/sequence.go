package terminal

import (
	"bytes"
	"unicode/utf8"
)

const (
	escape     = 0x1b
	loneEscape = "\x1b[27u" // the Esc key in the kitty keyboard protocol, which nothing can continue
	// longest is a limit for what is taken for one sequence: the replies that we
	// ask for are much shorter.
	longest = 4096
)

// unfinished returns how many bytes at the end of what was read belong to an
// escape sequence, or to a character, whose end has not arrived yet.
func unfinished(read []byte) int {
	for len(read) > 0 {
		n := sequence(read)
		if n == 0 {
			return len(read)
		}
		read = read[n:]
	}
	return 0
}

// sequence returns the length of the key, reply or character that begins here,
// or 0 if its end has not arrived yet (ECMA-48 section 5.4; xterm's control
// sequences, "Mouse Tracking" for the three bytes that follow CSI M).
func sequence(b []byte) int {
	switch {
	case b[0] != escape && !utf8.FullRune(b):
		return 0
	case b[0] != escape:
		_, n := utf8.DecodeRune(b)
		return n
	case len(b) == 1:
		return 0
	}
	switch b[1] {
	case '[':
		return control(b)
	case 'O': // a digit is a modifier
		for i := 2; i < len(b); i++ {
			if b[i] < '0' || b[i] > ';' {
				return i + 1
			}
		}
		return 0
	case ']', 'P', '_', '^', 'X':
		return report(b)
	}
	if n := sequence(b[1:]); n > 0 { // Alt and a key
		return 1 + n
	}
	return 0
}

// control is a sequence that begins with ESC [.
func control(b []byte) int {
	for i := 2; i < len(b); i++ {
		switch {
		case b[i] < ' ' || b[i] > '~': // cut off: another one begins here
			return i
		case b[i] < '@':
			continue
		}
		end := i + 1
		if i == 2 && b[i] == 'M' { // a mouse report in three bytes
			end += 3
		} else if i == 2 && b[i] == '[' { // a function key of the Linux console
			end++
		}
		if end > len(b) {
			return 0
		}
		return end
	}
	return 0
}

// report is a sequence that holds text up to BEL or ESC \: replies of the terminal.
func report(b []byte) int {
	if len(b) > 2 && !bytes.ContainsRune([]byte(`0123456789LlG!>+$|`), rune(b[2])) {
		return 2 // Alt and a key: no reply goes on like this
	}
	for i := 2; i < len(b); i++ {
		switch {
		case b[i] == '\a':
			return i + 1
		case b[i] == escape && i+1 == len(b):
			return 0
		case b[i] == escape && b[i+1] == '\\':
			return i + 2
		case b[i] == escape: // cut off
			return i
		}
	}
	if len(b) > longest {
		return len(b)
	}
	return 0
}
