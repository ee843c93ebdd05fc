package ui

import (
	"strings"

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
		p.Text = c.clean(p.Text)
		if w := ansi.StringWidth(p.Text); w > left {
			p.Text = c.cut(p.Text, left)
		}
		left -= ansi.StringWidth(p.Text)
		l.Pieces = append(l.Pieces, p)
	}
	return l
}

// clean is foreign text on one line, in the characters of the canvas.
func (c Canvas) clean(s string) string {
	s = text.CleanLine(s)
	if c.ASCII {
		s = narrow.Replace(s)
		s = text.ASCII(s)
	}
	return s
}

// cut shortens a text to the width, with a mark where something is missing.
func (c Canvas) cut(s string, width int) string {
	if ansi.StringWidth(s) <= width {
		return s
	}
	mark := "…"
	if c.ASCII {
		mark = "~"
	}
	return ansi.Truncate(s, max(width, 0), mark)
}

// cell is a text in a column of a table, cut or filled up to its width.
func (c Canvas) cell(s string, width int) string { return Pad(c.cut(c.clean(s), width), width) }

// narrow replaces the characters of drawings one by one, so that nothing shifts.
var narrow = strings.NewReplacer("✓", "+", "✗", "X", "◐", "o", "·", "-", "▸", ">", "┈", ".", "─", "-", "│", "|", "├", "+", "┤", "+", "▶", ">", "◀", "<",
	"█", "#", "░", ".", "…", "~", "→", ">")
