package site

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"log/slog"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

//go:embed style.css
var styleFile []byte

// Actor is whom a page plays, for its banner.
type Actor string

// The actors of the sandbox's pages.
const (
	LinkedIn  Actor = "LinkedIn"
	AgentCore Actor = "Amazon Bedrock AgentCore Identity"
	Sandbox   Actor = "" // the sandbox itself
)

// View is one page: whom it plays, its heading and its content.
type View struct {
	Actor   Actor
	Title   string
	Content []g.Node
}

// Pages renders the sandbox's pages.
type Pages struct {
	Address
	log       *slog.Logger
	style     string
	styleHash string // by which the browser is allowed the one style sheet
}

// NewPages prepares the style sheet that every page has.
func NewPages(address Address, log *slog.Logger) *Pages {
	// A browser hashes the style after it has made CRLF, which a checkout on Windows
	// may have, one line feed (HTML Standard, "preprocessing the input stream").
	style := bytes.ReplaceAll(styleFile, []byte("\r\n"), []byte("\n"))
	sum := sha256.Sum256(style)
	return &Pages{address, log, string(style), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

// Render writes a page. It needs no script, no picture and no other origin, and
// says so to the browser.
func (p *Pages) Render(w http.ResponseWriter, status int, v View) {
	var page bytes.Buffer
	if err := p.layout(v).Render(&page); err != nil {
		p.log.Error("page", "title", v.Title, "error", err)
		http.Error(w, "SANDBOX: this page could not be made", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src "+p.styleHash+"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // a client that went away is no news
}

func (p *Pages) layout(v View) g.Node {
	flag, header := "Nothing here leaves this machine.", "The sandbox of agentcore-3lo"
	if v.Actor != Sandbox {
		flag = "This page plays " + string(v.Actor) + ". It is not theirs, and nothing here leaves this machine."
		header = string(v.Actor) + ", played by the sandbox"
	}
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.TitleEl(g.Text(v.Title+" - SANDBOX")),
			h.StyleEl(g.Raw(p.style)), // the embedded file; the only text that is not escaped
		),
		h.Body(
			h.Div(h.Class("flag"), h.Role("note"), h.Strong(g.Text("SANDBOX")), g.Text(flag)),
			h.Header(g.Text(header)),
			h.Main(h.H1(g.Text(v.Title)), g.Group(v.Content)),
			h.Footer(g.Text("People, apps and tokens here are made up.")),
		),
	))
}

// Problem is a page that says what is wrong with a request.
func (p *Pages) Problem(w http.ResponseWriter, status int, actor Actor, title, text string) {
	p.Render(w, status, View{actor, title, []g.Node{h.P(g.Text(text))}})
}

// NotFound is the page for what the sandbox does not have.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.Render(w, http.StatusNotFound, View{Sandbox, "Nothing here", []g.Node{
		h.P(g.Text("There is no page at "), h.Code(g.Text(r.URL.Path)), g.Text(".")),
		h.P(g.Text("This server plays AWS for programs, at "), h.Code(g.Text(p.Endpoint)), g.Text(", and a developer portal and consent pages for people.")),
		h.P(Button(p.Path()+PortalPath, "Open the developer portal")),
	}})
}

// Button is a link that looks like a button.
func Button(href, text string) g.Node { return h.A(h.Class("button"), h.Href(href), g.Text(text)) }

// QuietButton is a Button for what is not the main action.
func QuietButton(href, text string) g.Node {
	return h.A(h.Class("button quiet"), h.Href(href), g.Text(text))
}

// Actions is the row of buttons at the end of a page or form.
func Actions(buttons ...g.Node) g.Node { return h.P(h.Class("actions"), g.Group(buttons)) }
