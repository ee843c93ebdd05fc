package text

import (
	"strings"
	"testing"
)

const (
	host = "bedrock-agentcore.us-east-1.amazonaws.com"
	good = "https://" + host + "/identities/oauth2/authorize?request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3AAbc"
)

func TestInspectTakesALinkApart(t *testing.T) {
	link, err := Inspect(good, host)
	if err != nil {
		t.Fatal(err)
	}
	if link.URL != good || link.Scheme != "https" || link.Host != host || link.Port != "" ||
		link.Path != "/identities/oauth2/authorize" || len(link.Warnings) != 0 {
		t.Errorf("got %+v", link)
	}
}

func TestInspectIsCalmAboutTheSandbox(t *testing.T) {
	for _, raw := range []string{"http://127.0.0.1:9191/x", "http://localhost:9191/x", "http://[::1]:9191/x"} {
		link, err := Inspect(raw)
		if err != nil || len(link.Warnings) != 0 {
			t.Errorf("%s: %v, %v", raw, link.Warnings, err)
		}
	}
	link, err := Inspect("http://127.0.0.1:9191/x", "127.0.0.1:9191")
	if err != nil || len(link.Warnings) != 0 {
		t.Errorf("with its port expected: %v, %v", link.Warnings, err)
	}
}

func TestInspectRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":             "",
		"javascript":          "javascript:alert(1)",
		"file":                "file:///etc/passwd",
		"data":                "data:text/html,x",
		"no scheme":           "//" + host + "/x",
		"http off loopback":   "http://" + host + "/x",
		"http on a near miss": "http://localhost.evil.example/x",
		"an option":           "--new-window",
		"a space":             "https://a.example/ b",
		"a newline":           "https://a.example/\nb",
		"a tab":               "https://a.example/\tb",
		"an escape":           "https://a.example/\x1b[2J",
		"an override":         "https://a.example/\u202egpj",
		"a zero width":        "https://a\u200b.example/",
		"a no-break space":    "https://a.example/\u00a0b",
		"a backslash":         "https://evil.example\\@" + host + "/",
		"a quote":             "https://a.example/\"x",
		"a backtick":          "https://a.example/`id`",
		"a pipe":              "https://a.example/|id",
		"invalid UTF-8":       "https://a.example/\xff",
		"no host":             "https:///x",
		"no slashes":          "https:a.example",
		"an escaped host":     "https://%65vil.example/",
		"a broken port":       "https://a.example:x/",
	} {
		if link, err := Inspect(raw); err == nil {
			t.Errorf("%s is accepted: %+v", name, link)
		} else if Clean(err.Error()) != err.Error() {
			t.Errorf("%s: the error carries it into the terminal: %q", name, err)
		}
	}
}

func TestInspectWarns(t *testing.T) {
	for _, c := range []struct{ name, raw, word string }{
		{"another host", "https://evil.example/x", "expected"},
		{"a longer host", "https://" + host + ".evil.example/", "expected"},
		{"a user name", "https://" + host + "@evil.example/", "before the @"},
		{"punycode", "https://xn--pple-43d.example/", "encoded international"},
		{"punycode below", "https://login.xn--pple-43d.example/", "encoded international"},
		{"Cyrillic", "https://аpple.example/", "Latin and Cyrillic"},
		{"an IP literal", "https://203.0.113.9/", "number"},
		{"an IPv6 literal", "https://[2001:db8::1]/", "number"},
		{"a decimal address", "https://2130706433/", "number"},
		{"a hexadecimal address", "https://0x7f.1/", "number"},
		{"an odd port", "https://" + host + ":8443/", "port 8443"},
		{"a long one", good + strings.Repeat("a", longURL), "very long"},
		{"letters in the path", "https://" + host + "/é", "outside ASCII"},
		{"a command substitution", "https://" + host + "/$(id)", "shell"},
	} {
		link, err := Inspect(c.raw, host)
		if err != nil {
			t.Errorf("%s is refused: %v", c.name, err)
		} else if !strings.Contains(strings.Join(link.Warnings, " "), c.word) {
			t.Errorf("%s: no warning with %q in %q", c.name, c.word, link.Warnings)
		}
	}
}

func TestInspectExpectsHostsWhateverTheirCase(t *testing.T) {
	link, err := Inspect("HTTPS://"+strings.ToUpper(host)+":443/x", strings.ToUpper(host))
	if err != nil || len(link.Warnings) != 0 || link.Scheme != "https" {
		t.Errorf("got %+v, %v", link, err)
	}
}
