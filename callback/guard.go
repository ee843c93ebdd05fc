package callback

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// allowsHost reports whether the Host header names this listener. It protects against
// DNS rebinding: another site's name that resolves to loopback.
func (l *Listener) allowsHost(host string) bool {
	return l.isLoopbackHost(host) || sameHost(host, l.returnURL)
}

func (l *Listener) isLoopbackHost(host string) bool {
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		local := &url.URL{Scheme: "http", Host: name + ":" + strconv.Itoa(l.port.number)}
		if sameHost(host, local) {
			return true
		}
	}
	return false
}

// sameHost reports whether a Host header names the host of u, with or without the
// scheme's default port, which browsers omit.
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

// isLocalProgram reports whether a program on this machine sent the request: neither a
// browser nor a proxy on behalf of another machine.
func (l *Listener) isLocalProgram(r *http.Request) bool {
	for _, name := range []string{"Origin", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Sec-Fetch-Mode"} {
		if len(r.Header.Values(name)) > 0 {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && l.isLoopbackHost(r.Host)
}
