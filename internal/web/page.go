// Package web is the look of every page that agentcore-3lo serves: the callback
// listener's result pages and the sandbox's portal and consent pages. Pages need
// no script, no picture and nothing from another origin.
package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

const product = "agentcore-3lo"

//go:embed style.css
var styleFile string

// Page is one HTML page. Every text in it is escaped.
type Page struct {
	Title   string
	Sandbox bool    // marks the page as SANDBOX, in its header and in the browser's tab
	Note    string  // in the header: which part of the product this is
	Back    Link    // above the heading: the page that this one belongs to; may be empty
	Outcome Outcome // makes the page a message that says how something ended
	Content []g.Node
	Footer  string // may be empty
}

// Link is a text that leads somewhere.
type Link struct{ Href, Text string }

// Render writes the page. It fails only where w does.
func (p Page) Render(w io.Writer) error {
	suffix := product
	if p.Sandbox {
		suffix = "SANDBOX"
	}
	return g.Group{h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.TitleEl(g.Text(p.Title+" · "+suffix)),
			h.StyleEl(g.Raw(style())), // the embedded file, the only text that is not escaped
		),
		h.Body(
			p.header(),
			h.Main(g.If(p.Outcome != "", h.Class("message")),
				g.If(p.Back.Href != "", h.P(h.Class("back"), h.A(h.Href(p.Back.Href), g.Text("← "+p.Back.Text)))),
				p.Outcome.mark(), h.H1(g.Text(p.Title)), g.Group(p.Content)),
			g.If(p.Footer != "", h.Footer(g.Text(p.Footer))),
		),
	)), g.Text("\n")}.Render(w)
}

func (p Page) header() g.Node {
	return h.Header(g.If(p.Sandbox, h.Class("sandbox")),
		h.Div(
			h.Span(h.Class("product"), g.Text(product)),
			g.If(p.Sandbox, g.Group{g.Text(" "), h.Strong(h.Class("badge"), g.Text("SANDBOX"))}),
			g.Text(" "), h.Span(h.Class("note"), g.Text(p.Note)),
		),
	)
}

// style returns the style sheet as a browser hashes it: with line feeds alone
// (HTML Standard, "preprocessing the input stream"), whatever a checkout on
// Windows made of them.
func style() string { return strings.ReplaceAll(styleFile, "\r\n", "\n") }

// Policy returns the Content-Security-Policy of a page. The browser may apply the
// page's own style sheet and submit forms to formAction, 'self' or 'none', and
// nothing else.
func Policy(formAction string) string {
	sum := sha256.Sum256([]byte(style()))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action " + formAction + "; frame-ancestors 'none'; base-uri 'none'"
}
