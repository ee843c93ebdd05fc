package screen

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"

	"agentcore-3lo/internal/trace"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
	"agentcore-3lo/ui"
)

// mostOnStage is how many lines of text a page has on a stage.
const mostOnStage = 12

// stageLeads are the one idea of each page, to be read from the back row.
func stageLeads(vendor string) map[engine.ID]string {
	return map[engine.ID]string{
		steps.Overview:      "An agent calls a tool on behalf of a user, and never sees the user's password or token.",
		steps.Prerequisites: "Nothing is changed before the yes.",
		steps.Inbound:       "Inbound: who may call the gateway? Cognito issues the access token.",
		steps.Gateway:       "The gateway is an MCP server that AWS runs for you.",
		steps.App:           fmt.Sprintf("Outbound: AgentCore acts as an app at %s.", vendor),
		steps.Provider:      "Identity keeps the app's secret, and answers with a callback URL.",
		steps.Register:      fmt.Sprintf("%s sends browsers only to URLs that it knows.", vendor),
		steps.Target:        "The target joins the two halves. Now there is a tool.",
		steps.Consent:       "The user decides, in the browser.",
		steps.Invoke:        fmt.Sprintf("The same call again: the gateway calls %s on behalf of the user.", vendor),
		steps.Cleanup:       "Everything it created, it deletes and looks up again.",
	}
}

// stage draws a page for a stage: the headline in a block, one idea, and the keys with
// the last one that was pressed.
func (f frame) stage() (lines []string, at int) {
	width := f.size.width - 2
	x := f.view.sheet()
	if f.overlaid != nil {
		x = f.overlaid(f.view)
	}
	if asks := f.asks(); asks != nil {
		x = sheet{parts: []part{{lines: asks.lines}}, box: asks}
	}
	lines = f.stageBlock(width)
	room := f.size.height - len(lines) - 3
	body := f.stageBody(x, room)
	if x.box != nil {
		body = append(body, x.box.lines...) // a form
		if x.box.refusal != "" {
			body = append(body, wrapped(f.style.tint("✗")+" "+x.box.refusal, f.view.width-6)...)
		}
	}
	body = append(body, f.flashLines()...)
	body = body[:min(len(body), room)]
	at = len(lines) + 1
	lines = append(lines, "")
	margin := 4
	for _, line := range body {
		margin = max(min(margin, f.size.width-lipgloss.Width(line)-1), 0)
	}
	for _, line := range body {
		lines = append(lines, strings.TrimRight(strings.Repeat(" ", margin)+line, " "))
	}
	for len(lines) < f.size.height-1 {
		lines = append(lines, "")
	}
	return append(lines[:f.size.height-1], f.stageKeys(x.box)), at
}

// stageBlock is the headline.
func (f frame) stageBlock(width int) []string {
	title := railTitle(f.looking)
	if f.looking == steps.Invoke && f.works() {
		title = "It works"
	}
	h := f.header()
	right := fmt.Sprintf("%d of %d done", h.done, h.of)
	left := "   " + ui.Pad(number(f.looking), 4) + spaced(title)
	if lipgloss.Width(left)+lipgloss.Width(right)+3 > width {
		left = "   " + ui.Pad(number(f.looking), 4) + strings.ToUpper(title)
	}
	middle := ui.Pad(left, width-lipgloss.Width(right)-2) + right
	return []string{" " + strings.Repeat("▄", width), " " + f.style.heading.Render(clip(middle, width)), " " + strings.Repeat("▀", width)}
}

// spaced writes a title in capitals with space between them.
func spaced(title string) string {
	return strings.Join(strings.Split(strings.ToUpper(title), ""), " ")
}

// stageBody is the one idea, and what the page is about: the link, the picture of the
// sequence while the page rests, or its facts.
func (f frame) stageBody(x sheet, room int) []string {
	if f.text.overlay != none {
		return x.body(min(room, mostOnStage))
	}
	st, said := f.status(), stageLeads(steps.Vendor().Name)[f.looking]
	if f.looking == steps.Prerequisites && st.State == engine.Done {
		said = "The yes is given. What needs nobody starts by itself."
	}
	idea := wrapped(said, f.view.width-8)
	s := f.covers.trace.Sequence()
	resting := st.State == engine.Done && steps.Number(f.looking) >= steps.Number(steps.Target)
	if resting && f.page().result == nil && f.view.width >= ui.SequenceWidth-2 {
		return append(append(idea, ""), f.covers.lines(ui.DrawSequence(s, 0, ui.Canvas{Width: f.view.width + 2}), f.mask)...)
	}
	small := sheet{parts: []part{{lines: idea}}}
	for _, p := range x.parts {
		if p.rank != lead {
			small.parts = append(small.parts, p)
		}
	}
	if arrow := stageArrow(s); f.looking == steps.Consent && arrow != "" {
		small.parts = append(small.parts[:1], append([]part{{lines: []string{arrow}}}, small.parts[1:]...)...)
	}
	lines := small.body(min(room, mostOnStage))
	return lines[:min(len(lines), mostOnStage)]
}

// stageArrow is the arrow that is under way.
func stageArrow(s trace.Sequence) string {
	for _, a := range s.Arrows {
		if a.State == trace.InProgress {
			return fmt.Sprintf("%s ┈┈┈┈ %s ┈┈┈┈▶ %s       ◐ waiting for the user", ui.PartyName(a.From), a.Label, ui.PartyName(a.To))
		}
	}
	return ""
}

// stageKeys is the last line: what the next key does, where this is, and the last key.
func (f frame) stageKeys(b *box) string {
	var keys []key.Binding
	if b != nil {
		for _, c := range b.choices {
			if c.primary || c.key == "o" || c.key == "i" {
				keys = append(keys, said(c.key, c.label))
			}
		}
	}
	for _, k := range f.moment(nil) {
		if label := k.Help().Key; label == "enter" && b == nil || label == "s" || label == "w" || label == "esc" {
			keys = append(keys, k)
		}
	}
	right := ui.ShortPlace(f.run.Now().Environment)
	if f.mask.on && !f.run.Now().Environment.Sandbox {
		right = "AWS"
	}
	if f.lastKey != "" {
		right += "    last key: " + f.lastKey
	}
	width := f.size.width - lipgloss.Width(right) - 4
	line := keyLine{f.style, keys}
	for len(line.keys) > 1 && lipgloss.Width(line.line(line.keys)) > width {
		line.keys = line.keys[:len(line.keys)-1]
	}
	return "   " + ui.Pad(clip(line.line(line.keys), width), width) + right
}
