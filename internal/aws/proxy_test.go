package aws_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/wire"
)

// proxyAnswering is a proxy that gives the same answer to whatever it is asked,
// CONNECT included.
func proxyAnswering(t *testing.T, answer string) (host string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					_, _ = io.WriteString(conn, answer)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// identifyingBehind asks STS in a process of its own: net/http reads the proxy
// variables once in a process.
func identifyingBehind(t *testing.T, env ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestIdentifyInAProcessOfItsOwn$", "-test.v")
	cmd.Env = append([]string{"IDENTIFY_ALONE=1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=us-east-1", "AWS_MAX_ATTEMPTS=1",
		"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir()}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestIdentifyInAProcessOfItsOwn(t *testing.T) {
	if os.Getenv("IDENTIFY_ALONE") == "" {
		t.Skip("helper of another test")
	}
	w, err := awsenv.Open(t.Context(), awsenv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Identify(t.Context())
	var proxy *awsenv.ProxyError
	fmt.Printf("typed %v: %v\n", errors.As(err, &proxy), err)
}

func TestAProxyIsNamedWithItsVariableAndStatusAndNeverItsPassword(t *testing.T) {
	page := "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: 59\r\nConnection: close\r\n\r\n<html><head><title>Blocked by policy</title></head></html>\n"
	for _, c := range []struct{ name, variable, endpoint, answer string }{
		{"CONNECT 407", "HTTPS_PROXY", "https://sts.us-east-1.amazonaws.com", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"},
		{"CONNECT 403", "HTTPS_PROXY", "https://sts.us-east-1.amazonaws.com", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"},
		{"CONNECT 502", "https_proxy", "https://sts.us-east-1.amazonaws.com", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"},
		{"CONNECT 503 with a page", "HTTPS_PROXY", "https://sts.us-east-1.amazonaws.com", fmt.Sprintf(page, "503 Service Unavailable")},
		{"forwarded 403", "HTTP_PROXY", "http://sts.example", fmt.Sprintf(page, "403 Forbidden")},
		{"forwarded 407", "HTTP_PROXY", "http://sts.example", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"},
		{"forwarded 504", "http_proxy", "http://sts.example", "HTTP/1.1 504 Gateway Timeout\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nlate"},
		{"forwarded 200 with a page", "HTTP_PROXY", "http://sts.example", fmt.Sprintf(page, "200 OK")},
	} {
		t.Run(c.name, func(t *testing.T) {
			host := proxyAnswering(t, c.answer)
			said := identifyingBehind(t, c.variable+"=http://ana:hunter2@"+host, "AWS_ENDPOINT_URL="+c.endpoint)
			status := strings.Fields(c.answer)[1]
			for _, want := range []string{"typed true", "http://" + host, "(" + c.variable + ")", "HTTP " + status, "sts."} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q: %s", want, said)
				}
			}
			if strings.Contains(said, "hunter2") || strings.Contains(said, "ana") {
				t.Errorf("it says user or password: %s", said)
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		host := closed.Addr().String()
		_ = closed.Close()
		said := identifyingBehind(t, "HTTPS_PROXY=http://ana:hunter2@"+host)
		for _, want := range []string{"typed true", "http://" + host, "(HTTPS_PROXY)", "could not be reached", "refused"} {
			if !strings.Contains(said, want) {
				t.Errorf("it does not say %q: %s", want, said)
			}
		}
		if strings.Contains(said, "hunter2") {
			t.Errorf("it says the password: %s", said)
		}
	})
}

func TestAnAnswerThatIsNotTheServicesOwnIsRecognisedWithoutAProxy(t *testing.T) {
	for name, c := range map[string]struct {
		status           int
		kind, body, want string
	}{
		"captive portal":       {200, "text/html", "<!doctype html><title>Sign in\n to the hotel</title>", `"Sign in to the hotel"`},
		"page without a type":  {200, "", "<HTML><BODY>hello", "HTTP 200"},
		"load balancer":        {502, "text/html; charset=utf-8", "<html><h1>502 Bad Gateway</h1></html>", "HTTP 502"},
		"text of a filter":     {403, "text/plain", "blocked", "HTTP 403"},
		"proxy authentication": {407, "application/json", "{}", "HTTP 407"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.kind != "" {
					w.Header().Set("Content-Type", c.kind)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"}, RetryPause: time.Millisecond})
			var seen wire.Exchange
			err := w.Identify(awsenv.WithObserver(t.Context(), func(x wire.Exchange) { seen = x }))
			var proxy *awsenv.ProxyError
			if !errors.As(err, &proxy) || !strings.Contains(err.Error(), c.want) || proxy.Status != c.status {
				t.Errorf("%v", err)
			}
			if seen.Status != c.status {
				t.Errorf("the exchange is reported with status %d", seen.Status)
			}
		})
	}
}

func TestTheServicesOwnErrorsStayItsOwn(t *testing.T) {
	for _, status := range []int{400, 403, 500, 503} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>Teapot</Code><Message>m</Message></Error></ErrorResponse>")
		}))
		defer server.Close()
		w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"}, RetryPause: time.Millisecond})
		var proxy *awsenv.ProxyError
		if err := w.Identify(t.Context()); errors.As(err, &proxy) || !strings.Contains(err.Error(), "Teapot") {
			t.Errorf("HTTP %d: %v", status, err)
		}
	}
}

// TestNoAnswerIsWaitedForWithoutAnEnd holds back the first byte, the body, and
// the rest of the body.
func TestNoAnswerIsWaitedForWithoutAnEnd(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter){
		"nothing comes":         func(http.ResponseWriter) {},
		"only the headers come": func(w http.ResponseWriter) { w.WriteHeader(200) },
		"half of the body comes": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "9999")
			_, _ = io.WriteString(w, identity[:80])
		},
	} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			var attempts atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				attempts.Add(1)
				begin(w)
				if f, ok := w.(http.Flusher); ok && name != "nothing comes" {
					f.Flush()
				}
				select {
				case <-release:
				case <-r.Context().Done():
				}
			}))
			defer server.Close()
			defer close(release)
			w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"},
				RetryPause: time.Millisecond, AnswerLimit: 100 * time.Millisecond})
			began := time.Now()
			err := w.Identify(t.Context())
			var slow *awsenv.NoAnswerError
			if !errors.As(err, &slow) || time.Since(began) > 5*time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
			if attempts.Load() != 3 {
				t.Errorf("%d attempts, want the SDK's three", attempts.Load())
			}
		})
	}
}

func TestACallWhoseRepeatsNeverEndIsEnded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer server.Close()
	clean(t, and(keys, map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_MAX_ATTEMPTS": "1000"}))
	w, err := awsenv.Open(t.Context(), awsenv.Options{AnswerLimit: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var slow *awsenv.NoAnswerError
	if err := w.Identify(t.Context()); !errors.As(err, &slow) || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestAnInterruptionIsNoMissingAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or net/http does not notice that the client is gone
		<-r.Context().Done()
	}))
	defer server.Close()
	w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"}})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var slow *awsenv.NoAnswerError
	if err := w.Identify(ctx); errors.As(err, &slow) || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestALongWaitIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(300 * time.Millisecond)
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, identity)
	}))
	defer server.Close()
	w, _ := awsenv.Open(t.Context(), awsenv.Options{Sandbox: &awsenv.Sandbox{Endpoint: server.URL, AccessKeyID: "a", SecretAccessKey: "b", Region: "us-east-1"}})
	told := ""
	ctx := awsenv.WithWaiting(t.Context(), 100*time.Millisecond, func(service, operation string) { told = service + " " + operation })
	if err := w.Identify(ctx); err != nil || told != "STS GetCallerIdentity" {
		t.Errorf("%q %v", told, err)
	}
}
