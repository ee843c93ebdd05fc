package trace

import (
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/shell"
	"agentcore-3lo/internal/wire"
)

// Command is a command that repeats an exchange, ready to be pasted into a POSIX
// shell. Each secret is a variable, and the command itself says where it comes from
// if it is not set.
type Command struct {
	Tool string // "AWS CLI" or "curl"; "" = there is no command for this exchange
	Text string
}

// Repeat returns the command for an exchange: for an AWS API, one of the AWS CLI, else
// curl. token is the command that prints an access token for the gateway.
func Repeat(x *Exchange, token string) Command {
	v := variables{token: token}
	text, ok := "", false
	tool := "curl"
	switch {
	case x.Request.URL == "":
	case x.From == wire.Browser:
		text, ok = v.visit(x.Request.URL), true
	case x.Service == "gateway", x.Service == "token endpoint", x.Service == "discovery":
		text, ok = v.curl(x)
	default:
		tool = "AWS CLI"
		text, ok = v.aws(x)
	}
	if !ok {
		return Command{}
	}
	return Command{tool, text}
}

// posix quotes words for the shell.
const posix = shell.POSIX

// lines joins the parts of a command, one on each line.
func lines(parts ...string) string { return strings.Join(parts, " \\\n  ") }

// variables writes secrets as variables.
type variables struct{ token string }

// sessionLabel is what the journal has in place of a session.
var sessionLabel = pattern.New(`session \d+`)

// unsafe are characters with a meaning between double quotes, or within ${}.
const unsafe = "\"$`\\}!'\n"

// of returns the variable for a secret field, for use between double quotes.
func (v variables) of(field string, x *Exchange) string {
	name := variableName(field)
	from := "the secret that was sent"
	switch name {
	case "ACCESS_TOKEN", "USER_TOKEN":
		name, from = "ACCESS_TOKEN", "an access token for the gateway"
		if v.token != "" && !strings.ContainsAny(v.token, unsafe) {
			from = "it is what this prints: " + v.token
		}
	case "CLIENT_SECRET":
		from = "see the Auth tab of the app"
		if x.Service == "token endpoint" {
			from = "of the app client, see aws cognito-idp describe-user-pool-client"
		}
	case "SESSION_ID":
		from = "the session_id in the address on which the browser ended"
	}
	return "${" + name + ":?" + from + "}"
}

var wordStart = pattern.New(`([a-z0-9])([A-Z])`)

// variableName is a field's name as that of a variable.
func variableName(field string) string {
	name := strings.ToUpper(wordStart.ReplaceAllString(field, "${1}_${2}"))
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// visit is the browser's visit of the return URL.
func (v variables) visit(returnURL string) string {
	return lines("curl -sS -i", `"`+inQuotes(returnURL)+"?session_id="+v.of("session_id", nil)+`"`)
}

// inQuotes escapes a text between double quotes.
var quotesEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")

func inQuotes(s string) string { return quotesEscaper.Replace(s) }

// curl is a request of which the journal has everything but the secrets.
func (v variables) curl(x *Exchange) (string, bool) {
	if !printable(x.Request.URL) || strings.Contains(x.Request.URL, wire.Redacted) {
		return "", false
	}
	parts := []string{"curl -sS " + posix.Quote(x.Request.URL)}
	form := false
	for _, h := range x.Request.Header {
		scheme, redacted := strings.CutSuffix(h.Value, " "+wire.Redacted)
		switch {
		case !printable(h.Name + h.Value):
			return "", false
		case h.Name == "Mcp-Session-Id": // of a handshake that a command does not repeat
		case h.Name == "Authorization" && redacted:
			parts = append(parts, fmt.Sprintf(`-H "%s: %s %s"`, h.Name, inQuotes(scheme), v.of("access_token", x)))
		case h.Name == "Content-Type" && h.Value == "application/x-www-form-urlencoded": // curl's own
			form = true
		default:
			parts = append(parts, "-H "+posix.Quote(h.Name+": "+h.Value))
		}
	}
	if x.Request.Body == "" {
		return lines(parts...), true
	}
	if form {
		data, ok := v.form(x)
		return lines(append(parts, data...)...), ok
	}
	body, ok := v.json(x, []byte(x.Request.Body))
	return lines(append(parts, "--data "+body)...), ok
}

// form are the fields of a form: the secrets as variables, the others in one piece.
func (v variables) form(x *Exchange) (data []string, ok bool) {
	var plain []string
	for pair := range strings.SplitSeq(x.Request.Body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value != wire.Redacted {
			plain = append(plain, pair)
			continue
		}
		field, err := url.QueryUnescape(name)
		if err != nil {
			return nil, false
		}
		data = append(data, fmt.Sprintf(`--data-urlencode "%s=%s"`, inQuotes(field), v.of(field, x)))
	}
	if joined := strings.Join(plain, "&"); joined != "" {
		data = append([]string{"--data " + posix.Quote(joined)}, data...)
	}
	return data, printable(strings.Join(data, ""))
}

// printable reports whether a text can be pasted: a control character would be carried
// out by the terminal.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
