package callback

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// addressed reports whether the Host header names this listener. A page on
// another name that resolves to loopback (DNS rebinding) does not.
func (l *Listener) addressed(host string) bool {
	return l.addressedLocally(host) || sameHost(host, l.returnURL)
}

func (l *Listener) addressedLocally(host string) bool {
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		local := &url.URL{Scheme: "http", Host: name + ":" + strconv.Itoa(l.port.number)}
		if sameHost(host, local) {
			return true
		}
	}
	return false
}

// sameHost compares with and without the scheme's default port, which browsers
// leave out.
func sameHost(host string, u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	full := net.JoinHostPort(u.Hostname(), port)
	if strings.EqualFold(host, full) {
		return true
	}
	short := strings.TrimSuffix(full, ":80")
	if u.Scheme == "https" {
		short = strings.TrimSuffix(full, ":443")
	}
	return strings.EqualFold(host, short)
}

// navigation reports whether a request is what a browser sends when a person's
// tab goes to a URL: no fetch, image, frame or form of some page, no prefetch,
// no body. The headers of Fetch Metadata are absent in curl and old browsers.
func navigation(r *http.Request) bool {
	h := r.Header
	if len(h.Values("Origin")) > 0 || r.ContentLength != 0 {
		return false
	}
	for name, want := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"} {
		for _, value := range h.Values(name) {
			if value != want {
				return false
			}
		}
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"} {
		for _, value := range h.Values(name) {
			if v := strings.ToLower(value); strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || v == "preview" {
				return false
			}
		}
	}
	return true
}

// fromHere reports whether the request was made on this machine, by a program
// and not through a proxy on behalf of another machine.
func (l *Listener) fromHere(r *http.Request) bool {
	for _, name := range []string{"Origin", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Sec-Fetch-Mode"} {
		if len(r.Header.Values(name)) > 0 {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && l.addressedLocally(r.Host)
}
