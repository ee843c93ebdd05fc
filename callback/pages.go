package callback

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is one of the fixed texts that a browser may see. None has a place for
// anything that came with a request.
type page struct {
	Tone  string // good, bad or calm: the mark's colour
	Mark  string
	Title string
	Lines []string
}

var (
	pageSuccess = page{"good", "✓", "All set", []string{
		"Completed OAuth2 3LO flow successfully.",
		"You can close this tab and go back to the terminal.",
	}}
	pageFailure = page{"bad", "!", "That did not work", []string{
		"You gave consent, but AgentCore could not complete the session.",
		"The terminal says why and what to do next. You can close this tab.",
	}}
	pageRetry = page{"bad", "!", "Not yet", []string{
		"The session could not be completed yet. It is still open.",
		"The terminal says why. Reload this page to try again.",
	}}
	pageRefused = page{"calm", "–", "Consent was not given", []string{
		"Nothing was stored. To try again, get a fresh link in the terminal.",
		"You can close this tab.",
	}}
	pageScope = page{"bad", "!", "The app is missing a permission", []string{
		"The identity provider does not let the app ask for what it needs. Nothing was stored.",
		"Add the product that the terminal names to the app, wait five minutes, and use a fresh link. You can close this tab.",
	}}
	pageTrouble = page{"bad", "!", "The identity provider reported an error", []string{
		"This was not your decision: you neither allowed nor refused. Nothing was stored.",
		"The terminal quotes the error and says what to do next. You can close this tab.",
	}}
	pageExpired = page{"calm", "–", "This session has expired", []string{
		"A link is valid for ten minutes. Nothing was completed.",
		"Get a fresh link in the terminal. You can close this tab.",
	}}
	pageUnknown = page{"bad", "!", "Nothing was completed", []string{
		"This is not a session that the program on this machine is waiting for.",
		"If you followed a link in the terminal, use the latest one. If somebody sent you here, close this tab.",
	}}
	pageEarlier = page{"calm", "–", "From an earlier start", []string{
		"This session was started before the program restarted, so it can no longer be completed.",
		"Use the fresh link in the terminal. You can close this tab.",
	}}
	pageRoundTrip = page{"good", "✓", "This browser reaches your terminal", []string{
		"The browser will find its way back after your consent, too.",
		"You can close this tab and go back to the terminal.",
	}}
	pageNotFound = page{"calm", "–", "Nothing here", []string{
		"This is the callback listener of agentcore-3lo. It handles only the redirect at the end of a consent.",
	}}
	pageIdle = page{"calm", "–", "Nothing is pending", []string{
		"This is the callback listener of agentcore-3lo. It answers only while a consent is pending.",
		"Go back to the terminal, and close this tab.",
	}}
	pageBlocked = page{"bad", "!", "Not accepted", []string{
		"This address accepts only a plain visit by a browser.",
	}}
)

// pages renders. Its policy header names the only style that may apply.
type pages struct {
	template *template.Template
	style    template.CSS
	policy   string
	banner   string
}

func newPages(banner string) (*pages, error) {
	// A browser hashes the style after it has made CRLF, which a checkout on Windows
	// may have, one line feed (HTML Standard, "preprocessing the input stream").
	lf := strings.NewReplacer("\r\n", "\n")
	style := lf.Replace(pageCSS)
	t, err := template.New("page").Parse(lf.Replace(pageHTML))
	if err != nil {
		return nil, fmt.Errorf("the callback page: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	return &pages{
		template: t,
		style:    template.CSS(style),
		banner:   banner,
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
	}, nil
}

// show answers with a page.
func (p *pages) show(w http.ResponseWriter, status int, content page) {
	send(w, status, "text/html; charset=utf-8", p.render(content))
}

// protect sets what every answer carries.
func (p *pages) protect(h http.Header) {
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// render returns the page as HTML. It cannot fail on our own texts; if it did,
// the title alone would still say what happened.
func (p *pages) render(content page) []byte {
	var b bytes.Buffer
	err := p.template.Execute(&b, struct {
		page
		Style  template.CSS
		Banner string
	}{content, p.style, p.banner})
	if err != nil {
		return []byte(template.HTMLEscapeString(content.Title))
	}
	return b.Bytes()
}
