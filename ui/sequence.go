package ui

import (
	"cmp"
	"fmt"
	"strings"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
)

// SequenceWidth is the width from which the sequence is drawn; below, it is a list.
const SequenceWidth = 78

// lifeline is the column of each party's line.
var lifeline = map[wire.Party]int{wire.Browser: 2, wire.Program: 17, wire.Gateway: 35, wire.Identity: 49, wire.Vendor: 66}

// PartyName is a party in the sequence.
func PartyName(p wire.Party) string {
	switch p {
	case wire.Browser:
		return "Browser"
	case wire.Program:
		return "This program"
	case wire.Gateway:
		return "Gateway"
	case wire.Identity:
		return "Identity"
	case wire.Vendor:
		return steps.Vendor().Name
	}
	return string(p)
}

// stateGlyph is the mark of a state, with its tone.
func stateGlyph(s trace.State) Piece {
	switch s {
	case trace.Done:
		return Piece{"✓", OK}
	case trace.InProgress:
		return Piece{"◐", Active}
	case trace.Failed:
		return Piece{"✗", Bad}
	}
	return Piece{"·", Faint}
}

// DrawSequence returns the twelve arrows between the five parties, one line each, below
// a line with their names. On a narrow canvas it is SequenceList. selected is the
// number of the arrow that is marked; 0 = none.
func DrawSequence(s trace.Sequence, selected int, on Canvas) []Line {
	if on.Width < SequenceWidth {
		return SequenceList(s, selected, on)
	}
	names := []rune(strings.Repeat(" ", SequenceWidth))
	for party, at := range lifeline {
		name := []rune(PartyName(party))
		copy(names[max(at-len(name)/2+1-len(name)%2, 0):], name)
	}
	lines := []Line{on.line(0, Piece{string(names), Title})}
	for _, a := range s.Arrows {
		before, arrow, after := drawArrow(a)
		tone := Normal
		switch {
		case a.Number == selected, a.State == trace.InProgress:
			tone = Active
		case a.State == trace.ToCome:
			tone = Faint
		case a.State == trace.Failed:
			tone = Bad
		}
		mark := Piece{"", Normal}
		if a.Number == selected {
			mark, before = Piece{"▸", Active}, before[1:]
		}
		gap := " "
		if on.Width > SequenceWidth+1 {
			gap = "  "
		}
		lines = append(lines, on.line(a.Number, mark, Piece{before, Faint}, Piece{arrow, tone}, Piece{after + gap, Faint}, stateGlyph(a.State),
			Piece{" " + on.note(a, on.Width-SequenceWidth+8), noteTone(a.State)}))
	}
	return lines
}

// note is what is said of an arrow: why it failed, if there is room, and what the code
// of a link means, which looks like a failure.
func (c Canvas) note(a trace.Arrow, room int) string {
	if a.Exchange != nil && a.Exchange.Meaning() != "" && strings.HasPrefix(a.Note, "-") {
		if said := "a link (" + a.Note + ")"; width(said) <= room {
			return said
		}
		return "a link"
	}
	if a.Why != "" && width(c.clean(a.Why)) <= room {
		return a.Why
	}
	return a.Note
}

func noteTone(s trace.State) Tone {
	switch s {
	case trace.InProgress, trace.Done:
		return Normal
	case trace.Failed:
		return Bad
	}
	return Faint
}

// drawArrow draws an arrow over the lifelines, in three parts.
func drawArrow(a trace.Arrow) (before, arrow, after string) {
	row := []rune(strings.Repeat(" ", lifeline[wire.Vendor]+1))
	for _, at := range lifeline {
		row[at] = '│'
	}
	from, to := lifeline[a.From], lifeline[a.To]
	line := '─'
	if !a.Seen {
		line = '┈'
	}
	left, right := min(from, to), max(from, to)
	for i := left + 1; i < right; i++ {
		row[i] = line
	}
	label := []rune(fmt.Sprintf(" %d %s ", a.Number, a.Label))
	if from < to {
		row[left], row[right-1] = '├', '▶'
		copy(row[left+1+max((right-left-2-len(label))/2, 1):], label)
	} else {
		row[right], row[left+1] = '┤', '◀'
		copy(row[left+2+max((right-left-2-len(label))/2, 0):], label)
	}
	return string(row[:left]), string(row[left : right+1]), string(row[right+1:])
}

// SequenceList returns the sequence as a numbered list, with the words of the drawing.
func SequenceList(s trace.Sequence, selected int, on Canvas) []Line {
	var lines []Line
	for _, a := range s.Arrows {
		mark := Piece{" ", Normal}
		if a.Number == selected {
			mark = Piece{"▸", Active}
		}
		said := fmt.Sprintf("%2d %s → %s: %s", a.Number, shortName(a.From), shortName(a.To), a.Label)
		a.Note = cmp.Or(a.Why, on.note(a, on.Width))
		pieces := []Piece{mark, stateGlyph(a.State), {said, noteTone(a.State)}}
		if len([]rune(said))+len([]rune(a.Note))+4 > on.Width {
			lines = append(lines, on.line(a.Number, pieces...), on.line(a.Number, Piece{"     " + a.Note, noteTone(a.State)}))
			continue
		}
		lines = append(lines, on.line(a.Number, append(pieces, Piece{"  " + a.Note, noteTone(a.State)})...))
	}
	return lines
}

// shortName is a party in the list.
func shortName(p wire.Party) string {
	if p == wire.Vendor {
		return PartyName(p)
	}
	return string(p)
}

// SequenceSentences returns the sequence for a screen reader and for a log: one
// sentence for each arrow, without marks.
func SequenceSentences(s trace.Sequence) []string {
	var all []string
	for _, a := range s.Arrows {
		said := fmt.Sprintf("%d. %s to %s: %s.", a.Number, PartyName(a.From), PartyName(a.To), a.Label)
		switch {
		case a.State == trace.Done:
			said += " Done, " + a.Note + "."
		case a.State == trace.InProgress:
			said += " Waiting for " + a.Note + "."
		case a.State == trace.Failed:
			said += " Failed: " + cmp.Or(a.Why, a.Note) + "."
		default:
			said += " To come."
		}
		all = append(all, said)
	}
	return all
}
