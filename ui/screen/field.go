package screen

import (
	"strings"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// field is where text is typed: an answer, or a redirected URL for a menu.
type field struct {
	textinput.Model
	typing  bool   // it has the keys
	follows bool   // the answer before was typed, too: the next field has the keys at once
	refusal string // why the last answer will not do
}

func newField() field {
	f := field{Model: textinput.New()}
	f.SetVirtualCursor(false) // an input method and a braille display follow the real one
	f.Prompt = ""
	f.EchoCharacter = '•'
	return f
}

// open prepares for a question. Only one that wants text gives it the keys.
func (f *field) open(q engine.Question, draft string) tea.Cmd {
	f.refusal = ""
	f.Reset()
	f.typing = false
	if q.Kind != engine.Text {
		return nil
	}
	f.EchoMode = textinput.EchoNormal
	if q.Secret {
		f.EchoMode = textinput.EchoPassword
	}
	f.SetValue(draft)
	f.CursorEnd()
	if f.follows {
		return f.focus()
	}
	return nil
}

// shown says that a secret can be read.
func (f *field) shown() bool { return f.EchoMode == textinput.EchoNormal }

// openPaste takes an address for a question that is a menu.
func (f *field) openPaste() {
	f.typing = true
	f.Reset()
	f.EchoMode = textinput.EchoNormal
	f.Focus()
}

// focus gives the keys back to the field.
func (f *field) focus() tea.Cmd {
	f.typing = true
	return f.Focus()
}

// leave gives the keys back to the page, and keeps what was typed.
func (f *field) leave() {
	f.typing = false
	f.Blur()
}

// close empties the field.
func (f *field) close() {
	f.leave()
	f.Reset()
}

// reveal shows the secret that is asked for, or hides it again. A recording never has
// it. said: why nothing changes.
func (f *field) reveal(q *engine.Question, recorded bool) (said string) {
	switch {
	case !q.Secret:
		return "ctrl+r is for the field of a secret."
	case recorded:
		return "The secret stays hidden in a recording."
	}
	f.EchoMode = textinput.EchoPassword - f.EchoMode
	return ""
}

// paste adds a text. Line breaks and spaces around it are dropped.
func (f *field) paste(content string) {
	if f.refusal != "" { // what was refused makes room
		f.Reset()
		f.refusal = ""
	}
	f.SetValue(f.Value() + strings.TrimSpace(strings.Map(visible, content)))
	f.CursorEnd()
}

// severalLines says that a text is more than one value. An address may be broken
// over lines where it was copied from; an id or a secret is not.
func severalLines(content string) bool {
	return strings.ContainsAny(strings.TrimSpace(content), "\r\n")
}

// visible drops line breaks, controls and what has no shape of its own: none of
// it belongs into an id, a secret or an address.
func visible(r rune) rune {
	if !unicode.IsGraphic(r) {
		return -1
	}
	return r
}

// Render draws the field in brackets, in this width.
func (f *field) Render(width int) string {
	room := width - 5
	f.SetWidth(room)
	f.SetVirtualCursor(f.typing && !f.cursorKnown(room))
	return bracketed(f.View(), width)
}

// bracketed is the content of a field as it is drawn.
func bracketed(content string, width int) string {
	return "[ " + ui.Pad(clip(content, width-4), width-4) + " ]"
}

// cursorKnown says whether the library can tell where its cursor is: at the end
// of a text, or in one that fits; and only where each character is one column.
func (f *field) cursorKnown(room int) bool {
	columns, runes := lipgloss.Width(f.Value()), len([]rune(f.Value()))
	return columns == runes && (columns < room || f.Position() == runes)
}

// cursorOn is the terminal's own cursor, where the field is on the drawn screen.
func (f *field) cursorOn(drawn string) *tea.Cursor {
	c := f.Cursor()
	if c == nil {
		return nil
	}
	view := f.View()
	for y, line := range strings.Split(drawn, "\n") {
		if before, _, found := strings.Cut(line, view); found {
			c.X += lipgloss.Width(before)
			c.Y = y
			return c
		}
	}
	return nil
}
