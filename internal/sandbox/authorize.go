package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serveAuthorize sends a browser on to the provider. An authorization URL works
// once: whoever opens it, also a link preview, spends it.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	reference, isURN := strings.CutPrefix(r.URL.Query().Get("request_uri"), requestURN)
	var next string
	err := s.change(func(world *world, now time.Time) error {
		realm, ses := s.session(world, sealRequest, reference, now)
		if !isURN || ses == nil || ses.Opened {
			return nil
		}
		p := realm.Providers[ses.Provider]
		if p == nil {
			return nil
		}
		ses.Opened = true
		next = s.base() + "/oauth/v2/authorization?" + url.Values{
			"response_type": {"code"}, "client_id": {p.ClientID}, "redirect_uri": {s.base() + callbackPath + p.Callback},
			"scope": {strings.Join(ses.Scopes, " ")}, "state": {s.seal(sealState, ses.ID)},
		}.Encode()
		return nil
	})
	if err != nil || next == "" {
		s.agentCoreProblem(w, "Invalid request", "This authorization link is not valid: it was opened before, it is older than ten minutes, or it is not complete. Ask for a new one.")
		return
	}
	redirect(w, r, next)
}

// serveCallback is where the provider sends the browser: to AgentCore first, not to the application.
func (s *Server) serveCallback(w http.ResponseWriter, r *http.Request, callback string) {
	query := r.URL.Query()
	var next string
	deadEnd := false
	err := s.change(func(world *world, now time.Time) error {
		realm, ses := s.session(world, sealState, query.Get("state"), now)
		if ses == nil || !ses.Opened {
			return nil
		}
		p := realm.Providers[ses.Provider]
		if p == nil || p.Callback != callback {
			return nil
		}
		if query.Get("error") != "" {
			ses.Finished = true
			next, deadEnd = s.refusalURL(ses, query), s.refusal == RefusalDeadEnd
			return nil
		}
		id, ok := s.unseal(sealCode, query.Get("code"))
		if g := world.Provider.Grants[id]; !ok || g == nil || g.App != p.ClientID || g.Redirect != callbackPath+p.Callback {
			return nil
		}
		ses.Consent = id
		back := url.Values{"session_id": {s.sessionURN(ses)}}
		if ses.Custom != "" {
			back.Set("state", ses.Custom)
		}
		next = withQuery(ses.ReturnURL, back)
		return nil
	})
	switch {
	case deadEnd:
		s.agentCoreProblem(w, "Access denied", "The authorization server reported that access was not granted. You can close this page.")
	case err != nil || next == "":
		s.agentCoreProblem(w, "Invalid request", "This authorization request is not known here, has been finished, or is older than ten minutes.")
	default:
		redirect(w, r, next)
	}
}

// refusalURL is where the browser goes after the provider said no. Nobody has
// recorded what the real service does, so this is one of three guesses.
func (s *Server) refusalURL(ses *session, said url.Values) string {
	code, description := said.Get("error"), said.Get("error_description")
	if strings.HasPrefix(code, "user_cancelled") {
		code = "access_denied"
	}
	back := url.Values{"error": {code}}
	if s.refusal == RefusalWithError {
		back.Set("session_id", s.sessionURN(ses))
		back.Set("error_description", description)
	}
	return withQuery(ses.ReturnURL, back)
}

// withQuery adds parameters to a URL that may have some.
func withQuery(link string, add url.Values) string {
	separator := "?"
	if strings.Contains(link, "?") {
		separator = "&"
	}
	return link + separator + add.Encode()
}

func redirect(w http.ResponseWriter, r *http.Request, next string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, next, http.StatusFound)
}

func (s *Server) agentCoreProblem(w http.ResponseWriter, title, text string) {
	s.render(w, http.StatusBadRequest, view{Site: siteAgentCore, Title: title, Content: "problem", Data: text})
}
