package callback

import (
	"net/url"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/text"
)

// Limits in bytes. maxSession is the limit of AgentCore's sessionUri.
const (
	maxSession     = 1024
	maxQuery       = 4 << 10
	maxPasted      = 8 << 10
	maxCode        = 64
	maxDescription = 512
)

// sessionURN is the pattern of AgentCore's sessionUri (CompleteResourceTokenAuth).
var sessionURN = pattern.New(`^urn:ietf:params:oauth:request_uri:[A-Za-z0-9\-._~]+$`)

func validSession(s string) bool { return len(s) <= maxSession && sessionURN.MatchString(s) }

// ParseRedirect parses what the user pasted: the URL to which the browser was
// redirected, or the session's URN alone. refused is set if the redirect has an OAuth
// error in addition to its session. The only error is ErrMalformed.
func ParseRedirect(raw string) (session string, refused *RefusedError, err error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxPasted {
		return "", nil, ErrMalformed
	}
	if validSession(raw) {
		return raw, nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", nil, ErrMalformed
	}
	return parseQuery(u.RawQuery)
}

// parseQuery parses the query of a redirect. It rejects a query with a syntax error
// or with a repeated parameter, where net/url would return a part of it.
func parseQuery(raw string) (session string, refused *RefusedError, err error) {
	if len(raw) > maxQuery {
		return "", nil, ErrMalformed
	}
	query, err := url.ParseQuery(raw)
	if err != nil || len(query["session_id"]) != 1 || !validSession(query.Get("session_id")) ||
		len(query["error"]) > 1 || len(query["error_description"]) > 1 {
		return "", nil, ErrMalformed
	}
	if query.Has("error") || query.Has("error_description") {
		refused = &RefusedError{
			Code:        cleanAndCut(query.Get("error"), maxCode),
			Description: cleanAndCut(query.Get("error_description"), maxDescription),
		}
		if refused.Code == "" {
			refused.Code = "error"
		}
	}
	return query.Get("session_id"), refused, nil
}

// oauthCode matches the error codes that identity providers use. RFC 6749 section
// 4.1.2.1 allows more.
var oauthCode = pattern.New(`^[A-Za-z0-9_.-]{1,64}$`)

// errorWithoutSession returns the error code of a redirect without a session, or "". Any
// site can send the browser here with an error, so only a code of the usual form is
// passed on, and no description.
func errorWithoutSession(raw string) string {
	if len(raw) > maxQuery {
		return ""
	}
	query, err := url.ParseQuery(raw)
	if err != nil || query.Has("session_id") || len(query["error"]) != 1 || !oauthCode.MatchString(query.Get("error")) {
		return ""
	}
	return query.Get("error")
}

// cleanAndCut neutralizes foreign text and cuts it at a rune boundary, after at most
// limit bytes.
func cleanAndCut(s string, limit int) string {
	s = text.CleanLine(s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
