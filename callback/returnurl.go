package callback

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"agentcore-3lo/internal/text"
)

// maxReturnURL is in bytes (AgentCore, ResourceOauth2ReturnUrlType).
const maxReturnURL = 2048

// urlText is the text of a URL (RFC 3986 section 2) without the quote, query and
// fragment.
var urlText = regexp.MustCompile(`^[A-Za-z0-9\-._~:/\[\]@!$&()*+,;=%]+$`)

// loopbackHosts are those that a held port answers to.
var loopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// ParseReturnURL reads a return URL, or says why it cannot work: the browser
// has to come back to it exactly, over https, or over http on this machine.
func ParseReturnURL(raw string) (*url.URL, error) {
	refuse := func(format string, args ...any) (*url.URL, error) {
		return nil, fmt.Errorf("%q cannot be a return URL: %w", text.HideUser(raw), fmt.Errorf(format, args...))
	}
	switch {
	case len(raw) > maxReturnURL:
		return refuse("it is longer than %d characters", maxReturnURL)
	case strings.ContainsAny(raw, "?#"):
		return refuse("AgentCore adds the query; leave ? and # out")
	case !urlText.MatchString(raw):
		return refuse("it has characters that a URL does not have; write them percent-encoded, a host in Punycode")
	}
	u, err := url.Parse(raw)
	if err != nil && strings.Contains(raw, "@") {
		return refuse("leave user name and password out") // the parser's words could quote them
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return refuse("%v", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return refuse("it has to begin with https://HOST/, or with http://localhost:PORT/")
	}
	if err := checkHost(u); err != nil {
		return refuse("%w", err)
	}
	if err := checkPath(u); err != nil {
		return refuse("%w", err)
	}
	return u, nil
}

func checkHost(u *url.URL) error {
	port, err := strconv.Atoi(u.Port())
	switch {
	case u.User != nil:
		return errors.New("leave user name and password out")
	case strings.HasSuffix(u.Hostname(), "."):
		return errors.New("leave out the dot at the end of the host")
	case strings.HasSuffix(u.Host, ":"):
		return errors.New("name the port behind the colon")
	case u.Port() != "" && (err != nil || port < 1 || port > 65535):
		return fmt.Errorf("%s is not a port", u.Port())
	case u.Scheme == "http" && !IsLoopback(u):
		return errors.New("http would carry the session unencrypted, so it is for localhost, 127.0.0.1 and [::1] only; use https")
	}
	return nil
}

func checkPath(u *url.URL) error {
	p := u.EscapedPath()
	switch {
	case p == "" || p == "/":
		return fmt.Errorf("add a path, for example %s", DefaultPath)
	case strings.HasSuffix(p, "/"):
		return errors.New("leave out the slash at the end")
	case path.Clean(p) != p || path.Clean(u.Path) != u.Path:
		return errors.New("browsers shorten a path with //, /./ or /../; write it without them")
	case !forwarded(u) && strings.Contains(p, "%"):
		return errors.New("use a path without percent-encoded characters")
	case strings.Contains(path.Base(p), ":"):
		return errors.New("leave the colon out of the last part of the path")
	case reserved("/"+path.Base(p)) || strings.HasSuffix(p, tokenPath) || path.Base(p) == "done":
		return fmt.Errorf("the listener uses /%s itself; choose another path", path.Base(p))
	}
	return nil
}

// IsLoopback reports whether the return URL names this machine as the listener
// does.
func IsLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String() // one spelling of an IPv6 address
	}
	return slices.Contains(loopbackHosts, host)
}

// forwarded reports whether something stands between browser and listener: the
// listener itself speaks http, and ParseReturnURL takes that on loopback only.
func forwarded(u *url.URL) bool { return u.Scheme == "https" }

// ListeningPort is the port that a return URL decides, or 0 where something
// forwards to the listener.
func ListeningPort(u *url.URL) int {
	switch {
	case forwarded(u):
		return 0
	case u.Port() == "":
		return 80
	}
	port, _ := strconv.Atoi(u.Port()) // ParseReturnURL has checked it
	return port
}

// route knows the paths at which a request is the browser's return.
type route struct {
	paths     []string // spellings of the return URL's path
	forwarded bool     // a proxy may take leading segments off
	done      string   // the result page, relative to the return URL
}

func routeOf(u *url.URL, proxied bool) route {
	whole := u.EscapedPath()
	r := route{paths: []string{whole}, forwarded: proxied || forwarded(u), done: path.Base(whole) + "/done"}
	if other := (&url.URL{Path: u.Path}).EscapedPath(); r.forwarded && other != whole {
		r.paths = append(r.paths, other) // a proxy may write the same path anew
	}
	return r
}

// isReturn reports whether a request for this path is for the return URL.
func (r route) isReturn(p string) bool { return r.matches(p, "") || r.forwarded && p == "/" }

// isDone reports whether it is for the result page.
func (r route) isDone(p string) bool { return r.matches(p, "/done") }

// matches compares with a path of ours. Some proxies keep the prefix under which
// they forward, others take it off.
func (r route) matches(p, suffix string) bool {
	return strings.HasPrefix(p, "/") && slices.ContainsFunc(r.paths, func(whole string) bool {
		return p == whole+suffix || r.forwarded && strings.HasSuffix(whole+suffix, p)
	})
}
