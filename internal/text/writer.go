package text

import (
	"io"
	"strings"
	"unicode"
)

// Writer passes text on to w after Clean: whatever an error repeats of flags,
// environment and file names, the terminal obeys none of it.
func Writer(w io.Writer) io.Writer { return through{w, Clean} }

// ASCIIWriter passes text on to w as ASCII alone, for a console whose code page
// is not UTF-8.
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

// ASCII writes what has a likeness in ASCII by it, and everything else as "?".
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, plain.Replace(s))
}
