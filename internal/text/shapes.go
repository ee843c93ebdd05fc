package text

import (
	"regexp"
	"strings"
)

// shapes recognise secrets that nobody made known: another program's error text
// may hold them. The first group of each is the secret.
var shapes = []*regexp.Regexp{
	// A named value in JSON (also within a JSON string), XML, a query, a header,
	// an INI file or a shell's output.
	regexp.MustCompile(`(?i)(?:secret[_-]?(?:access[_-]?)?key|session[_-]?token|security[_-]?token|access[_-]?token|refresh[_-]?token|id[_-]?token|client[_-]?secret|passw(?:or)?d|x-amz-signature|cookie)["'\\]*\s*[:=>]\s*["'\\]*([^\s"'\\<>,;&]{8,})`),
	// Session tokens of AWS begin with an encoded origin: “origin_ec…” or “er/aws…”.
	regexp.MustCompile(`\b((?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/_%-]{16,}=*)`),
	// A client secret of LinkedIn.
	regexp.MustCompile(`\b(WPL_AP[0-9]\.[A-Za-z0-9.+/_-]{8,}=*)`),
	// The password in a URL.
	regexp.MustCompile(`://[^/\s:@"']*:([^/\s@"']+)@`),
	regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]*-----END [A-Z ]*PRIVATE KEY-----|[^-]*))`),
}

// secretKey is the shape of a secret access key of AWS: forty characters of
// base64 that stand alone.
var secretKey = regexp.MustCompile(`(?:^|[^A-Za-z0-9/+=._-])([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=._-]|[.](?:\s|$))`)

// shaped finds secrets by their looks.
func shaped(s string) []span {
	var spans []span
	for _, shape := range shapes {
		for _, m := range shape.FindAllStringSubmatchIndex(s, -1) {
			// Neither an advice's placeholder nor a flag is a secret.
			if value := s[m[2]:m[3]]; value != "PASSWORD" && (!strings.HasPrefix(value, "--") || strings.HasPrefix(value, "---")) {
				spans = append(spans, span{m[2], m[3]})
			}
		}
	}
	for at := 0; ; {
		m := secretKey.FindStringSubmatchIndex(s[at:])
		if m == nil {
			return spans
		}
		if mixed(s[at+m[2] : at+m[3]]) {
			spans = append(spans, span{at + m[2], at + m[3]})
		}
		at += m[3] // what ends one key may begin the next
	}
}

// mixed tells a key from a hash in hexadecimal and from a path in words.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(s, "ghijklmnopqrstuvwxyz")
}
