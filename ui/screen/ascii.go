package screen

import "strings"

// inASCII are the signs of the screen for terminals without UTF-8.
var inASCII = strings.NewReplacer("╭", "+", "╮", "+", "╰", "+", "╯", "+", "─", "-", "━", "=", "╸", "=", "│", "|", "├", "|", "┤", "|", "┈", ".",
	"▶", ">", "◀", "<", "▲", "^", "▼", "v", "▸", ">", "✓", "+", "✗", "x", "◐", "o", "·", ".", "↻", "~", "–", "-", "…", "~", "•", "*", "█", "#", "░", ":",
	"▄", "=", "▀", "=", "←", "<", "→", ">", "↑", "^", "↓", "v", "┌", "+", "┐", "+", "└", "+", "┘", "+", "“", `"`, "”", `"`, "‹", "<", "›", ">", "×", "x",
	"┬", "+", "┴", "+", "┼", "+", "↔", "-")

// toASCII replaces what a terminal without UTF-8 cannot show.
func toASCII(drawn string) string {
	return strings.Map(func(r rune) rune {
		if r > '~' {
			return '?'
		}
		return r
	}, inASCII.Replace(drawn))
}
