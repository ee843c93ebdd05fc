package text

import (
	"io"
	"strings"
	"unicode"
)

// Writer applies Clean to text and writes it to w. Errors may repeat control
// characters from flags, environment variables and file names.
func Writer(w io.Writer) io.Writer { return through{w, Clean} }

// ASCIIWriter writes text to w as ASCII, for a console whose code page is not
// UTF-8.
func ASCIIWriter(w io.Writer) io.Writer { return through{w, ASCII} }

type through struct {
	w    io.Writer
	each func(string) string
}

func (t through) Write(p []byte) (int, error) {
	if _, err := io.WriteString(t.w, t.each(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

var plain = strings.NewReplacer(
	"─", "-", "│", "|", "┌", "+", "┐", "+", "└", "+", "┘", "+", "├", "+", "┤", "+", "┼", "+", "┬", "+", "┴", "+",
	"…", "...", "–", "-", "—", "-", "→", "->", "←", "<-", "↑", "^", "↓", "v", "↻", "~", "▶", ">", "◀", "<", "▲", "^", "▸", ">", "›", ">", "‹", "<",
	"✓", "ok", "✗", "X", "⚠", "!", "×", "x", "◐", "o", "○", "o", "●", "*", "•", "*", "·", "-", "\u00a0", " ",
	"“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'",
)

// ASCII replaces characters with a similar one in ASCII, and others with "?".
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, plain.Replace(s))
}
