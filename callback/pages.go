package callback

import (
	"bytes"
	"net/http"

	"agentcore-3lo/internal/web"
)

// pageID names one of the listener's pages.
type pageID int

// The listener's pages.
const (
	pageSuccess pageID = iota
	pageFailure
	pageRetry
	pageRefused
	pageScope
	pageTrouble
	pageExpired
	pageUnknown
	pageNoSession
	pageEarlier
	pageRoundTrip
	pageNotFound
	pageIdle
	pageBlocked
	pageCount // how many there are
)

// page is the fixed content of one of them. No page contains anything from a request.
type page struct {
	Outcome web.Outcome
	Title   string
	Result  web.Result
}

const (
	closeTab = "You can close this tab."
	noToken  = "None was stored"
)

// whatHappened is the table of a page at the end of a consent.
func whatHappened(consent, session, token string) []web.Fact {
	return []web.Fact{{Label: "Consent", Value: consent}, {Label: "Session", Value: session}, {Label: "Token", Value: token}}
}

// contents are the texts of the pages. The titles of refusals say what RefusedError
// says, so that browser and terminal agree.
var contents = [pageCount]page{
	pageSuccess: {web.Success, "All set", web.Result{
		Lead:  "Completed OAuth2 3LO flow successfully.",
		Next:  "Go back to the terminal.",
		Facts: whatHappened("Given", "Completed, for the user who started it", "Stored by AgentCore Identity, not on this machine"),
		Close: closeTab}},
	pageFailure: {web.Failure, "That did not work", web.Result{
		Lead:  "You gave consent, but AgentCore could not complete the session.",
		Next:  "Go back to the terminal.",
		Then:  "It says why and what to do next.",
		Facts: whatHappened("Given", "Not completed", noToken),
		Close: closeTab}},
	pageRetry: {web.Failure, "Not yet", web.Result{
		Lead:  "The session could not be completed yet. It is still open.",
		Next:  "Go back to the terminal.",
		Then:  "It says why. Reload this page to try again.",
		Facts: whatHappened("Given", "Still open", "Not stored yet"),
		Close: "Keep this tab open."}},
	pageRefused: {web.Neutral, "Consent was not given", web.Result{
		Lead:  "You refused access.",
		Next:  "Go back to the terminal.",
		Then:  "To try again, get a new link there.",
		Facts: whatHappened("Not given", "Ended", noToken),
		Close: closeTab}},
	pageScope: {web.Failure, "The app is missing a permission", web.Result{
		Lead:  "The identity provider does not allow the app to request the scopes it needs, so it did not ask you.",
		Next:  "Go back to the terminal.",
		Then:  "It names the product that the app needs.",
		Facts: append(whatHappened("Not asked for", "Ended", noToken), web.Fact{Label: "Fix", Value: "Add the product to the app, wait five minutes, use a new link"}),
		Close: closeTab}},
	pageTrouble: {web.Failure, "The identity provider reported an error", web.Result{
		Lead:  "You neither allowed nor refused access.",
		Next:  "Go back to the terminal.",
		Then:  "It shows the error and what to do next.",
		Facts: whatHappened("Neither given nor refused", "Ended", noToken),
		Close: closeTab}},
	pageExpired: {web.Neutral, "This session has expired", web.Result{
		Lead:  "A link is valid for ten minutes.",
		Next:  "Go back to the terminal.",
		Then:  "Get a new link there.",
		Facts: []web.Fact{{Label: "Session", Value: "Expired"}, {Label: "Token", Value: noToken}},
		Close: closeTab}},
	pageUnknown: {web.Failure, "Nothing was completed", web.Result{
		Lead:  "The program in your terminal did not start this session.",
		Next:  "If you opened a link from the terminal, use the latest one.",
		Facts: []web.Fact{{Label: "Session", Value: "Not started here"}, {Label: "Token", Value: noToken}},
		Close: "If someone sent you the link, close this tab."}},
	pageNoSession: {web.Failure, "Nothing was completed", web.Result{
		Lead:  "The browser came back without a session.",
		Next:  "Go back to the terminal.",
		Then:  "If it still waits, get a new link there.",
		Facts: []web.Fact{{Label: "Session", Value: "None in this address"}, {Label: "Token", Value: noToken}},
		Close: closeTab}},
	pageEarlier: {web.Neutral, "From an earlier start", web.Result{
		Lead:  "This session was started before the program restarted, so it can no longer be completed.",
		Next:  "Go back to the terminal.",
		Then:  "Use the new link there.",
		Facts: []web.Fact{{Label: "Session", Value: "Started before the restart"}, {Label: "Token", Value: noToken}},
		Close: closeTab}},
	pageRoundTrip: {web.Success, "This browser reaches your terminal", web.Result{
		Lead:  "After your consent, AgentCore can redirect this browser back here.",
		Next:  "Go back to the terminal.",
		Close: closeTab}},
	pageNotFound: {web.Neutral, "Nothing here", web.Result{
		Lead:  "This is the callback listener of agentcore-3lo. It handles only the redirect at the end of a consent.",
		Close: closeTab}},
	pageIdle: {web.Neutral, "Nothing is pending", web.Result{
		Lead:  "This is the callback listener of agentcore-3lo. It answers only while a consent is pending.",
		Next:  "Go back to the terminal.",
		Close: closeTab}},
	pageBlocked: {web.Failure, "Not accepted", web.Result{
		Lead:  "This address accepts only a browser navigation, such as a redirect or a link that you open.",
		Close: closeTab}},
}

// pages answers with the listener's pages.
type pages struct {
	sandbox bool
	policy  string // the Content-Security-Policy of every answer
}

func newPages(sandbox bool) *pages {
	return &pages{sandbox, web.Policy("'none'")}
}

// show answers with a page.
func (p *pages) show(w http.ResponseWriter, status int, id pageID) {
	send(w, status, "text/html; charset=utf-8", p.render(contents[id]))
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

// render returns the page as HTML.
func (p *pages) render(content page) []byte {
	var b bytes.Buffer
	_ = web.Page{ // a buffer takes whatever is written to it
		Title:   content.Title,
		Sandbox: p.sandbox,
		Note:    "Callback listener on this machine",
		Outcome: content.Outcome,
		Content: content.Result.Content(),
	}.Render(&b)
	return b.Bytes()
}
