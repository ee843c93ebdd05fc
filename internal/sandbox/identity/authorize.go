package identity

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
	"agentcore-3lo/internal/web"
)

const (
	closeTab     = "You can close this tab."
	accessDenied = "access_denied"
)

// serveAuthorize redirects a browser to the vendor. An authorization URL works
// once: any request to it, even a link preview, uses it up.
func (s *Service) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	reference, isURN := strings.CutPrefix(r.URL.Query().Get("request_uri"), RequestURN)
	var next string
	err := s.Store.Update(func(world *state.World, now time.Time) {
		realm, ses := s.session(world, forRequest, reference, now)
		if !isURN || ses == nil || ses.Opened {
			return
		}
		p := realm.Providers[ses.Provider]
		if p == nil {
			return
		}
		ses.Opened = true
		next = s.Pages.Base() + "/oauth/v2/authorization?" + url.Values{
			"response_type": {"code"}, "client_id": {p.ClientID}, "redirect_uri": {s.Pages.Base() + p.CallbackPath()},
			"scope": {strings.Join(ses.Scopes, " ")}, "state": {s.Store.Secrets.Issue(forState, ses.ID)},
		}.Encode()
	})
	if err != nil || next == "" {
		s.invalid(w, "This authorization link was opened before, is older than ten minutes, or is incomplete.")
		return
	}
	site.Redirect(w, r, next)
}

// serveCallback is AgentCore's callback URL, to which the vendor redirects the
// browser.
func (s *Service) serveCallback(w http.ResponseWriter, r *http.Request) {
	callback := r.PathValue("callback")
	query := r.URL.Query()
	var next string
	deadEnd := false
	err := s.Store.Update(func(world *state.World, now time.Time) {
		realm, ses := s.session(world, forState, query.Get("state"), now)
		if ses == nil || !ses.Opened {
			return
		}
		p := realm.Providers[ses.Provider]
		if p == nil || p.Callback != callback {
			return
		}
		if query.Get("error") != "" {
			ses.Finished = true
			next, deadEnd = s.refusalURL(ses, query), s.Refusal == RefusalDeadEnd
			return
		}
		id, ok := s.Vendor.Grant(query.Get("code"))
		if g := world.Vendor.Grants[id]; !ok || g == nil || g.App != p.ClientID || g.Redirect != p.CallbackPath() {
			return
		}
		ses.Consent = id
		back := url.Values{"session_id": {s.sessionURN(ses)}}
		if ses.Custom != "" {
			back.Set("state", ses.Custom)
		}
		next = site.WithQuery(ses.ReturnURL, back)
	})
	switch {
	case deadEnd:
		s.refused(w, query)
	case err != nil || next == "":
		s.invalid(w, "This authorization request is unknown, already completed, or older than ten minutes.")
	default:
		site.Redirect(w, r, next)
	}
}

func (s *Service) invalid(w http.ResponseWriter, why string) {
	s.Pages.Problem(w, http.StatusBadRequest, site.AgentCore, "Invalid request", web.Result{
		Lead: why, Next: "Go back to the terminal.", Then: "Get a new link there.", Close: closeTab})
}

// refused shows the vendor's error, which the application does not get: a refusal, or
// whatever else the vendor reported.
func (s *Service) refused(w http.ResponseWriter, said url.Values) {
	code, title := errorCode(said), "The authorization server reported an error"
	if code == accessDenied {
		title = "Access denied"
	}
	facts := []web.Fact{{Label: "Error", Nodes: []g.Node{h.Code(g.Text(code))}}}
	if description := said.Get("error_description"); description != "" {
		facts = append(facts, web.Fact{Label: "Reason", Value: description})
	}
	s.Pages.Problem(w, http.StatusBadRequest, site.AgentCore, title, web.Result{
		Lead: "Access was not granted, and nothing was stored.", Facts: facts,
		Next: "Go back to the terminal.", Then: "Choose there what your browser shows.", Close: closeTab})
}

// errorCode returns the vendor's error code. A user's refusal gets the one of RFC 6749.
func errorCode(said url.Values) string {
	if code := said.Get("error"); !strings.HasPrefix(code, "user_cancelled") {
		return code
	}
	return accessDenied
}

// refusalURL returns where the browser goes after the user declined at the vendor.
// The behaviour of the real service is not documented, so there are three variants.
func (s *Service) refusalURL(ses *state.Session, said url.Values) string {
	back := url.Values{"error": {errorCode(said)}}
	if s.Refusal == RefusalWithError {
		back.Set("session_id", s.sessionURN(ses))
		back.Set("error_description", said.Get("error_description"))
	}
	return site.WithQuery(ses.ReturnURL, back)
}
