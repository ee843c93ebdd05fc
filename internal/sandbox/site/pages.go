package site

import (
	"bytes"
	"log/slog"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/web"
)

// Actor is the service that a page simulates.
type Actor string

// The actors of the sandbox's pages.
const (
	LinkedIn  Actor = "LinkedIn"
	AgentCore Actor = "Amazon Bedrock AgentCore Identity"
	Sandbox   Actor = "" // the sandbox itself
)

// View is one page: the service it simulates, its heading and its content.
type View struct {
	Actor   Actor
	Title   string
	Content []g.Node
}

// Pages renders the sandbox's pages.
type Pages struct {
	Address
	log *slog.Logger
}

// NewPages returns the pages of the sandbox at an address.
func NewPages(address Address, log *slog.Logger) *Pages { return &Pages{address, log} }

// Render responds with a page.
func (p *Pages) Render(w http.ResponseWriter, status int, v View) { p.send(w, status, v, "") }

// Problem responds with an error page.
func (p *Pages) Problem(w http.ResponseWriter, status int, actor Actor, title, text string) {
	p.send(w, status, View{actor, title, web.Paragraphs(text)}, web.Failure)
}

// NotFound responds to an unknown path.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.send(w, http.StatusNotFound, View{Sandbox, "Nothing here", []g.Node{
		h.P(g.Text("There is no page at "), h.Code(g.Text(r.URL.Path)), g.Text(".")),
		h.P(g.Text("This server simulates AWS for programs, at "), h.Code(g.Text(p.Endpoint)), g.Text(", and a developer portal and consent pages for people.")),
		web.Actions(web.Button(p.Path()+PortalPath, "Open the developer portal")),
	}}, web.Neutral)
}

func (p *Pages) send(w http.ResponseWriter, status int, v View, outcome web.Outcome) {
	note := "Simulates AWS and LinkedIn"
	if v.Actor != Sandbox {
		note = "Simulates " + string(v.Actor) + ". This is not the real service."
	}
	var page bytes.Buffer
	err := web.Page{Title: v.Title, Sandbox: true, Note: note, Outcome: outcome, Content: v.Content,
		Footer: "People, apps and tokens here are made up. Nothing leaves this machine."}.Render(&page)
	if err != nil {
		p.log.Error("page", "title", v.Title, "error", err)
		http.Error(w, "SANDBOX: this page could not be rendered", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", web.Policy("'self'"))
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // fails only if the client has disconnected
}
