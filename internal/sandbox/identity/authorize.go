package identity

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"agentcore-3lo/internal/sandbox/site"
	"agentcore-3lo/internal/sandbox/state"
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
		s.Pages.Problem(w, http.StatusBadRequest, site.AgentCore, "Invalid request", "This authorization link was opened before, is older than ten minutes, or is incomplete. Get a new link.")
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
		s.Pages.Problem(w, http.StatusBadRequest, site.AgentCore, "Access denied", "The authorization server reported that access was not granted. You can close this page.")
	case err != nil || next == "":
		s.Pages.Problem(w, http.StatusBadRequest, site.AgentCore, "Invalid request", "This authorization request is unknown, already completed, or older than ten minutes.")
	default:
		site.Redirect(w, r, next)
	}
}

// refusalURL returns where the browser goes after the user declined at the vendor.
// The behaviour of the real service is not documented, so there are three variants.
func (s *Service) refusalURL(ses *state.Session, said url.Values) string {
	code, description := said.Get("error"), said.Get("error_description")
	if strings.HasPrefix(code, "user_cancelled") {
		code = "access_denied"
	}
	back := url.Values{"error": {code}}
	if s.Refusal == RefusalWithError {
		back.Set("session_id", s.sessionURN(ses))
		back.Set("error_description", description)
	}
	return site.WithQuery(ses.ReturnURL, back)
}
