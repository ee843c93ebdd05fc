package callback

import (
	"errors"
	"net/url"
	"testing"

	"agentcore-3lo/internal/text"
)

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "session_id=" + ours, "session_id=" + url.QueryEscape(ours) + "&error=a&error_description=b%1b", "session_id=a;b", "a=%zz&session_id=" + ours,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		session, refused, err := parseQuery(raw)
		sound(t, session, refused, err)
		query, parseErr := url.ParseQuery(raw)
		if err == nil && (parseErr != nil || len(query["session_id"]) != 1 || query.Get("session_id") != session) {
			t.Errorf("%q gives %q", raw, session)
		}
	})
}

func FuzzParseRedirect(f *testing.F) {
	for _, seed := range []string{
		"", ours, "  " + ours + "\r\n", "http://localhost:9090/oauth2/callback?session_id=" + url.QueryEscape(ours), "https://x/?session_id=" + ours + "#f",
		"http://[::1]:9090/oauth2/callback?session_id=" + ours + "&error=x", "javascript:?session_id=" + ours,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		session, refused, err := ParseRedirect(raw)
		sound(t, session, refused, err)
	})
}

// sound is what has to hold whatever came in.
func sound(t *testing.T, session string, refused *RefusedError, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrMalformed) || session != "" || refused != nil {
			t.Errorf("%q, %v, %v", session, refused, err)
		}
		return
	}
	if !validSession(session) {
		t.Errorf("session %q", session)
	}
	if refused == nil {
		return
	}
	for _, s := range []string{refused.Code, refused.Description, refused.Error()} {
		if s != text.CleanLine(s) || len(s) > maxCode+maxDescription+100 {
			t.Errorf("refused %q", s)
		}
	}
}
