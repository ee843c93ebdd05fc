package secret

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"agentcore-3lo/internal/pattern"
)

// escape is a byte of a URL-encoded value.
var escape = pattern.New(`%[0-9A-Fa-f]{2}`)

type check struct {
	problem Problem
	finds   func(string) bool
	message string
}

// args returns the arguments of the message.
func (c check) args(what, place string) []any {
	if strings.Contains(c.message, "%[2]s") {
		return []any{what, place}
	}
	return []any{what}
}

// checks find anything but a bare value, the more specific problems first. The
// arguments of a message are the name of the value and the place where the vendor
// shows it.
var checks = []check{
	{Structured, structured, "the %s is inside JSON or YAML; give the value alone"},
	{Lines, severalLines, "there are several lines; give the %s alone, on one line"},
	{Control, control, "the %s contains a control character; copy it again"},
	{Reference, reference, "this is a reference or an address, not the %s itself; give the value it refers to"},
	{Placeholder, placeholder, "this is a placeholder; copy the %[1]s from %[2]s of your app"},
	{Assignment, assignment.MatchString, "the %s has a name and an equals sign before it (NAME=value); give the value alone"},
	{Label, label.MatchString, "the %s has a label before it (\"Label: value\"); give the value alone"},
	{Quoted, quoted, "the %s is in quotation marks; give it without them"},
	{Masked, masked, "the %[1]s is masked; show it in %[2]s first, then copy it"},
	{Other, other.MatchString, "this is a credential of another kind, not the %[1]s; copy it from %[2]s of your app"},
	{Space, space, "the %s contains a space; copy it again"},
}

var (
	// assignment is NAME=value of a shell, a dotenv file, cmd, setx or PowerShell.
	// A value may end in "=", like base64. A name in capitals followed by "=" is not
	// a value.
	assignment = pattern.New(`^(?:(?i:export|set|setx|declare -x|env)\s+|\$(?i:env:)?)?[A-Za-z_][A-Za-z0-9_.-]*\s*:?=\s*[^=\s]` +
		`|^(?i:export|set|setx|declare -x)\s|^[A-Z]+(?:_[A-Z]+)+\s*=`)

	// label is a label before a value, as on a page, in a note or in YAML.
	label = pattern.New(`^(?:-\s+)?["']?[A-Za-z][A-Za-z0-9_ -]*["']?\s*[:：]\s*\S` + `|^(?i)(?:primary\s+)?client\s*[_-]?(?:id|secret)\b[\s:：]*$` +
		`|^(?i)(?:primary\s+)?client\s+(?:id|secret)\s`)

	// other is an AWS access key ID, a JWT, or a header.
	other = pattern.New(`^(?:AKIA|ASIA)[A-Z0-9]{16}$|^eyJ[A-Za-z0-9_-]+\.eyJ|^(?i:bearer|basic)\s`)
)

func structured(s string) bool {
	return strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "{{") || strings.HasPrefix(s, "---\n") || strings.HasPrefix(s, "[{") || strings.HasPrefix(s, `["`)
}

func severalLines(s string) bool { return strings.ContainsAny(s, "\r\n\v\f\u0085\u2028\u2029") }

func control(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' })
}

func space(s string) bool { return strings.ContainsFunc(s, unicode.IsSpace) }

// quotes are straight, typographic (of several languages) and full width quotation
// marks.
const quotes = "\"'`´“”„‟‘’‚‛«»‹›「」『』＂＇"

func quoted(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(quotes, first) || strings.ContainsRune(quotes, last)
}

// reference finds a reference of a password manager or a vault, or a URL.
func reference(s string) bool {
	lower := strings.ToLower(s)
	return strings.Contains(s, "://") || slices.ContainsFunc([]string{"arn:", "ssm:", "vault:", "file:", "env:", "www."}, func(start string) bool {
		return strings.HasPrefix(lower, start)
	})
}

// filler is a placeholder in documentation.
var filler = pattern.New(`(?i)^(?:(?:your|my|enter|insert|paste|put|replace)[-_ ].*|change[-_ ]?me|to-?do|tbd|none|null|nil|undefined|n/a|x{4,}|\.{3,}|placeholder|\$\{?[a-z_][a-z0-9_:]*\}?` +
	`|(?:[a-z]{2,}[-_ ]?)?client[-_ ]?(?:id|secret))$`)

func placeholder(s string) bool {
	for _, around := range []string{"<>", "[]", "{}", "%%"} {
		if len(s) > 1 && s[0] == around[0] && s[len(s)-1] == around[1] {
			return true
		}
	}
	return filler.MatchString(s)
}

func masked(s string) bool {
	return strings.ContainsAny(s, "•●∙·⦁") || strings.Contains(s, "***") || strings.Contains(s, "…")
}
