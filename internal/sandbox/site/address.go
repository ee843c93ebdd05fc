// Package site is what the sandbox's HTTP services share: addresses, request bodies,
// JSON responses and pages.
package site

import (
	"net/url"
	"strings"
)

// PortalPath is where the identity provider's developer portal begins.
const PortalPath = "/developers"

// Address is where the sandbox is reached.
type Address struct {
	Endpoint string   // by API clients: "http://127.0.0.1:9595", without a trailing slash
	Public   *url.URL // by browsers behind a proxy; nil: at Endpoint
}

// Base is where browsers reach the sandbox, without a trailing slash.
func (a Address) Base() string {
	if a.Public != nil {
		return a.Public.String()
	}
	return a.Endpoint
}

// Path is what links on the sandbox's pages begin with: "" without a proxy.
func (a Address) Path() string {
	if a.Public == nil {
		return ""
	}
	return a.Public.Path
}

// Relative strips the origin from a URL of the sandbox, which may be served at
// another one tomorrow. Other URLs stay as they are.
func (a Address) Relative(link string) string {
	for _, origin := range []string{a.Base(), a.Endpoint} {
		if path, found := strings.CutPrefix(link, origin+"/"); found {
			return "/" + path
		}
	}
	return link
}

// RelativePublic strips only the origin that browsers use: a redirect URI has to
// match exactly, so the sandbox's other names are strangers.
func (a Address) RelativePublic(link string) string {
	if path, found := strings.CutPrefix(link, a.Base()+"/"); found {
		return "/" + path
	}
	return link
}

// Absolute puts an origin before what Relative made relative.
func Absolute(origin, link string) string {
	if strings.HasPrefix(link, "/") {
		return origin + link
	}
	return link
}
