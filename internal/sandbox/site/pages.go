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
	AgentCore Actor = "AgentCore Identity"
	Sandbox   Actor = "" // the sandbox itself
)

// View is one page: the service it simulates, the page it belongs to, its heading and
// its content.
type View struct {
	Actor   Actor
	Back    web.Link
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
func (p *Pages) Problem(w http.ResponseWriter, status int, actor Actor, title string, r web.Result) {
	p.send(w, status, View{Actor: actor, Title: title, Content: r.Content()}, web.Failure)
}

// Broken responds to a request that failed in the sandbox itself.
func (p *Pages) Broken(w http.ResponseWriter, actor Actor, err error) {
	p.Problem(w, http.StatusInternalServerError, actor, "Something went wrong", web.Result{
		Lead: "The sandbox could not do this.", Facts: []web.Fact{{Label: "Error", Value: err.Error()}},
		Next: "Go back and try again.", Link: p.portal()})
}

// NotFound responds to an unknown path.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	result := web.Result{
		Lead:  "This server simulates AWS for programs, and a developer portal and consent pages for people.",
		Facts: []web.Fact{{Label: "Path", Nodes: []g.Node{h.Code(g.Text(r.URL.Path))}}, {Label: "AWS", Nodes: []g.Node{h.Code(g.Text(p.Endpoint))}}},
		Link:  p.portal()}
	p.send(w, http.StatusNotFound, View{Actor: Sandbox, Title: "Nothing here", Content: result.Content()}, web.Neutral)
}

func (p *Pages) portal() web.Link {
	return web.Link{Href: p.Path() + PortalPath, Text: "Open the developer portal"}
}

func (p *Pages) send(w http.ResponseWriter, status int, v View, outcome web.Outcome) {
	note, footer := "Simulates AWS and LinkedIn", "People, apps and tokens here are made up. Nothing leaves this machine."
	if v.Actor != Sandbox {
		note, footer = "Simulates "+string(v.Actor), "This is not the real service. "+footer
	}
	var page bytes.Buffer
	err := web.Page{Title: v.Title, Sandbox: true, Note: note, Back: v.Back, Outcome: outcome, Content: v.Content, Footer: footer}.Render(&page)
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
