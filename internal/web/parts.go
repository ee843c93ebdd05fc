package web

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Outcome is how something ended.
type Outcome string

// The outcomes. The zero Outcome is that of a page that is no message.
const (
	Success Outcome = "success"
	Failure Outcome = "failure"
	Neutral Outcome = "neutral" // nothing to act on: declined, expired, nothing here
)

// mark is the outcome's sign above the heading, for the eyes only: the heading
// says the same.
func (o Outcome) mark() g.Node {
	signs := map[Outcome]string{Success: "✓", Failure: "!", Neutral: "–"}
	return g.If(o != "", h.P(h.Class("mark "+string(o)), h.Aria("hidden", "true"), g.Text(signs[o])))
}

// Paragraphs returns each text as a paragraph.
func Paragraphs(texts ...string) []g.Node {
	return g.Map(texts, func(text string) g.Node { return h.P(g.Text(text)) })
}

// Alert is a box that says what is wrong with a form; nothing for "".
func Alert(problem string) g.Node {
	return g.If(problem != "", h.P(h.Role("alert"), h.Strong(g.Text(problem))))
}

// Button is a link that looks like a button.
func Button(href, text string) g.Node { return h.A(h.Class("button"), h.Href(href), g.Text(text)) }

// QuietButton is a Button for a secondary action.
func QuietButton(href, text string) g.Node {
	return h.A(h.Class("button quiet"), h.Href(href), g.Text(text))
}

// Submit is the button that sends a form.
func Submit(text string) g.Node { return h.Button(g.Text(text)) }

// Actions is the row of buttons at the end of a page or form.
func Actions(buttons ...g.Node) g.Node {
	return h.P(h.Class("actions"), g.Group(buttons))
}
