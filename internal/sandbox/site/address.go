// Package site is what the sandbox's HTTP services share: addresses, request bodies,
// JSON responses and pages.
package site

import (
	"net/url"
	"strings"
)

// PortalPath is the path of the developer portal.
const PortalPath = "/developers"

// Address holds the URLs of the sandbox.
type Address struct {
	Endpoint string   // by API clients: "http://127.0.0.1:9595", without a trailing slash
	Public   *url.URL // by browsers behind a proxy; nil: at Endpoint
}

// Base returns the base URL for browsers, without a trailing slash.
func (a Address) Base() string {
	if a.Public != nil {
		return a.Public.String()
	}
	return a.Endpoint
}

// Path returns the path prefix of links on the sandbox's pages: "" without a proxy.
func (a Address) Path() string {
	if a.Public == nil {
		return ""
	}
	return a.Public.Path
}

// Relative removes the origin from a URL of the sandbox, because its port may
// change. Other URLs are returned unchanged.
func (a Address) Relative(link string) string {
	for _, origin := range []string{a.Base(), a.Endpoint} {
		if path, found := strings.CutPrefix(link, origin+"/"); found {
			return "/" + path
		}
	}
	return link
}

// RelativePublic removes only the origin that browsers use, because a redirect URI
// must match exactly.
func (a Address) RelativePublic(link string) string {
	if path, found := strings.CutPrefix(link, a.Base()+"/"); found {
		return "/" + path
	}
	return link
}

// Absolute adds an origin to a URL that Relative returned.
func Absolute(origin, link string) string {
	if strings.HasPrefix(link, "/") {
		return origin + link
	}
	return link
}
