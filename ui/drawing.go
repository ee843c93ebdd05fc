package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/text"
)

// Tone says what a piece of a line is, so that a front end can colour it.
type Tone int

// The tones.
const (
	Normal  Tone = iota
	Faint        // secondary
	Title        // of a table or a part
	OK           // done, as expected
	Active       // under way, or the user's turn
	Bad          // failed
	Waiting      // a wait for the user, on the time axis
)

// Piece is a part of a line in one tone.
type Piece struct {
	Text string
	Tone Tone
}

// Line is one line of a drawing. Its text is safe to show.
type Line struct {
	Pieces []Piece
	Item   int // the number of what it shows, such as an exchange; 0 = none
}

// String returns the text of the line without its tones.
func (l Line) String() string {
	var b strings.Builder
	for _, p := range l.Pieces {
		b.WriteString(p.Text)
	}
	return strings.TrimRight(b.String(), " ")
}

// Text returns lines as text, each with its newline.
func Text(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	return b.String()
}

// Canvas is what a drawing is made for.
type Canvas struct {
	Width int  // columns
	ASCII bool // the terminal shows no other characters
}

// line returns a line of pieces that fits the canvas, in its characters.
func (c Canvas) line(item int, pieces ...Piece) Line {
	left := c.Width
	l := Line{Item: item}
	for _, p := range pieces {
		p.Text = c.cut(c.clean(p.Text), left)
		left -= width(p.Text)
		l.Pieces = append(l.Pieces, p)
	}
	return l
}

// clean is foreign text on one line, in the characters of the canvas.
func (c Canvas) clean(s string) string {
	if !drawable(s) {
		s = text.CleanLine(s)
	}
	if c.ASCII {
		s = text.ASCII(narrow.Replace(s))
	}
	return s
}

// drawable reports whether a text has only printable ASCII and the characters of
// drawings: nearly all texts have, and they need neither be cleaned nor measured, which
// takes most of the time of a drawing.
func drawable(s string) bool {
	for _, r := range s {
		if (r < ' ' || r > '~') && !strings.ContainsRune(drawn, r) {
			return false
		}
	}
	return true
}

// drawn are the characters of drawings. Each has one column.
const drawn = "─│├┤▶◀┈✓✗◐·▸█░…→"

// width is how many columns a clean text has.
func width(s string) int {
	if drawable(s) {
		return utf8.RuneCountInString(s)
	}
	return ansi.StringWidth(s)
}

// cut shortens a text to the width, with a mark where something is missing.
func (c Canvas) cut(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	mark := "…"
	if c.ASCII {
		mark = "~"
	}
	return ansi.Truncate(s, max(limit, 0), mark)
}

// cell is a text in a column of a table, cut or filled up to its width.
func (c Canvas) cell(s string, columns int) string {
	s = c.cut(c.clean(s), columns)
	return s + strings.Repeat(" ", max(columns-width(s), 0))
}

// narrow replaces the characters of drawings one by one, so that nothing shifts.
var narrow = strings.NewReplacer("✓", "+", "✗", "X", "◐", "o", "·", "-", "▸", ">", "┈", ".", "─", "-", "│", "|", "├", "+", "┤", "+", "▶", ">", "◀", "<",
	"█", "#", "░", ".", "…", "~", "→", ">")
