package text

import (
	"slices"
	"strings"

	"agentcore-3lo/internal/pattern"
)

// shape recognizes unknown secrets, for example in another program's error text.
// Its first group is the secret. The hints come first because looking for them is
// much cheaper, and most texts have none.
type shape struct {
	hints []string
	form  *pattern.Pattern
}

var shapes = []shape{
	// Session tokens of AWS begin with an encoded origin: “origin_ec…” or “er/aws…”.
	{[]string{"IQoJ", "FwoG", "FQoG"}, pattern.New(`\b((?:IQoJ|FwoG|FQoG)[A-Za-z0-9+/_%-]{16,}=*)`)},
	// A client secret as the sandbox's developer portal issues it.
	{[]string{"WPL_AP"}, pattern.New(`\b(WPL_AP[0-9]\.[A-Za-z0-9.+/_-]{8,}=*)`)},
	// The password in a URL.
	{[]string{"@"}, pattern.New(`://[^/\s:@"']*:([^/\s@"']+)@`)},
	{[]string{"PRIVATE KEY"}, pattern.New(`(-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]*-----END [A-Z ]*PRIVATE KEY-----|[^-]*))`)},
}

// named are the names of secrets in JSON (also within a JSON string), XML, a
// query, a header, an INI file or a shell's output, without hyphens and
// underscores; value is what follows the name.
var (
	named = []string{"secretkey", "secretaccesskey", "sessiontoken", "securitytoken", "accesstoken", "refreshtoken", "idtoken", "clientsecret",
		"password", "passwd", "xamzsignature", "cookie"}
	ends  = []string{"key", "token", "secret", "password", "passwd", "signature", "cookie"}
	value = pattern.New(`^["'\\]*\s*[:=>]\s*["'\\]*([^\s"'\\<>,;&]{8,})`)
)

// longestName is that of “x-amz-security-token”, and some.
const longestName = 24

// shaped finds secrets by their shape. lower is the text in lower case.
func shaped(s, lower string) []span {
	spans := append(namedValues(s, lower), secretKeys(s)...)
	for _, shape := range shapes {
		if !slices.ContainsFunc(shape.hints, func(hint string) bool { return strings.Contains(s, hint) }) {
			continue
		}
		for _, m := range shape.form.FindAllStringSubmatchIndex(s, -1) {
			if isValue(s[m[2]:m[3]]) {
				spans = append(spans, span{m[2], m[3]})
			}
		}
	}
	return spans
}

// isValue is false for a placeholder in advice, and for a flag.
func isValue(s string) bool {
	return s != "PASSWORD" && (!strings.HasPrefix(s, "--") || strings.HasPrefix(s, "---"))
}

// namedValues finds the values that follow the name of a secret.
func namedValues(s, lower string) []span {
	if len(lower) != len(s) { // letters whose lower case is longer or shorter
		lower = asciiLower(s)
	}
	var spans []span
	for _, end := range ends {
		for at := 0; ; {
			i := strings.Index(lower[at:], end)
			if i < 0 {
				break
			}
			at += i + len(end)
			name := strings.NewReplacer("_", "", "-", "").Replace(lower[max(0, at-longestName):at])
			if !slices.ContainsFunc(named, func(n string) bool { return strings.HasSuffix(name, n) }) {
				continue
			}
			if m := value.FindStringSubmatchIndex(s[at:]); m != nil && isValue(s[at+m[2]:at+m[3]]) {
				spans = append(spans, span{at + m[2], at + m[3]})
			}
		}
	}
	return spans
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// keyLength is that of a secret access key of AWS, in base64.
const keyLength = 40

// secretKeys finds AWS secret access keys: a word of forty base64 characters,
// perhaps at the end of a sentence.
func secretKeys(s string) []span {
	var spans []span
	for i := 0; i < len(s); i++ {
		from := i
		for i < len(s) && wordByte(s[i]) {
			i++
		}
		word := s[from:i]
		if i == len(s) || strings.IndexByte(" \t\n\r\f\v", s[i]) >= 0 {
			word = strings.TrimSuffix(word, ".")
		}
		if len(word) == keyLength && !strings.ContainsAny(word, "=._-") && mixed(word) {
			spans = append(spans, span{from, from + keyLength})
		}
	}
	return spans
}

func wordByte(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("/+=._-", c) >= 0
}

// mixed distinguishes a key from a hexadecimal hash and from a path of words.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(s, "ghijklmnopqrstuvwxyz")
}
