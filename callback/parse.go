package callback

import (
	"net/url"
	"regexp"
	"strings"

	"agentcore-3lo/internal/text"
)

// Bounds in bytes: maxSession is that of AgentCore's sessionUri.
const (
	maxSession     = 1024
	maxQuery       = 4 << 10
	maxPasted      = 8 << 10
	maxCode        = 64
	maxDescription = 512
)

// sessionURN is the pattern of AgentCore's sessionUri (CompleteResourceTokenAuth).
var sessionURN = regexp.MustCompile(`^urn:ietf:params:oauth:request_uri:[A-Za-z0-9\-._~]+$`)

func validSession(s string) bool { return len(s) <= maxSession && sessionURN.MatchString(s) }

// ParseRedirect reads what a person pasted: the URL that the browser was sent
// to, or the session's URN alone. refused is set when the redirect carries an
// error beside its session. The only error is ErrMalformed.
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

// parseQuery is strict where net/url is lenient: a query that cannot be read as
// a whole, or names anything of ours twice, is not read at all.
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
			Code:        bounded(query.Get("error"), maxCode),
			Description: bounded(query.Get("error_description"), maxDescription),
		}
		if refused.Code == "" {
			refused.Code = "error"
		}
	}
	return query.Get("session_id"), refused, nil
}

// oauthCode is how an error code looks (RFC 6749 section 4.1.2.1 allows more;
// vendors use no more).
var oauthCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// bareError returns the error code of a redirect without a session; "" if it
// has none. Anybody can make a browser come with one, so that only what looks
// like a code is passed on, and no description.
func bareError(raw string) string {
	if len(raw) > maxQuery {
		return ""
	}
	query, err := url.ParseQuery(raw)
	if err != nil || query.Has("session_id") || len(query["error"]) != 1 || !oauthCode.MatchString(query.Get("error")) {
		return ""
	}
	return query.Get("error")
}

// bounded cuts foreign text, neutralised, on a rune's boundary.
func bounded(s string, limit int) string {
	s = text.CleanLine(s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
