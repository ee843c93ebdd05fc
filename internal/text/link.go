package text

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"agentcore-3lo/internal/pattern"
)

// longURL is the length in bytes above which a URL gets a warning. AgentCore
// Identity's links have about a tenth of that.
const longURL = 2048

// illegal are the printable characters that RFC 3986 does not allow in a URL.
// Browsers repair them differently: a backslash becomes a slash and
// moves the end of the host.
const illegal = "\"<>\\^`{|}"

// Link is a URL from a server, split into the parts that a user needs to judge it.
type Link struct {
	URL      string   // exactly as it came
	Scheme   string   // http or https
	Host     string   // lower case, without port
	Port     string   // empty when the URL names none
	Path     string   // escaped, without the query
	Warnings []string // what is unusual, one plain sentence each
}

// Inspect parses a URL without fetching anything. It refuses URLs that must not
// be opened: anything but https (http only on loopback), control
// characters, spaces, characters that no URL may contain, a leading dash, a
// host with percent-encoding. Anything merely suspicious becomes a warning.
// expectedHosts are hosts, or host:port pairs, that get no warning; without
// any, every host is expected. The rules are those of the MCP specification
// 2025-11-25 (URL mode elicitation, safe URL handling) and its security best
// practices.
func Inspect(raw string, expectedHosts ...string) (Link, error) {
	if err := wellFormed(raw); err != nil {
		return Link{}, err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return Link{}, errors.New("the link is not a valid URL")
	}
	link := Link{
		URL:    raw,
		Scheme: strings.ToLower(u.Scheme),
		Host:   strings.ToLower(u.Hostname()),
		Port:   u.Port(),
		Path:   u.EscapedPath(),
	}
	switch {
	case link.Scheme != "https" && link.Scheme != "http":
		return Link{}, fmt.Errorf("only https links can be opened, and this one is %q", link.Scheme)
	case link.Host == "" || u.Opaque != "" || strings.ContainsAny(link.Host, "[]"):
		return Link{}, errors.New("the link names no host")
	case strings.Contains(authority(raw), "%"):
		return Link{}, errors.New("the host of the link is percent-encoded")
	case link.Scheme == "http" && !loopback(link.Host):
		return Link{}, fmt.Errorf("the link to %s is not encrypted: http is accepted for this machine only", Clean(link.Host))
	}
	link.Warnings = warnings(link, u, expectedHosts)
	return link, nil
}

// HideUser redacts everything before the last @ of an address that a user typed:
// it may be a user name and a password.
func HideUser(raw string) string { return user.ReplaceAllString(raw, "${1}"+Redacted+"@") }

var user = pattern.New(`(?s)^([A-Za-z][A-Za-z0-9+.-]*:/+|/*).*@`)

// authority is the part before the path: user name, host and port.
func authority(raw string) string {
	_, rest, _ := strings.Cut(raw, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

func wellFormed(raw string) error {
	switch {
	case raw == "":
		return errors.New("the link is empty")
	case strings.HasPrefix(raw, "-"):
		return errors.New("the link begins with a dash, like an option of a program")
	case !utf8.ValidString(raw):
		return errors.New("the link is not valid UTF-8")
	case strings.ContainsAny(raw, illegal):
		return errors.New("the link contains a character that no URL may contain")
	}
	for _, r := range raw {
		if unicode.IsSpace(r) || hidden(r) {
			return fmt.Errorf("the link contains an invisible character (U+%04X)", r)
		}
	}
	return nil
}

func warnings(link Link, u *url.URL, expected []string) []string {
	var w []string
	warn := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }

	exact := false // the host was expected together with its port
	known := len(expected) == 0
	for _, e := range expected {
		e = strings.ToLower(e)
		exact = exact || link.Port != "" && e == net.JoinHostPort(link.Host, link.Port)
		known = known || exact || e == link.Host
	}
	if !known {
		warn("The host %s is not the expected one (%s).", link.Host, strings.Join(expected, " or "))
	}
	if u.User != nil {
		warn("The part before the @ is a user name, not the host: the link goes to %s.", link.Host)
	}
	if strings.Contains("."+link.Host, ".xn--") {
		warn("The host is an encoded international name (xn--): it may look like another one.")
	}
	if s := scripts(link.Host); s != "" {
		warn("The host has letters that are not plain Latin (%s): it may look like another one.", s)
	}
	if numeric(link.Host) && !loopback(link.Host) {
		warn("The host is a number, not a name.")
	}
	if link.Port != "" && !exact && !ordinary(link) {
		warn("The port %s is unusual.", link.Port)
	}
	if !ascii(link.URL[strings.Index(link.URL, "://")+3:]) && scripts(link.Host) == "" {
		warn("The link has letters outside ASCII.")
	}
	if strings.ContainsAny(link.URL, "$;'()!") {
		warn("The link has characters that mean something to a shell: do not paste it into a command line.")
	}
	if len(link.URL) > longURL {
		warn("The link is very long (%d characters).", utf8.RuneCountInString(link.URL))
	}
	return w
}

// ordinary reports whether the port is the scheme's default. On this machine every
// port is ordinary.
func ordinary(link Link) bool {
	return loopback(link.Host) || link.Scheme == "https" && link.Port == "443"
}

// loopback reports whether the host is this machine, without asking a resolver.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// numeric reports whether a browser would read the host as an address. It also
// does so for forms that Go does not parse, such as 2130706433 and 0x7f.1.
func numeric(host string) bool {
	if net.ParseIP(host) != nil || strings.Contains(host, ":") {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndex(host, ".")+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil || last != "" && strings.Trim(last, "0123456789") == ""
}

// scripts names the writing systems of the letters outside ASCII; "" = none. It
// also names Latin if it is mixed with another one, as in a forged name.
func scripts(host string) string {
	if ascii(host) {
		return ""
	}
	var names []string
	for _, script := range []string{"Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Han", "Arabic", "Hebrew"} {
		if strings.ContainsFunc(host, func(r rune) bool { return unicode.Is(unicode.Scripts[script], r) }) {
			names = append(names, script)
		}
	}
	if len(names) == 0 {
		return "another script"
	}
	return strings.Join(names, " and ")
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
