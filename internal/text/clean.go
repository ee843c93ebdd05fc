// Package text makes foreign text safe to show: it neutralises what a
// terminal would obey, redacts what nobody may read, and says in plain words
// what is unusual about a URL. It fetches nothing and opens nothing.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tab is what a tab becomes: a real one moves the cursor by an amount that
// depends on the terminal, and so breaks every width that was computed.
const tab = "    "

// Clean neutralises foreign text for a terminal. Newlines stay, tabs become
// spaces, and all that a terminal would obey or hide is made visible: control
// characters as their pictures (an escape sequence begins with ␛), bidirectional
// overrides, zero width and other format characters as <U+202E>, bytes that are
// no UTF-8 as �. Clean is idempotent.
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
			// The newline that follows says it all.
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

// hidden reports whether r has no shape of its own: controls, format and
// private characters, line and paragraph separators, and the few letters that
// Unicode itself calls ignorable.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}
