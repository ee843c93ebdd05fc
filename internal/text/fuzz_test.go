package text

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzClean is any text on its way to a terminal.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "a\tb\n\n", "\x1b[2J", "\x1b]52;c;aGk=\x07", "\x1bP\x1b\\", "\u009b2J", "\x9b2J", "\xc2", "\x80\xc2\x9b", "a\r\nb\r\r\n\r", "\u202e\u2066\u2069", "\u200b\u200d\ufeff\u00ad",
		"\xff\xc0\x80", "\xed\xa0\x80", "\ufffd", "<U+202E>", "␛", "\U000e0041\U000e0001", "\u3164\u115f\u034f", "\ue000\U0010fffd", "\u2028\u2029\u0085", "👩\u200d💻 ✔\ufe0f é e\u0301", "\u00a0\u3000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) {
			t.Errorf("not UTF-8: %q", c)
		}
		if again := Clean(c); again != c {
			t.Errorf("not idempotent: %q, then %q", c, again)
		}
		for _, r := range c {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Join_Control,
				unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)) {
				t.Errorf("%U is left in %q", r, c)
			}
		}
		if strings.Count(c, "\n") != strings.Count(s, "\n") {
			t.Errorf("%q has other lines than %q", c, s)
		}
		// Nothing vanishes: all that came is there in its order, as itself when
		// it is harmless, else by its sign.
		rest := c
		for i, r := range s {
			sign := r
			switch {
			case r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
				continue
			case r == '\t':
				sign = ' '
			case r < ' ' && r != '\n':
				sign = '\u2400' + r
			case r == '\x7f':
				sign = '␡'
			case r != '\n' && !unicode.IsGraphic(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
				sign = '<'
			}
			skipped, after, found := strings.Cut(rest, string(sign))
			if !found || strings.Trim(skipped, " U+0123456789ABCDEF>") != "" {
				t.Fatalf("%q of %q is lost in %q", r, s, c)
			}
			rest = after
		}
		if line := CleanLine(s); strings.Contains(line, "\n") || CleanLine(line) != line || line != CleanLine(c) {
			t.Errorf("one line of %q: %q", s, line)
		}
	})
}

// asBrowser takes a URL apart as a browser does (WHATWG URL standard): the host
// follows the last @ before the path, and ends before the port.
var asBrowser = regexp.MustCompile(`^(?i:(https?)://)([^/?#]*@)?(\[[^]]*\]|[^/?#:@]+)(?::(\d*))?(?:[/?#]|$)`)

// FuzzInspect is a link of a server. We have to see the host that a browser
// would go to.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		good, strings.ToUpper(good[:20]) + good[20:], "http://[::1]:1/", "http://localhost", "http://127.0.0.1?x", "http://127.1/", "http://" + host, "https://" + host + ":443/x", "https://" + host + ":/x", "https://" + host + ".",
		"https://" + host + "@evil.example/", "https://evil.example\\@" + host, "https://evil.example/@" + host, "https://evil.example#@" + host, "https://evil.example?@" + host, "https://a@b@c:1/?#",
		"https://" + host + ":x@evil.example", "https://xn--/", "https://é", "https://аpple.example/", "https://%65vil.example", "https://%d0%b0pple.example", "https://%d0%b0pple.example/аpple.example", "https://a%e2%80%ae.example", "https://a%80.example", "https://[fe80::1%25en0]/", "https://[::ffff:127.0.0.1]", "https://]", "https://a[b", "https://[a]/", "https://[::1", "https://[::1]a/", "https://a:b:1/", "https://2130706433", "https://0x7f.1",
		"https:/" + host, "https:" + host, "https:///x", "//" + host, "javascript:alert(1)", "-o", "https://" + host + "/\x1b", "https://" + host + "/\u202e", "https://" + host + "/%1b", "https://" + host + "/$(id)", "https://a b", "https://a/{b}", "https://a/<b>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		link, err := Inspect(raw, host)
		if err != nil {
			if Clean(err.Error()) != err.Error() {
				t.Errorf("the error carries it into the terminal: %q", err)
			}
			return
		}
		if link.URL != raw || Clean(raw) != raw || strings.ContainsAny(raw, " \n\"<>\\^`{|}") {
			t.Errorf("accepted %q as %+v", raw, link)
		}
		parts := asBrowser.FindStringSubmatch(raw)
		if parts == nil {
			t.Fatalf("%q has no host for a browser, and is taken for %+v", raw, link)
		}
		name := strings.ToLower(strings.Trim(parts[3], "[]"))
		if link.Scheme != strings.ToLower(parts[1]) || link.Host != name || link.Port != parts[4] {
			t.Errorf("%q is %q for a browser: %+v", raw, parts[1:], link)
		}
		if link.Scheme != "https" && link.Host != "localhost" && link.Host != "::1" && !strings.Contains(link.Host, "127.") && !strings.Contains(link.Host, ":7f") {
			t.Errorf("not encrypted: %+v", link)
		}
		warned := strings.Join(link.Warnings, "\n")
		if Clean(warned) != warned {
			t.Errorf("warnings %q", link.Warnings)
		}
		for word, due := range map[string]bool{"expected": link.Host != host, "before the @": parts[2] != "", "encoded international": strings.Contains("."+link.Host, ".xn--"), "shell": strings.ContainsAny(raw, "$;'()!")} {
			if due && !strings.Contains(warned, word) {
				t.Errorf("%q: no warning with %q in %q", raw, word, link.Warnings)
			}
		}
		if len(link.Warnings) > 0 && strings.HasPrefix(raw, "https://"+host+"/") && !strings.ContainsAny(raw, "$;'()!") && ascii(raw) && len(raw) <= longURL {
			t.Errorf("%q: a false alarm: %q", raw, link.Warnings)
		}
	})
}

// FuzzRedact hides a secret in every spelling, whatever stands around it.
func FuzzRedact(f *testing.F) {
	f.Add("Authorization: Bearer x", "secret")
	f.Add("map[Authorization:[a b] X:[y]]", "a b] X")
	f.Add(token, "eyJzdWIi")
	f.Add("Basic ", `WPL_AP1.k/9+x==<"ü">`)
	f.Add("ab", "ababab")
	f.Add("\\", `\\\\\\`)
	f.Add("%", "%2F%2f/")
	f.Add("{\"authorization\":\"", "\u2028 \x00 \xff")
	f.Fuzz(func(t *testing.T, s, secret string) {
		// Those that "[redacted]" itself could complete prove nothing.
		if len(secret) < minSecret || strings.Contains(Redacted, secret) || strings.ContainsAny(secret, "[]") {
			return
		}
		var r Redactor
		r.Add(secret)
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1])} {
			if got := r.Redact(s + form + s); strings.Contains(got, form) || !strings.Contains(got, Redacted) {
				t.Errorf("%q is left in %q", form, got)
			}
		}
	})
}
