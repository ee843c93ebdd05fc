// Package text makes foreign text safe to show. It neutralizes control
// characters, redacts secrets, and explains what is unusual about a URL. It
// fetches nothing and opens nothing.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tab replaces a tab, whose width depends on the terminal.
const tab = "    "

// Clean neutralizes foreign text for a terminal. Newlines stay, tabs become
// spaces, and everything that a terminal would execute or hide becomes visible:
// control characters as symbols (␛ for escape), bidirectional overrides, zero
// width and other format characters as <U+202E>, invalid UTF-8 as �. Clean is
// idempotent.
func Clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\n' || r == utf8.RuneError:
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(tab)
		case r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
			// The newline that follows is enough.
		case r < ' ':
			b.WriteRune('\u2400' + r)
		case r == '\x7f':
			b.WriteRune('\u2421')
		case hidden(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// CleanLine is Clean on one line: each newline becomes a space. It truncates
// nothing.
func CleanLine(s string) string {
	return strings.ReplaceAll(Clean(s), "\n", " ")
}

// hidden reports whether r is invisible: controls, format and private characters,
// line and paragraph separators, and the letters that Unicode calls ignorable.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}
