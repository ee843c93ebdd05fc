package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/freeport"
)

func TestItListensOnIPv4AndIPv6(t *testing.T) {
	skipWithoutIPv6(t)
	var a completer
	l := listen(t, &a)
	for _, host := range []string{"127.0.0.1", "[::1]", "localhost"} {
		resp, err := http.Get(fmt.Sprintf("http://%s:%d/ping", host, l.Port()))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", host, resp.StatusCode)
		}
	}
	if want := fmt.Sprintf("http://localhost:%d/oauth2/callback", l.Port()); l.ReturnURL() != want {
		t.Errorf("return URL %s, want %s", l.ReturnURL(), want)
	}
}

func TestAPortTakenOnIPv4OrIPv6IsAnError(t *testing.T) {
	for network, host := range map[string]string{"tcp4": "127.0.0.1", "tcp6": "::1"} {
		t.Run(network, func(t *testing.T) {
			if network == "tcp6" {
				skipWithoutIPv6(t)
			}
			wanted := freeport.Take(t)
			port := strconv.Itoa(wanted)
			squatter, err := net.Listen(network, net.JoinHostPort(host, port))
			if err != nil {
				t.Fatal(err)
			}
			defer squatter.Close()
			_, err = Hold(t.Context(), PortOptions{Port: wanted})
			var taken *PortTakenError
			if !errors.As(err, &taken) || taken.Port != wanted {
				t.Fatalf("got %v", err)
			}
			if runtime.GOOS == "linux" && !strings.Contains(taken.Error(), fmt.Sprintf("(pid %d)", os.Getpid())) {
				t.Errorf("it says %q", taken)
			}
			// The port must be free again on the other family.
			other, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
			if network == "tcp6" && err != nil {
				t.Errorf("the port is still bound on the other family: %v", err)
			}
			if other != nil {
				other.Close()
			}
		})
	}
}

func TestIdleConnectionsDoNotDelayClose(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	silent, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	time.Sleep(20 * time.Millisecond) // accepted
	start := time.Now()
	l.Close()
	l.port.Close()
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Errorf("closing took %s", took)
	}
	if _, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.Port())); err == nil {
		t.Error("still listening")
	}
}

func TestAHangingCompleteDoesNotDelayClose(t *testing.T) {
	t.Parallel()
	a := completer{hold: make(chan struct{})}
	l := listen(t, &a)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = try(l, "GET", redirect(ownSession), nil)
	}()
	for len(a.calls()) == 0 {
		time.Sleep(time.Millisecond)
	}
	start := time.Now()
	l.Close()
	if took := time.Since(start); took > 1500*time.Millisecond {
		t.Errorf("closing took %s", took)
	}
	<-answered
	if o := outcome(t, l); !errors.Is(o.Err, context.Canceled) {
		t.Errorf("%+v", o)
	}
}

// TestThePageIsDeliveredBeforeClose closes the listener as soon as the outcome is
// reported, as the consent step does.
func TestThePageIsDeliveredBeforeClose(t *testing.T) {
	for i := range 200 {
		var a completer
		l := listen(t, &a)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			<-l.Outcomes()
			l.Close()
		}()
		openInBrowser(t, l, i)
		<-closed
	}
}

// TestThePageIsDeliveredToEveryTabBeforeClose opens the same session in several
// tabs at once. Each gets its page before the listener closes.
func TestThePageIsDeliveredToEveryTabBeforeClose(t *testing.T) {
	for range 20 {
		a := completer{hold: make(chan struct{})}
		l := listen(t, &a)
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			<-l.Outcomes()
			l.Close()
		}()
		var tabs sync.WaitGroup
		for i := range 10 {
			tabs.Go(func() { openInBrowser(t, l, i) })
		}
		for end := time.Now().Add(5 * time.Second); waiting(l) < 10 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		close(a.hold)
		tabs.Wait()
		<-closed
		if n := len(a.calls()); n != 1 {
			t.Fatalf("%d calls", n)
		}
	}
}

