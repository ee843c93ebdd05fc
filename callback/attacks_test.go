package callback

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Each test here attacks the listener and then checks that the pending session is
// unaffected.

func TestAnUnknownSessionIsRejected(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, query := range []string{"", "&error=access_denied"} {
		r := visit(t, l, "GET", redirect(otherSession)+query)
		if r.StatusCode != http.StatusBadRequest || !strings.Contains(r.body, "Nothing was completed") {
			t.Errorf("%d: %s", r.StatusCode, r.body)
		}
	}
	checkStillOpen(t, l, &a)
}

func TestAMalformedQueryIsRejected(t *testing.T) {
	var a completer
	l := listen(t, &a)
	escaped := strings.TrimPrefix(redirect(ownSession), DefaultPath+"?session_id=")
	for name, query := range map[string]string{
		"nothing":                    "",
		"empty":                      "session_id=",
		"garbage":                    "session_id=hello",
		"the prefix alone":           "session_id=" + prefix,
		"upper-case scheme":          "session_id=URN" + ownSession[3:],
		"a newline after it":         "session_id=" + escaped + "%0A",
		"a space after it":           "session_id=" + escaped + "+",
		"a NUL after it":             "session_id=" + escaped + "%00",
		"the same twice":             "session_id=" + escaped + "&session_id=" + escaped,
		"twice, own and other":       "session_id=" + escaped + "&session_id=" + otherSession,
		"a semicolon":                "session_id=" + escaped + ";a=b",
		"a broken escape":            "session_id=" + escaped + "&a=%zz",
		"a session that is too long": "session_id=" + prefix + strings.Repeat("a", 1024),
		"a query that is too long":   "session_id=" + escaped + "&a=" + strings.Repeat("a", 4096),
		"two errors":                 "session_id=" + escaped + "&error=a&error=b",
		"a bare error":               "error=access_denied",
		"a bare description":         "error_description=x",
		"a script as error":          "error=%3Cscript%3Ealert(1)%3C/script%3E",
		"an error, other parameter":  "state=x&error=access_denied",
		"another case":               "Session_Id=" + escaped,
		"another parameter":          "sessionid=" + escaped,
		"a wrong check":              "check=1&session_id=" + escaped + "&session_id=x",
	} {
		r := visit(t, l, "GET", DefaultPath+"?"+query)
		if r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
		if strings.Contains(r.body, "alert(") || strings.Contains(r.body, "access_denied") || strings.Contains(r.body, "urn:") {
			t.Errorf("%s: the page reflects it: %s", name, r.body)
		}
	}
	checkStillOpen(t, l, &a)
}

func TestOnlyANavigationIsAccepted(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", ""},
		{"Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"},
		{"Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"},
		{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
		{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "object"},
		{"Sec-Fetch-Mode", "websocket"},
		{"Sec-Fetch-Dest", "script"},
		{"Sec-Fetch-Mode", "navigate", "Sec-Fetch-Mode", "cors"},
		{"Sec-Purpose", "prefetch"},
		{"Sec-Purpose", "prefetch;prerender"},
		{"Sec-Purpose", "Prefetch;anonymous-client-ip"},
		{"Purpose", "prefetch"},
		{"X-Moz", "prefetch"},
		{"X-Purpose", "preview"},
	} {
		if r := visit(t, l, "GET", redirect(ownSession), headers...); r.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %d", headers, r.StatusCode)
		}
	}
	if r, err := try(l, "GET", redirect(ownSession), strings.NewReader("body")); err != nil || r.StatusCode != http.StatusForbidden {
		t.Errorf("a body: %+v, %v", r, err)
	}
	checkStillOpen(t, l, &a)
}

func TestTheHeadersOfANavigationAreAccepted(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	r := visit(t, l, "GET", redirect(ownSession), "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document",
		"Sec-Fetch-Site", "cross-site", "Referer", "https://www.linkedin.com/", "Upgrade-Insecure-Requests", "1")
	if r.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", r.StatusCode)
	}
	follow(t, l, ownSession)
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"} {
		for _, target := range []string{redirect(ownSession), pingPath, faviconPath} {
			r := visit(t, l, method, target)
			if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET" {
				t.Errorf("%s %s: %d", method, target, r.StatusCode)
			}
		}
	}
	checkStillOpen(t, l, &a)
}

