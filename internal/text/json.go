package text

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// EscapeJSON replaces everything but printable ASCII and newlines in JSON by JSON
// escapes. All of it is within strings, so the JSON means the same. No terminal obeys
// it, and it survives a shell that expects another encoding than UTF-8.
func EscapeJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r >= ' ' && r <= '~' {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
