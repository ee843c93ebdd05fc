package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
)

//go:embed pages
var pageFiles embed.FS

// A site is whom a page plays, for its banner.
type site string

const (
	siteProvider  site = "LinkedIn"
	siteAgentCore site = "Amazon Bedrock AgentCore Identity"
	siteSandbox   site = "" // the sandbox itself
)

// A view is one page: what it plays, its heading, the template of its content and that one's data.
type view struct {
	Site    site
	Title   string
	Content string
	Data    any
}

// loadPages reads the templates, and the hash by which the browser is allowed
// the one style sheet that every page carries.
func loadPages() (*template.Template, string, error) {
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return nil, "", err
	}
	// A browser hashes the style after it has made CRLF, which a checkout on Windows
	// may have, one line feed (HTML Standard, "preprocessing the input stream").
	style = bytes.ReplaceAll(style, []byte("\r\n"), []byte("\n"))
	sum := sha256.Sum256(style)
	pages := template.New("pages").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }})
	pages, err = pages.ParseFS(pageFiles, "pages/*.html")
	return pages, "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'", err
}

// render writes a page. It needs no script, no picture and no other origin, and
// says so to the browser.
func (s *Server) render(w http.ResponseWriter, status int, v view) {
	var content, whole bytes.Buffer
	err := s.pages.ExecuteTemplate(&content, v.Content, map[string]any{"Base": s.basePath(), "Data": v.Data})
	if err == nil {
		err = s.pages.ExecuteTemplate(&whole, "layout", map[string]any{
			"Base": s.basePath(), "Site": string(v.Site), "Title": v.Title, "Body": template.HTML(content.String()), // escaped by its own template
		})
	}
	if err != nil {
		s.log.Error("page", "content", v.Content, "error", err)
		http.Error(w, "SANDBOX: this page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+s.styleHash+"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(whole.Bytes())
}

func (s *Server) serveNotFound(w http.ResponseWriter, r *http.Request) {
	s.render(w, http.StatusNotFound, view{Site: siteSandbox, Title: "Nothing here", Content: "notfound", Data: map[string]any{
		"Path": r.URL.Path, "Endpoint": s.endpoint, "Portal": s.basePath() + portalPath,
	}})
}