func TestOtherPathsAreNotFoundAndNotRedirected(t *testing.T) {
	var a completer
	l := listen(t, &a)
	query := strings.TrimPrefix(redirect(ownSession), DefaultPath)
	for _, path := range []string{"/", "//oauth2/callback", "/oauth2/callback/", "/oauth2/./callback", "/x/../oauth2/callback",
		"/oauth2%2Fcallback", "/oauth2/%63allback", "/OAuth2/callback", "/oauth2", "/oauth2/callback/done", "/oauth2/callback/done/x",
		"/userIdentifier/token", "/index.html"} {
		r := visit(t, l, "GET", path+query)
		if r.StatusCode != http.StatusNotFound || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	checkStillOpen(t, l, &a)
}

func TestOtherHostHeadersAreMisdirected(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, host := range []string{"evil.example", "localhost", "localhost:1", "127.0.0.1", "127.0.0.2:PORT", "0.0.0.0:PORT",
		"evil.example:PORT", "localhost.evil.example:PORT", "localhost.:PORT", "127.0.0.1.nip.io:PORT", "[::]:PORT"} {
		host = strings.ReplaceAll(host, "PORT", fmt.Sprint(l.Port()))
		for _, target := range []string{redirect(ownSession), pingPath} {
			if r := visit(t, l, "GET", target, "Host", host); r.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("%s, %s: %d", host, target, r.StatusCode)
			}
		}
	}
	for _, host := range []string{"localhost:PORT", "LOCALHOST:PORT", "127.0.0.1:PORT", "[::1]:PORT"} {
		host = strings.ReplaceAll(host, "PORT", fmt.Sprint(l.Port()))
		if r := visit(t, l, "GET", pingPath, "Host", host); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", host, r.StatusCode)
		}
	}
	checkStillOpen(t, l, &a)
}

func TestTheHostOfTheReturnURLIsAccepted(t *testing.T) {
	const studio = "https://d-1.studio.us-east-1.sagemaker.aws/jupyterlab/default/proxy/9090/oauth2/callback"
	var a completer
	l := listen(t, &a, func(p *PortOptions, o *Options) { o.ReturnURL, p.AllInterfaces = studio, true })
	if l.ReturnURL() != studio {
		t.Errorf("return URL %s", l.ReturnURL())
	}
	for host, want := range map[string]int{
		"d-1.studio.us-east-1.sagemaker.aws":      200,
		"d-1.studio.us-east-1.sagemaker.aws:443":  200,
		"d-1.studio.us-east-1.sagemaker.aws:80":   421,
		"d-2.studio.us-east-1.sagemaker.aws":      421,
		"d-1.studio.us-east-1.sagemaker.aws.evil": 421,
	} {
		if r := visit(t, l, "GET", pingPath, "Host", host); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, r.StatusCode, want)
		}
	}
	link, _ := l.RoundTrip()
	if !strings.HasPrefix(link, studio+"?check=") {
		t.Errorf("round trip %s", link)
	}
	checkStillOpen(t, l, &a)
}

// TestTheResultPageNeedsItsKeyAndANavigation checks that the page is not shown
// without the key.
func TestTheResultPageNeedsItsKeyAndANavigation(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	r := visit(t, l, "GET", redirect(ownSession))
	location := "/oauth2/" + r.Header.Get("Location")
	if got := visit(t, l, "GET", location, "Sec-Fetch-Dest", "iframe"); got.StatusCode != http.StatusForbidden {
		t.Errorf("in a frame: %d", got.StatusCode)
	}
	if got := visit(t, l, "GET", DefaultPath+"/done?r="+ownSession); got.StatusCode != http.StatusNotFound {
		t.Errorf("with the URN: %d", got.StatusCode)
	}
	follow(t, l, ownSession)
}

func TestEveryResponseHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a, func(p *PortOptions, o *Options) { p.Sandbox = true })
	for _, target := range []string{redirect(ownSession), redirect(otherSession), "/", pingPath, faviconPath, DefaultPath, DefaultPath + "/done"} {
		r := visit(t, l, "GET", target)
		for name, want := range map[string]string{
			"Cache-Control":                "no-store",
			"Referrer-Policy":              "no-referrer",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		policy := r.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q", target, policy)
			}
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			continue
		}
		_, rest, _ := strings.Cut(r.body, "<style>")
		style, _, ok := strings.Cut(rest, "</style>")
		sum := sha256.Sum256([]byte(strings.ReplaceAll(style, "\r\n", "\n"))) // as a browser does
		if !ok || !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Errorf("%s: the policy forbids the page's own style", target)
		}
		if !strings.Contains(r.body, "SANDBOX") || strings.Contains(r.body, "<script") || strings.Contains(r.body, "http") {
			t.Errorf("%s: no SANDBOX mark, or something from elsewhere: %s", target, r.body)
		}
	}
	follow(t, l, ownSession)
}

func TestLargeHeadersAreRejected(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	// The connection is cut, with or without the status getting through.
	r, err := try(l, "GET", redirect(ownSession), nil, "X-Pad", strings.Repeat("a", 24<<10))
	if err == nil && r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", r.StatusCode)
	}
	checkStillOpen(t, l, &a)
}
