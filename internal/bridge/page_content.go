package bridge

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/text"
	"agentcore-3lo/internal/web"
)

// The choices of the page.
const (
	goOn    = "continue"
	decline = "decline"
)

// send sends a page with its length and flushes it, because the server may be closed
// next.
func (p *page) send(w http.ResponseWriter, status int, content web.Page) {
	content.Sandbox, content.Note = p.sandbox, "Consent for an agent"
	var b bytes.Buffer
	_ = content.Render(&b) // a buffer takes whatever is written to it
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		return // the browser has disconnected
	}
	_ = http.NewResponseController(w).Flush() // the answer is sent in any case
}

// questionPage shows who asks and where the link leads. Nothing on it is a link.
func questionPage(q question, path, press string) web.Page {
	button := func(choice, class, label string) g.Node {
		return h.Button(h.Name("choice"), h.Value(choice), g.If(class != "", h.Class(class)), g.Text(label))
	}
	return web.Page{Title: "An agent asks for your consent", Content: []g.Node{
		h.P(h.Strong(g.Text(q.client)), g.Text(" (the name it gives itself) called the tool "), h.Strong(g.Text(text.CleanLine(q.tool))), g.Text(".")),
		h.P(g.Text(q.Asks)),
		g.Map(q.Warnings, web.Alert),
		h.P(g.Text("The button opens this link:")),
		h.P(h.Class("id"), linkWithHost(q)),
		h.P(g.Text(fmt.Sprintf("It leads to %s, is single-use, and expires at %s. There you decide what the agent may read.", q.Host, q.Expires.Local().Format("15:04:05")))),
		h.P(g.Text("Continue only if you are using this agent right now. If this page is a surprise, decline.")),
		h.Form(h.Method("post"), h.Action(path), h.Input(h.Type("hidden"), h.Name("press"), h.Value(press)),
			web.Actions(button(goOn, "", "Continue to "+q.Host), button(decline, "quiet", "Decline"))),
	}}
}

// linkWithHost is the whole link with its host marked, which ends the authority: what
// precedes it may pretend to be one.
func linkWithHost(q question) g.Node {
	from := strings.Index(q.URL, "://") + len("://")
	end := len(q.URL)
	if i := strings.IndexAny(q.URL[from:], "/?#"); i >= 0 {
		end = from + i
	}
	at := strings.LastIndex(strings.ToLower(q.URL[:end]), q.Host)
	if at < from || q.Host == "" {
		return g.Text(q.URL)
	}
	return g.Group{g.Text(q.URL[:at]), h.Mark(g.Text(q.URL[at : at+len(q.Host)])), g.Text(q.URL[at+len(q.Host):])}
}

func leavingPage(link string) web.Page {
	return web.Page{Title: "Opening the link", Outcome: web.Neutral, Content: []g.Node{
		h.P(g.Text("If nothing happens, continue here:")), web.Actions(web.Button(link, "Continue")),
	}}
}

func declinedPage() web.Page {
	return web.Page{Title: "You declined", Outcome: web.Neutral, Content: paragraphs("The agent is told so. Nothing was stored.", "You can close this tab.")}
}

func takenPage() web.Page {
	return web.Page{Title: "This page is open elsewhere", Outcome: web.Failure, Content: paragraphs(
		"Another browser opened it first. If that was not you, someone else on this machine did: do not continue there.",
		"To consent, use the terminal command that the agent names.")}
}

func refusedPage() web.Page {
	return web.Page{Title: "Not accepted", Outcome: web.Failure, Content: paragraphs("This address accepts only its button. Go back to the page and press it there.")}
}

// paragraphs are texts below each other.
func paragraphs(all ...string) []g.Node {
	nodes := make([]g.Node, len(all))
	for i, said := range all {
		nodes[i] = h.P(g.Text(said))
	}
	return nodes
}
