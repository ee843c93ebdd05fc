package callback

import (
	"fmt"
	"net"
	"net/http"
	"testing"
)

// Without AllInterfaces, no other machine can reach the listener.
func TestItListensOnLoopbackOnly(t *testing.T) {
	for _, all := range []bool{false, true} {
		listeners, _, err := bind(t.Context(), 0, all)
		if err != nil {
			t.Fatal(err)
		}
		for _, ln := range listeners {
			address := ln.Addr().(*net.TCPAddr)
			if !all && !address.IP.IsLoopback() || all && address.IP.To4() != nil && !address.IP.IsUnspecified() {
				t.Errorf("all=%v: it listens on %s", all, address)
			}
			_ = ln.Close()
		}
	}
}

// Without these limits, a client could hold a connection forever.
func TestTheServerHasAllTimeouts(t *testing.T) {
	var a completer
	s := listen(t, &a).port.server
	for name, limit := range map[string]int64{
		"read header": int64(s.ReadHeaderTimeout), "read": int64(s.ReadTimeout), "write": int64(s.WriteTimeout),
		"idle": int64(s.IdleTimeout), "header bytes": int64(s.MaxHeaderBytes),
	} {
		if limit <= 0 {
			t.Errorf("no limit: %s", name)
		}
	}
	if s.ErrorLog == nil {
		t.Error("connection errors are written to standard error")
	}
}

func TestTheKeyOfAResultPageIsRandom(t *testing.T) {
	seen := map[string]bool{}
	for n := range 3 {
		var a completer
		r := visit(t, listen(t, &a), "GET", redirect(ownSession))
		location := r.Header.Get("Location")
		if len(location) < 20 || seen[location] {
			t.Errorf("result page %d is %q", n+1, location)
		}
		seen[location] = true
	}
	var a completer
	l := listen(t, &a)
	for _, key := range []string{"", "0", "1", "2"} {
		if got := visit(t, l, "GET", DefaultPath+"/done?r="+key); got.StatusCode != http.StatusNotFound {
			t.Errorf("r=%q: %d", key, got.StatusCode)
		}
	}
}

func TestOtherPathsAllowOnlyGet(t *testing.T) {
	var a completer
	l := listen(t, &a)
	for _, target := range []string{DefaultPath + "/done", pingPath, faviconPath} {
		for _, method := range []string{"HEAD", "POST", "OPTIONS", "PUT"} {
			if got := visit(t, l, method, target); got.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, target, got.StatusCode)
			}
		}
	}
	if got := visit(t, l, "GET", faviconPath); got.StatusCode != http.StatusNoContent {
		t.Errorf("favicon: %d", got.StatusCode)
	}
	conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", l.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "OPTIONS * HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n", l.Port())
	answer := make([]byte, 12)
	if _, err := conn.Read(answer); err != nil || string(answer) == "HTTP/1.1 200" {
		t.Errorf("OPTIONS *: %q %v", answer, err)
	}
}
