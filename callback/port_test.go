package callback

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Without an open listener, a held port completes nothing, and no other program can
// take it.
func TestAHeldPortWithoutListenerRefusesEveryRequest(t *testing.T) {
	var a completer
	l := listen(t, &a)
	l.Close()
	for _, target := range []string{redirect(ownSession), redirect(ownSession) + "&error=access_denied", DefaultPath, DefaultPath + "/done?r=x", "/", pingPath, tokenPath, faviconPath, "//x"} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			r := visit(t, l, method, target)
			if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Location") != "" {
				t.Errorf("%s %s: %d", method, target, r.StatusCode)
			}
			if method == "GET" && !strings.Contains(r.body, "Nothing is pending") || !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'none'") || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s: %v %s", method, target, r.Header, r.body)
			}
		}
	}
	if calls := a.calls(); len(calls) > 0 {
		t.Errorf("completed %q", calls)
	}
	if len(l.Arrivals()) > 0 {
		t.Error("an arrival is reported without an open listener")
	}
	for network, host := range map[string]string{"tcp4": "127.0.0.1", "tcp6": "::1"} {
		if network == "tcp6" && !l.port.IPv6() {
			continue
		}
		if stranger, err := net.Listen(network, net.JoinHostPort(host, fmt.Sprint(l.Port()))); err == nil {
			stranger.Close()
			t.Errorf("another program could listen on %s", host)
		}
	}
}

// A listener does not know the sessions of the previous one on its port.
func TestAPortTakesOneListenerAfterAnother(t *testing.T) {
	var first, second completer
	l := listen(t, &first)
	follow(t, l, ownSession)
	outcome(t, l)
	l.Close()
	next, err := l.port.Listen(t.Context(), Options{Complete: second.complete})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(next.Close)
	l.Close() // a second call, as by defer, must not close the next listener
	if r := visit(t, next, "GET", redirect(ownSession)); r.StatusCode != http.StatusBadRequest {
		t.Errorf("a session of the first: %d", r.StatusCode)
	}
	if len(second.calls()) > 0 || len(first.calls()) != 1 {
		t.Errorf("completed %q and %q", first.calls(), second.calls())
	}
}
