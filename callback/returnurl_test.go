package callback

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestParseReturnURLExplainsWhatIsWrong(t *testing.T) {
	for raw, reason := range map[string]string{
		"http://localhost:9090/oauth2/callback":                "",
		"http://127.0.0.1:9090/cb":                             "",
		"http://[::1]:9090/cb":                                 "",
		"http://[0:0:0:0:0:0:0:1]:9090/cb":                     "",
		"http://LOCALHOST:9090/Callback":                       "",
		"HTTP://localhost:9090/cb":                             "",
		"http://localhost/cb":                                  "",
		"http://localhost:80/cb":                               "",
		"https://proxy.example/oauth2/callback":                "",
		"https://proxy.example:443/a/b":                        "",
		"https://HUB.example/user/jo%40x/proxy/9090/cb":        "",
		"https://octo-9090.app.github.dev/oauth2/callback":     "",
		"https://localhost:9443/cb":                            "",
		"http://localhost:9090":                                "add a path",
		"http://localhost:9090/":                               "add a path",
		"https://proxy.example":                                "add a path",
		"http://localhost:9090/cb/":                            "slash at the end",
		"https://proxy.example/proxy/9090/":                    "slash at the end",
		"http://localhost:9090/a//b":                           "shorten",
		"http://localhost:9090/a/../b":                         "shorten",
		"https://proxy.example/a/%2e%2e/b":                     "shorten",
		"http://localhost:9090/a%20b":                          "percent-encoded",
		"http://localhost:9090/%63b":                           "percent-encoded",
		"http://localhost:9090/a b":                            "characters",
		"http://localhost:9090/rück":                           "characters",
		"https://bücher.example/cb":                            "Punycode",
		"http://localhost:9090/cb?x=1":                         "remove ? and #",
		"http://localhost:9090/cb?":                            "remove ? and #",
		"http://localhost:9090/cb#top":                         "remove ? and #",
		"http://localhost:9090/cb#":                            "remove ? and #",
		"http://ana@localhost:9090/cb":                         "user name",
		"https://ana:pw@proxy.example/cb":                      "user name",
		"http://localhost.:9090/cb":                            "dot at the end",
		"https://proxy.example./cb":                            "dot at the end",
		"http://localhost:/cb":                                 "port after the colon",
		"http://localhost:0/cb":                                "not a port",
		"http://localhost:65536/cb":                            "not a port",
		"http://localhost:9o9o/cb":                             "port",
		"http://proxy.example/cb":                              "unencrypted",
		"http://192.0.2.1:9090/cb":                             "unencrypted",
		"http://127.0.0.2:9090/cb":                             "unencrypted",
		"http://0.0.0.0:9090/cb":                               "unencrypted",
		"http://[::ffff:127.0.0.1]:9090/cb":                    "unencrypted",
		"http://app.localhost:9090/cb":                         "unencrypted",
		"ftp://localhost:9090/cb":                              "start with",
		"javascript:alert(1)":                                  "start with",
		"localhost:9090/cb":                                    "start with",
		"//localhost:9090/cb":                                  "start with",
		"/oauth2/callback":                                     "start with",
		"https:///cb":                                          "start with",
		"":                                                     "characters",
		"http://localhost:9090/ping":                           "uses /ping itself",
		"https://proxy.example/proxy/9090/favicon.ico":         "itself",
		"http://localhost:9090/cb/done":                        "itself",
		"http://localhost:9090/userIdentifier/token":           "itself",
		"http://localhost:9090/a:b":                            "colon",
		"http://localhost:9090/" + strings.Repeat("a", 2048):   "longer",
		"https://proxy.example/" + strings.Repeat("a/b", 1024): "longer",
		"http://localhost:9090/cb\r\nHost: evil":               "characters",
		"http://localhost:9090/'":                              "characters",
	} {
		_, err := ParseReturnURL(raw)
		switch {
		case reason == "" && err != nil:
			t.Errorf("%.80q: %v", raw, err)
		case reason != "" && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("%.80q: %v, want %q", raw, err, reason)
		}
	}
}

// A browser can return to every URL that ParseReturnURL accepts.
func TestEveryValidReturnURLIsServed(t *testing.T) {
	for _, c := range []struct{ returnURL, host, path string }{
		{"http://LOCALHOST:PORT/Callback", "localhost:PORT", "/Callback"},
		{"http://[0:0:0:0:0:0:0:1]:PORT/cb", "[::1]:PORT", "/cb"},
		{"http://127.0.0.1:PORT/a/b/c", "127.0.0.1:PORT", "/a/b/c"},
		// Some proxies keep their prefix, others remove it.
		{"https://hub.example/user/ana/proxy/PORT/oauth2/callback", "hub.example", "/user/ana/proxy/PORT/oauth2/callback"},
		{"https://hub.example/user/ana/proxy/PORT/oauth2/callback", "hub.example", "/oauth2/callback"},
		{"https://hub.example/user/ana/proxy/PORT/oauth2/callback", "localhost:PORT", "/oauth2/callback"},
		{"https://hub.example/user/jo%40x/proxy/absolute/PORT/cb", "hub.example", "/user/jo%40x/proxy/absolute/PORT/cb"},
		{"https://hub.example/user/jo%40x/proxy/absolute/PORT/cb", "hub.example", "/user/jo@x/proxy/absolute/PORT/cb"},
		{"https://code.example/proxy/PORT/own/way", "code.example", "/own/way"},
		{"https://code.example/proxy/PORT", "code.example", "/"},
		{"https://octo.app.github.dev/own", "localhost:PORT", "/own"},
	} {
		var a completer
		l := listen(t, &a)
		l.Close()
		fill := func(s string) string { return strings.ReplaceAll(s, "PORT", fmt.Sprint(l.Port())) }
		l, err := l.port.Listen(t.Context(), Options{ReturnURL: fill(c.returnURL), Complete: a.complete})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(l.Close)
		if err := l.Expect(ownSession, l.opts.Now().Add(lifetime)); err != nil {
			t.Fatal(err)
		}
		r := visit(t, l, "GET", fill(c.path)+"?session_id="+ownSession, "Host", fill(c.host))
		if r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s at %s: %d", c.returnURL, c.path, r.StatusCode)
			continue
		}
		// The browser resolves the location against the return URL; the proxy
		// removes the same prefix as before.
		there, err := l.returnURL.Parse(r.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		taken := strings.TrimSuffix(l.returnURL.Path, strings.TrimSuffix(fill(c.path), "/"))
		if strings.Contains(c.path, "@") || strings.Contains(c.path, "%") {
			taken = ""
		}
		page := visit(t, l, "GET", strings.TrimPrefix(there.Path, taken)+"?"+there.RawQuery, "Host", fill(c.host))
		if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "All set") {
			t.Errorf("%s at %s: the result page at %s is %d", c.returnURL, c.path, there, page.StatusCode)
		}
	}
}

// Without a proxy, no prefix can be missing.
func TestWithoutAProxyOnlyTheExactPathMatches(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, path := range []string{"/callback", "/", "/done", "/callback/done"} {
		if r := visit(t, l, "GET", path+"?session_id="+ownSession); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	checkStillOpen(t, l, &a)
}