// waiting returns how many browsers wait for the result page of ownSession.
func waiting(l *Listener) int {
	l.sessions.mu.Lock()
	defer l.sessions.mu.Unlock()
	return l.sessions.byURN[ownSession].waiting
}

// TestThePageIsDeliveredEvenIfAPasteReturnsFirst completes a paste and closes the
// listener while a browser is between the redirect and the result page.
func TestThePageIsDeliveredEvenIfAPasteReturnsFirst(t *testing.T) {
	for i := range 50 {
		a := completer{hold: make(chan struct{})}
		l := listen(t, &a)
		page := make(chan struct{})
		go func() {
			defer close(page)
			openInBrowser(t, l, i)
		}()
		for len(a.calls()) == 0 {
			time.Sleep(100 * time.Microsecond)
		}
		close(a.hold)
		if err := l.CompletePasted(t.Context(), ownSession); err != nil {
			t.Fatal(err)
		}
		l.Close()
		<-page
	}
}

// openInBrowser visits the return URL with a client that reuses its connection and
// follows redirects. It expects the complete success page.
func openInBrowser(t *testing.T, l *Listener, i int) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Get(l.ReturnURL() + "?session_id=" + ownSession)
	if err != nil {
		t.Errorf("visit %d: %v", i, err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), "All set") || !strings.HasSuffix(string(body), "</html>\n") {
		t.Errorf("visit %d: %v, %q", i, err, body)
	}
}

func TestTheListenerClosesWhenItsContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var a completer
	p := listen(t, &completer{}).port
	p.current.Close()
	if _, err := p.Listen(ctx, Options{Complete: a.complete}); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 300 {
		resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/ping", p.Number()))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusServiceUnavailable {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("still listening")
}

func TestAFloodOfIdleConnectionsDoesNotBlockTheBrowser(t *testing.T) {
	var a completer
	l := listen(t, &a)
	address := fmt.Sprintf("127.0.0.1:%d", l.Port())
	for i := range 1000 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(c, "GET /oauth2/callback HTTP/1.1\r\nHost:")
		}
	}
	start := time.Now()
	checkStillOpen(t, l, &a)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestTheNumberOfConnectionsIsLimited(t *testing.T) {
	t.Parallel()
	a := completer{hold: make(chan struct{})}
	l := listen(t, &a)
	address := fmt.Sprintf("127.0.0.1:%d", l.Port())
	var all []net.Conn
	for range maxConns + 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", redirect(ownSession), address)
		time.Sleep(time.Millisecond) // its handler has begun
		all = append(all, c)
	}
	open := 0
	for _, c := range all {
		if c.SetReadDeadline(time.Now().Add(5*time.Millisecond)) != nil {
			t.Fatal("no deadline")
		}
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
	}
	if open > maxConns || open < maxConns/2 {
		t.Errorf("%d connections are open", open)
	}
	close(a.hold)
}

func TestASlowRequestTimesOut(t *testing.T) {
	t.Parallel()
	var a completer
	l := listen(t, &a)
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() {
		for _, b := range []byte("GET /oauth2/callback HTTP/1.1") {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(300 * time.Millisecond)
		}
	}()
	if err := c.SetReadDeadline(time.Now().Add(7 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the slow request was not cut off")
	}
}

func TestInvalidOptionsAreErrors(t *testing.T) {
	for _, port := range []int{-1, 65536} {
		if p, err := Hold(t.Context(), PortOptions{Port: port}); err == nil {
			p.Close()
			t.Errorf("port %d is accepted", port)
		}
	}
	p := listen(t, &completer{}).port
	if _, err := p.Listen(t.Context(), Options{Complete: (&completer{}).complete}); err == nil {
		t.Error("a second listener on one port is accepted")
	}
	p.current.Close()
	for name, o := range map[string]Options{
		"no Complete":   {},
		"no return URL": {Complete: (&completer{}).complete, ReturnURL: "/oauth2/callback"},
	} {
		if _, err := p.Listen(t.Context(), o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func skipWithoutIPv6(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	l.Close()
}
