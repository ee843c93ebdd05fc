package ui

import (
	"fmt"
	"strings"

	"agentcore-3lo/internal/trace"
)

// column is a column of the wire table.
type column struct {
	title string
	width int
	value func(*trace.Exchange) string
	right bool
}

// The least widths at which the wire table has its columns. The operation takes what
// the others leave, up to the longest name.
const (
	wireMillis   = 46
	wireTime     = 58
	wireSender   = 74
	wireRoomy    = 78 // two spaces between columns
	wireStep     = 100
	wireRequest  = 136
	requestWidth = 36 // a UUID
	longestName  = 32
)

// wireColumns are the columns for a width.
func wireColumns(width int) []column {
	clock := column{"Time", 8, func(x *trace.Exchange) string { return x.Started.Local().Format("15:04:05") }, false}
	from := column{"From", 7, (*trace.Exchange).Sender, false}
	to := column{"To", 9, (*trace.Exchange).Receiver, false}
	operation := column{"Operation", 0, (*trace.Exchange).Name, false}
	status := column{"Status", 12, (*trace.Exchange).Result, false}
	millis := column{"ms", 5, func(x *trace.Exchange) string {
		if x.Status == 0 {
			return ""
		}
		return fmt.Sprint(x.Took.Milliseconds())
	}, true}
	step := column{"Step", 13, func(x *trace.Exchange) string { return x.Step }, false}
	request := column{"Request", requestWidth, func(x *trace.Exchange) string { return x.RequestID }, false}
	var all []column
	if width >= wireTime {
		all = append(all, clock)
	}
	if width >= wireSender {
		all = append(all, from)
	}
	all = append(all, to, operation, status)
	if width >= wireMillis {
		all = append(all, millis)
	}
	if width >= wireStep {
		all = append(all, step)
	}
	if width >= wireRequest {
		all = append(all, request)
	}
	left := width - 2 - gap(width)*(len(all)-1) // less the mark of the selected line
	for _, c := range all {
		left -= c.width
	}
	for i := range all {
		if all[i].width == 0 {
			all[i].width = min(max(left, 8), longestName)
		}
	}
	return all
}

// gap is the space between two columns.
func gap(width int) int {
	if width >= wireRoomy {
		return 2
	}
	return 1
}

// DrawWire returns the table of exchanges: its header, and one line for each exchange.
// selected is the number of the exchange that is marked; 0 = none.
func DrawWire(exchanges []*trace.Exchange, selected int, on Canvas) []Line {
	columns := wireColumns(on.Width)
	header := "  "
	for i, c := range columns {
		header += on.align(c, c.title, i)
	}
	lines := []Line{on.line(0, Piece{header, Title})}
	for _, x := range exchanges {
		mark := Piece{"  ", Normal}
		if x.Number == selected {
			mark = Piece{"▸ ", Active}
		}
		pieces := []Piece{mark}
		for i, c := range columns {
			pieces = append(pieces, Piece{on.align(c, c.value(x), i), toneOf(x, c)})
		}
		lines = append(lines, on.line(x.Number, pieces...))
	}
	return lines
}

// align puts a value into its column. Columns after the first begin with a gap.
func (c Canvas) align(col column, value string, index int) string {
	cell := c.cell(value, col.width)
	if col.right {
		cell = fmt.Sprintf("%*s", col.width, c.clean(value))
	}
	if index > 0 {
		return strings.Repeat(" ", gap(c.Width)) + cell
	}
	return cell
}

// toneOf marks nothing but a failure, and what is secondary.
func toneOf(x *trace.Exchange, c column) Tone {
	switch {
	case c.title == "Status" && x.Failed():
		return Bad
	case c.title == "Status", c.title == "Operation", c.title == "To":
		return Normal
	}
	return Faint
}
