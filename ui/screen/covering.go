package screen

import (
	"fmt"
	"slices"
	"strings"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// covering is what the texts that cover the page are drawn from.
type covering struct {
	style    styles
	lessons  lessons
	trace    *trace.Trace
	exchange int    // the number of the exchange that is selected or shown
	arrow    int    // the number of the arrow that is selected
	filter   string // of the wire
	typing   bool   // the filter has the keys
}

// draw returns the title of an overlay and its text.
func (c covering) draw(o overlay, v view, width int) (title string, body []string) {
	switch o {
	case helping:
		return "Keys", helpText(width)
	case listing:
		return "Log", c.log(v, width)
	case reading:
		step, _ := steps.Find(v.looking)
		return "Learn more: " + strings.TrimSpace(number(v.looking)+" "+step.Title), strings.Split(v.mask.hide(c.lessons.render(v.looking, width)), "\n")
	case showing:
		return "Use it from an agent", strings.Split(v.mask.lay(ui.Shortened(v.page().raw, maxRaw), width), "\n")
	case detailing:
		return "Names and details", details(v, width)
	case learning:
		return "What you learned", learned(c.style, width)
	case wireList:
		return c.wireTitle(), make([]string, max(len(c.matching()), 1)) // wireRows draws those in sight
	case exchange:
		return c.exchangeTitle(), c.one(v, width)
	case sequence:
		s := c.trace.Sequence()
		return "Sequence: " + s.Headline, c.sequence(s, v, width)
	}
	return "", nil
}

// row is that of the selected exchange, from 0.
func (c covering) row() int {
	return max(slices.IndexFunc(c.matching(), func(x *trace.Exchange) bool { return x.Number == c.exchange }), 0)
}

// toCurrent selects the arrow that is under way.
func (c *covering) toCurrent() {
	arrows := c.trace.Sequence().Arrows
	if i := slices.IndexFunc(arrows, func(a trace.Arrow) bool { return a.State == trace.InProgress }); i >= 0 {
		c.arrow = arrows[i].Number
	}
}

// toNewest selects the newest exchange of a step, of all where it has none, without a filter.
func (c *covering) toNewest(step engine.ID) {
	c.filter, c.typing = "", false
	all := c.trace.Exchanges()
	c.exchange = len(all)
	for i, x := range all {
		if x.Step == string(step) {
			c.exchange = i + 1
		}
	}
}

// shown is the exchange that shows the selected arrow of the sequence, or nil.
func (c covering) shown() *trace.Exchange {
	arrows := c.trace.Sequence().Arrows
	if c.arrow < 1 || c.arrow > len(arrows) {
		return nil
	}
	return arrows[c.arrow-1].Exchange
}

// wireRows are the header of the wire and the rows in sight, of which a run can have
// hundreds.
func (c covering) wireRows(first, most int, m mask, width int) (header, rows []string) {
	all := c.matching()
	lines := c.lines(ui.DrawWire(all[min(first, len(all)):min(first+most, len(all))], c.exchange, ui.Canvas{Width: width}), m)
	if len(all) == 0 {
		lines = append(lines, "There is no exchange to show.")
	}
	return lines[:1], lines[1:]
}

func (c covering) sequence(s trace.Sequence, v view, width int) []string {
	lines := c.lines(ui.DrawSequence(s, c.arrow, ui.Canvas{Width: width}), v.mask)
	return append(lines, "", c.style.dim.Render(clip("solid ── seen by this program      dotted ┈┈ inferred", width)))
}

// lines are a drawing in the screen's colors.
func (c covering) lines(all []ui.Line, m mask) []string {
	lines := make([]string, len(all))
	for i, l := range all {
		var b strings.Builder
		for _, p := range l.Pieces {
			b.WriteString(c.tone(p.Tone, m.hide(p.Text)))
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func (c covering) tone(t ui.Tone, said string) string {
	switch t {
	case ui.Faint, ui.Waiting:
		return c.style.dim.Render(said)
	case ui.Title:
		return c.style.title.Render(said)
	case ui.OK:
		return c.style.tinted(c.style.good, said)
	case ui.Active:
		return c.style.tinted(c.style.turn, said)
	case ui.Bad:
		return c.style.tinted(c.style.bad, said)
	}
	return said
}

// matching are the exchanges that the filter lets through.
func (c covering) matching() []*trace.Exchange {
	all := c.trace.Exchanges()
	if c.filter == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(x *trace.Exchange) bool {
		return !strings.Contains(strings.ToLower(strings.Join([]string{x.Name(), x.Sender(), x.Receiver(), x.Step, x.Result()}, " ")), strings.ToLower(c.filter))
	})
}

func (c covering) wireTitle() string {
	all := len(c.trace.Exchanges())
	title := "Wire: " + text.Count(all, "exchange") + ", newest last"
	if c.filter != "" || c.typing {
		title = fmt.Sprintf("Wire: %d of %s, filter: %s", len(c.matching()), text.Count(all, "exchange"), c.filter)
		if c.typing {
			title += "▏"
		}
	}
	if c.trace.Full() {
		title += " (the journal is full)"
	}
	return title
}

func (c covering) exchangeTitle() string {
	all := c.trace.Exchanges()
	if c.exchange < 1 || c.exchange > len(all) {
		return "Exchange"
	}
	return fmt.Sprintf("Exchange %d of %d: %s", c.exchange, len(all), all[c.exchange-1].Name())
}

// one is the exchange that is shown.
func (c covering) one(v view, width int) []string {
	all := c.trace.Exchanges()
	if c.exchange < 1 || c.exchange > len(all) {
		return []string{"There is no exchange yet."}
	}
	return c.lines(ui.DrawExchange(all[c.exchange-1], ui.Canvas{Width: width}), v.mask)
}

// newest are the last exchanges, for the column beside the page.
func (c covering) newest(width, height int) []string {
	all := c.trace.Exchanges()
	return c.lines(ui.DrawWire(all[max(len(all)-height+2, 0):], 0, ui.Canvas{Width: width}), mask{})
}

// times are where the time went, as rows of the finish page.
func (c covering) times(v view) []string {
	return c.lines(ui.DrawTimes(c.trace.Times(v.now), 5, ui.Canvas{Width: v.width}), mask{})
}

// log is the log of calls and notes.
func (c covering) log(v view, width int) []string {
	var lines []string
	for _, st := range v.m.Steps() {
		for _, line := range v.pages[st.ID].log {
			for i, piece := range wrapped(v.mask.hide(ui.Mark(st.ID)+" "+line), width-2) {
				if i > 0 {
					piece = "  " + piece
				}
				lines = append(lines, piece)
			}
		}
	}
	if lines == nil {
		return []string{"Nothing has happened yet."}
	}
	return lines
}

// details are the resources of the plan, or those that cleanup deletes.
func details(v view, width int) []string {
	p := v.page()
	if p.plan != nil {
		return strings.Split(strings.Trim(v.mask.lay(ui.RenderPlan(*p.plan, width), width), "\n"), "\n")
	}
	var lines []string
	for _, item := range p.items {
		lines = append(lines, v.marked("", "- "+item)...)
	}
	if lines == nil {
		return []string{"There is nothing to list on this page."}
	}
	return lines
}
