package callback

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/text"
)

// maxReturnURL is in bytes (AgentCore's ResourceOauth2ReturnUrlType).
const maxReturnURL = 2048

// urlText matches the characters of a URL (RFC 3986 section 2) without the quote, the
// query and the fragment.
var urlText = pattern.New(`^[A-Za-z0-9\-._~:/\[\]@!$&()*+,;=%]+$`)

// loopbackHosts are the names of this machine at which a held port is reached.
var loopbackHosts = []string{"localhost", "127.0.0.1", "::1"}

// ParseReturnURL parses a return URL, or says why the browser could not return to it.
// It has to be https, or http on this machine.
func ParseReturnURL(raw string) (*url.URL, error) {
	refuse := func(format string, args ...any) (*url.URL, error) {
		return nil, fmt.Errorf("%q cannot be a return URL: %w", text.HideUser(raw), fmt.Errorf(format, args...))
	}
	switch {
	case len(raw) > maxReturnURL:
		return refuse("it is longer than %d characters", maxReturnURL)
	case strings.ContainsAny(raw, "?#"):
		return refuse("AgentCore adds the query; remove ? and #")
	case !urlText.MatchString(raw):
		return refuse("it has characters that a URL cannot contain; percent-encode them, and write the host in Punycode")
	}
	u, err := url.Parse(raw)
	if err != nil && strings.Contains(raw, "@") {
		return refuse("remove the user name and password") // the parser's message could quote them
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return refuse("%v", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return refuse("it must start with https://HOST/ or http://localhost:PORT/")
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
		return errors.New("remove the user name and password")
	case strings.HasSuffix(u.Hostname(), "."):
		return errors.New("remove the dot at the end of the host")
	case strings.HasSuffix(u.Host, ":"):
		return errors.New("add the port after the colon")
	case u.Port() != "" && (err != nil || port < 1 || port > 65535):
		return fmt.Errorf("%s is not a port", u.Port())
	case u.Scheme == "http" && !IsLoopback(u):
		return errors.New("http would send the session unencrypted, so it is allowed for localhost, 127.0.0.1 and [::1] only; use https")
	}
	return nil
}

func checkPath(u *url.URL) error {
	p := u.EscapedPath()
	switch {
	case p == "" || p == "/":
		return fmt.Errorf("add a path, for example %s", DefaultPath)
	case strings.HasSuffix(p, "/"):
		return errors.New("remove the slash at the end")
	case path.Clean(p) != p || path.Clean(u.Path) != u.Path:
		return errors.New("browsers shorten a path with //, /./ or /../; write it without them")
	case !forwarded(u) && strings.Contains(p, "%"):
		return errors.New("use a path without percent-encoded characters")
	case strings.Contains(path.Base(p), ":"):
		return errors.New("remove the colon from the last part of the path")
	case reserved("/"+path.Base(p)) || strings.HasSuffix(p, tokenPath) || path.Base(p) == "done":
		return fmt.Errorf("the listener uses /%s itself; choose another path", path.Base(p))
	}
	return nil
}

// IsLoopback reports whether the return URL's host is a loopback name to which the
// listener answers.
func IsLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String() // one spelling of an IPv6 address
	}
	return slices.Contains(loopbackHosts, host)
}

// forwarded reports whether the URL needs a proxy in front of the listener, which
// itself speaks only http.
func forwarded(u *url.URL) bool { return u.Scheme == "https" }

// ListeningPort returns the port on which the listener has to listen for a return URL
// from ParseReturnURL, or 0 if a proxy decides it.
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

// route matches request paths with the return URL.
type route struct {
	paths     []string // spellings of the return URL's path
	forwarded bool     // a proxy may remove leading segments
	done      string   // the result page, relative to the return URL
}

func newRoute(u *url.URL, proxied bool) route {
	whole := u.EscapedPath()
	r := route{paths: []string{whole}, forwarded: proxied || forwarded(u), done: path.Base(whole) + "/done"}
	if other := (&url.URL{Path: u.Path}).EscapedPath(); r.forwarded && other != whole {
		r.paths = append(r.paths, other) // a proxy may encode the same path differently
	}
	return r
}

// isReturn reports whether a request for this path is for the return URL.
func (r route) isReturn(p string) bool { return r.matches(p, "") || r.forwarded && p == "/" }

// isDone reports whether a request for this path is for the result page.
func (r route) isDone(p string) bool { return r.matches(p, "/done") }

// matches compares a request's path with the return URL's. Some proxies keep the
// prefix under which they forward, others remove it.
func (r route) matches(p, suffix string) bool {
	return strings.HasPrefix(p, "/") && slices.ContainsFunc(r.paths, func(whole string) bool {
		return p == whole+suffix || r.forwarded && strings.HasSuffix(whole+suffix, p)
	})
}
