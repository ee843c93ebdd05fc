package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// timeGroups are the rows of the time axis.
var timeGroups = []struct {
	label string
	steps []engine.ID
}{
	{"2 Machine", []engine.ID{steps.Prerequisites}},
	{"3 Inbound", []engine.ID{steps.Inbound}},
	{"4 Gateway", []engine.ID{steps.Gateway}},
	{"5 " + steps.Vendor().Name, []engine.ID{steps.App}},
	{"6-8 Join", []engine.ID{steps.Provider, steps.Register, steps.Target}},
	{"9 Consent", []engine.ID{steps.Consent}},
	{"10 Call", []engine.ID{steps.Invoke}},
	{"Clean up", []engine.ID{steps.Cleanup}},
}

// timeLabel and timeDigits are the columns left and right of the bars.
const (
	timeLabel  = 12
	timeDigits = 7
)

// timeRow is a row of the time axis.
type timeRow struct {
	label string
	spans []trace.Span
	took  time.Duration
}

// DrawTimes returns where the time went: a headline, and a row for each group of steps
// that took some time, with bars on one axis. Of more than most rows it leaves out the
// shortest. It is empty before anything happened.
func DrawTimes(t trace.Times, most int, on Canvas) []Line {
	if t.Total <= 0 {
		return nil
	}
	head := "Where the time went: " + duration(t.Total, t.Total)
	legend := []Piece{{"█ work  ", Faint}, {"░ waiting for you", Faint}}
	gap := on.Width - ansi.StringWidth(head) - 25
	pieces := []Piece{{head, Title}}
	lines := []Line{}
	if gap >= 2 {
		lines = append(lines, on.line(0, append(append(pieces, Piece{strings.Repeat(" ", gap), Normal}), legend...)...))
	} else {
		lines = append(lines, on.line(0, pieces...), on.line(0, legend...))
	}
	for _, row := range timeRows(t, most) {
		pieces := append([]Piece{{on.cell(row.label, timeLabel), Normal}}, timeBar(row.spans, t.Total, on.Width-timeLabel-timeDigits)...)
		lines = append(lines, on.line(0, append(pieces, Piece{fmt.Sprintf("%*s", timeDigits, duration(row.took, t.Total)), Normal})...))
	}
	if t.Paused >= time.Second {
		lines = append(lines, on.line(0, Piece{"Not counted: " + duration(t.Paused, t.Total) + " between steps", Faint}))
	}
	return lines
}

// timeRows are the rows, at most that many.
func timeRows(t trace.Times, most int) []timeRow {
	var rows []timeRow
	for _, g := range timeGroups {
		row := timeRow{label: g.label}
		for _, step := range g.steps {
			row.spans = append(row.spans, t.Spans[string(step)]...)
		}
		if row.took = covered(row.spans); row.took >= t.Total/200 {
			rows = append(rows, row)
		}
	}
	for len(rows) > most {
		shortest := 0
		for i := range rows {
			if rows[i].took < rows[shortest].took {
				shortest = i
			}
		}
		rows = slices.Delete(rows, shortest, shortest+1)
	}
	return rows
}

// timeBar draws spans as cells. A cell that was spent on both shows what took more of
// it; a span of any length is at least one cell.
func timeBar(spans []trace.Span, total time.Duration, width int) []Piece {
	work, wait := make([]time.Duration, width), make([]time.Duration, width)
	for _, s := range spans {
		first := min(int(s.From*time.Duration(width)/total), width-1)
		last := max(min(int((s.To*time.Duration(width)-1)/total), width-1), first)
		for i := first; i <= last; i++ {
			from, to := max(s.From, time.Duration(i)*total/time.Duration(width)), min(s.To, time.Duration(i+1)*total/time.Duration(width))
			in := max(to-from, 1)
			if s.Wait {
				wait[i] += in
			} else {
				work[i] += in
			}
		}
	}
	var pieces []Piece
	for i := range width {
		p := Piece{" ", Normal}
		switch {
		case wait[i] > work[i]:
			p = Piece{"░", Waiting}
		case work[i] > 0:
			p = Piece{"█", OK}
		}
		if n := len(pieces); n > 0 && pieces[n-1].Tone == p.Tone {
			pieces[n-1].Text += p.Text
			continue
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// covered is the time in which at least one of the spans was.
func covered(spans []trace.Span) (d time.Duration) {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b trace.Span) int { return int(a.From - b.From) })
	var end time.Duration
	for _, s := range spans {
		d += max(s.To-max(s.From, end), 0)
		end = max(end, s.To)
	}
	return d
}

// duration is minutes and seconds; seconds and tenths, if all of it is below a minute.
func duration(d, total time.Duration) string {
	if max(d, total) < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	if d >= time.Hour {
		return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	}
	return Clock(d)
}
