package callback

import (
	"bytes"
	"net/http"

	"agentcore-3lo/internal/web"
)

// page is one of the fixed texts that the listener shows. No page contains anything
// from a request.
type page struct {
	Outcome web.Outcome
	Title   string
	Lines   []string
}

var (
	pageSuccess = page{web.Success, "All set", []string{
		"Completed OAuth2 3LO flow successfully.",
		"You can close this tab and go back to the terminal.",
	}}
	pageFailure = page{web.Failure, "That did not work", []string{
		"You gave consent, but AgentCore could not complete the session.",
		"The terminal says why and what to do next. You can close this tab.",
	}}
	pageRetry = page{web.Failure, "Not yet", []string{
		"The session could not be completed yet. It is still open.",
		"The terminal says why. Reload this page to try again.",
	}}
	pageRefused = page{web.Neutral, "Consent was not given", []string{
		"Nothing was stored. To try again, get a new link in the terminal.",
		"You can close this tab.",
	}}
	pageScope = page{web.Failure, "The app is missing a permission", []string{
		"The identity provider does not allow the app to request the scopes it needs. Nothing was stored.",
		"Add the product named in the terminal to the app, wait five minutes, and use a new link. You can close this tab.",
	}}
	pageTrouble = page{web.Failure, "The identity provider reported an error", []string{
		"You neither allowed nor refused access. Nothing was stored.",
		"The terminal shows the error and what to do next. You can close this tab.",
	}}
	pageExpired = page{web.Neutral, "This session has expired", []string{
		"A link is valid for ten minutes. Nothing was stored.",
		"Get a new link in the terminal. You can close this tab.",
	}}
	pageUnknown = page{web.Failure, "Nothing was completed", []string{
		"The program in your terminal did not start this session.",
		"If you followed a link from the terminal, use the latest one. If someone sent you this link, close this tab.",
	}}
	pageEarlier = page{web.Neutral, "From an earlier start", []string{
		"This session was started before the program restarted, so it can no longer be completed.",
		"Use the new link in the terminal. You can close this tab.",
	}}
	pageRoundTrip = page{web.Success, "This browser reaches your terminal", []string{
		"After your consent, AgentCore can redirect this browser back here.",
		"You can close this tab and go back to the terminal.",
	}}
	pageNotFound = page{web.Neutral, "Nothing here", []string{
		"This is the callback listener of agentcore-3lo. It handles only the redirect at the end of a consent.",
	}}
	pageIdle = page{web.Neutral, "Nothing is pending", []string{
		"This is the callback listener of agentcore-3lo. It answers only while a consent is pending.",
		"You can close this tab and go back to the terminal.",
	}}
	pageBlocked = page{web.Failure, "Not accepted", []string{
		"This address accepts only a browser navigation, such as a redirect or a link that you open.",
	}}
)

// pages answers with the listener's pages.
type pages struct {
	sandbox bool
	policy  string // the Content-Security-Policy of every answer
}

func newPages(sandbox bool) *pages {
	return &pages{sandbox, web.Policy("'none'")}
}

// show answers with a page.
func (p *pages) show(w http.ResponseWriter, status int, content page) {
	send(w, status, "text/html; charset=utf-8", p.render(content))
}

// render returns the page as HTML.
func (p *pages) render(content page) []byte {
	var b bytes.Buffer
	_ = web.Page{ // a buffer takes whatever is written to it
		Title:   content.Title,
		Sandbox: p.sandbox,
		Note:    "Callback listener on this machine",
		Outcome: content.Outcome,
		Content: web.Paragraphs(content.Lines...),
	}.Render(&b)
	return b.Bytes()
}
