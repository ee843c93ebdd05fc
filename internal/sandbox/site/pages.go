package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
)

//go:embed pages
var pageFiles embed.FS

// Actor is whom a page plays, for its banner.
type Actor string

// The actors of the sandbox's pages.
const (
	LinkedIn  Actor = "LinkedIn"
	AgentCore Actor = "Amazon Bedrock AgentCore Identity"
	Sandbox   Actor = "" // the sandbox itself
)

// View is one page: whom it plays, its heading, the template of its content and that one's data.
type View struct {
	Actor   Actor
	Title   string
	Content string
	Data    any
}

// Pages renders the sandbox's pages.
type Pages struct {
	Address
	log       *slog.Logger
	templates *template.Template
	styleHash string
}

// NewPages reads the templates, and the hash by which the browser is allowed the
// one style sheet that every page has.
func NewPages(address Address, log *slog.Logger) (*Pages, error) {
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return nil, err
	}
	// A browser hashes the style after it has made CRLF, which a checkout on Windows
	// may have, one line feed (HTML Standard, "preprocessing the input stream").
	style = bytes.ReplaceAll(style, []byte("\r\n"), []byte("\n"))
	sum := sha256.Sum256(style)
	pages := template.New("pages").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }})
	pages, err = pages.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, err
	}
	return &Pages{address, log, pages, "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}, nil
}

// Render writes a page. It needs no script, no picture and no other origin, and
// says so to the browser.
func (p *Pages) Render(w http.ResponseWriter, status int, v View) {
	var content, whole bytes.Buffer
	err := p.templates.ExecuteTemplate(&content, v.Content, map[string]any{"Base": p.Path(), "Data": v.Data})
	if err == nil {
		err = p.templates.ExecuteTemplate(&whole, "layout", map[string]any{
			"Base": p.Path(), "Site": string(v.Actor), "Title": v.Title, "Body": template.HTML(content.String()), // escaped by its own template
		})
	}
	if err != nil {
		p.log.Error("page", "content", v.Content, "error", err)
		http.Error(w, "SANDBOX: this page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+p.styleHash+"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(whole.Bytes())
}

// Problem is a page that says what is wrong with a request.
func (p *Pages) Problem(w http.ResponseWriter, actor Actor, title, text string) {
	p.Render(w, http.StatusBadRequest, View{Actor: actor, Title: title, Content: "problem", Data: text})
}

// NotFound is the page for what the sandbox does not have.
func (p *Pages) NotFound(w http.ResponseWriter, r *http.Request) {
	p.Render(w, http.StatusNotFound, View{Actor: Sandbox, Title: "Nothing here", Content: "notfound", Data: map[string]any{
		"Path": r.URL.Path, "Endpoint": p.Endpoint, "Portal": p.Path() + PortalPath,
	}})
}
