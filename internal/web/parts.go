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
	icons := map[Outcome]Icon{Success: check, Failure: exclamation, Neutral: dash}
	return g.Iff(o != "", func() g.Node { return h.P(h.Class("mark "+string(o)), icons[o].node()) })
}

// State is a word about something in the color of an outcome, such as "Verified".
func State(o Outcome, word string) g.Node {
	return h.Span(h.Class("state "+string(o)), g.Text(word))
}

// Result is the content of a page that says how something ended.
type Result struct {
	Lead  string // what happened, a sentence
	Next  string // what the reader does next, a sentence; may be empty
	Then  string // more about it; may be empty
	Facts []Fact
	Link  Link   // the page's action; may be empty
	Close string // whether the tab can be closed; may be empty
}

// Content returns the parts of the page below its heading.
func (r Result) Content() []g.Node {
	return []g.Node{
		h.P(g.Text(r.Lead)),
		g.If(r.Next != "", h.P(h.Strong(g.Text(r.Next)), g.If(r.Then != "", g.Text(" "+r.Then)))),
		Facts(r.Facts...),
		g.If(r.Link.Href != "", Actions(Button(r.Link.Href, r.Link.Text))),
		g.If(r.Close != "", h.P(h.Class("close"), g.Text(r.Close))),
	}
}

// Fact is a row of a table: a label, and a value that is text or other nodes.
type Fact struct {
	Label string
	Value string
	Nodes []g.Node // after Value
}

// Facts is a table of facts; nothing without any.
func Facts(facts ...Fact) g.Node {
	return g.If(len(facts) > 0, h.Dl(g.Map(facts, func(f Fact) g.Node {
		return h.Div(h.Dt(g.Text(f.Label)), h.Dd(g.If(f.Value != "", h.Span(g.Text(f.Value))), g.Group(f.Nodes)))
	})))
}

// Section is a part of a page: a heading with actions beside it, and the content.
func Section(heading string, actions []g.Node, content ...g.Node) g.Node {
	return h.Section(h.Div(h.Class("head"), h.H2(g.Text(heading)), g.Group(actions)), g.Group(content))
}

// Alert is a box that says what is wrong with a form; nothing for "".
func Alert(problem string) g.Node {
	return g.If(problem != "", h.P(h.Role("alert"), g.Text(problem)))
}

// Button is a link that looks like a button.
func Button(href, text string) g.Node { return h.A(h.Class("button"), h.Href(href), g.Text(text)) }

// QuietButton is a Button for a secondary action.
func QuietButton(href, text string) g.Node {
	return h.A(h.Class("button quiet"), h.Href(href), g.Text(text))
}

// SmallButton is a small QuietButton beside what it acts on. The icon may be "".
func SmallButton(href string, icon Icon, text string) g.Node {
	return h.A(h.Class("button quiet small"), h.Href(href), g.If(icon != "", icon.node()), g.Text(text))
}

// Submit is the button that sends a form.
func Submit(text string) g.Node { return h.Button(g.Text(text)) }

// SmallSubmit is a small button that sends a form with a field of that name.
func SmallSubmit(name, text string) g.Node {
	return h.Button(h.Class("quiet small"), h.Name(name), h.Value("yes"), g.Text(text))
}

// Actions is the row of buttons at the end of a page or form.
func Actions(buttons ...g.Node) g.Node {
	return h.P(h.Class("actions"), g.Group(buttons))
}
