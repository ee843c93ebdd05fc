package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/event"
	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/wire"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// latest is how many lines of progress a page shows.
const latest = 8

// calls are the exchanges of an attempt in the order in which they began to repeat:
// asking again is the same line with another time.
type calls struct {
	all  []call
	wait event.Progress // what is waited for at present
	from time.Time      // since when
}

// call is one line of progress.
type call struct {
	service, operation string
	exchange           wire.Exchange // the last one
	times              int
}

// polls says that an operation only looks, so that repeating it is waiting.
func polls(operation string) bool {
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "List")
}

// add notes an exchange.
func (c *calls) add(x wire.Exchange) {
	if polls(x.Operation) {
		i := slices.IndexFunc(c.all, func(old call) bool {
			return old.service == x.Service && old.operation == x.Operation
		})
		if i >= 0 {
			again := c.all[i]
			again.exchange, again.times = x, again.times+1
			c.all = append(slices.Delete(c.all, i, i+1), again)
			return
		}
	}
	c.all = append(c.all, call{x.Service, x.Operation, x, 1})
}

// has says that there was a call of an operation.
func (c calls) has(operation string) bool {
	return slices.ContainsFunc(c.all, func(x call) bool { return x.operation == operation })
}

// part draws the calls in a width, and what is waited for. While it runs, the last poll is in
// progress.
func (c calls) part(style styles, st engine.Status, takes string, now time.Time, width int) (lines, short []string) {
	rows := c.all[max(len(c.all)-latest, 0):]
	column := 0
	for _, x := range rows {
		column = max(column, lipgloss.Width(x.operation))
	}
	for i, x := range rows {
		mark, took, note := "✓", fmt.Sprintf("%.1f s", x.exchange.Took.Seconds()), ""
		switch status := x.exchange.Status; {
		case st.State == engine.Running && i == len(rows)-1 && c.wait.State != "" && polls(x.operation):
			mark, took, note = "◐", ui.Clock(max(now.Sub(c.from), 0)), text.CleanLine(c.wait.State)
			if takes != "" {
				note += ", usually " + takes
			}
		case status == 0:
			mark, note = "✗", "no answer"
		case missing(x):
			note = "none yet"
			if st.ID == steps.Cleanup {
				note = "gone"
			}
		case status >= 400:
			mark, note = "✗", fmt.Sprintf("HTTP %d", status)
		}
		row := func() string {
			return strings.TrimRight(fmt.Sprintf("%s %s   %6s   %s", style.tint(mark), ui.Pad(x.operation, column), took, note), " ")
		}
		line := row()
		if lipgloss.Width(line) > width {
			note, _, _ = strings.Cut(note, ", ")
			line = row()
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 && st.State == engine.Running {
		short = lines[len(lines)-1:]
	}
	return lines, short
}

// missing says that a call looked for something that does not exist yet, which is an
// answer and no failure.
func missing(x call) bool {
	s := x.exchange.Status
	return polls(x.operation) && (s == 404 || s == 400 && strings.Contains(x.exchange.Response.Body, "NotFound"))
}

// tick is a stage of a wait: done, under way or to come.
type tick struct{ mark, words string }

// addTicks adds the stages of a wait, side by side. In a low window only the one that
// is under way stays.
func (v view) addTicks(x *sheet, all ...tick) {
	var cells, short []string
	for _, t := range all {
		cells = append(cells, v.style.tint(t.mark)+" "+t.words)
		if t.mark == "◐" {
			short = cells[len(cells)-1:]
		}
	}
	x.addShort(progress, flowing("", cells, "      ", v.width), short)
}
