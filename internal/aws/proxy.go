package aws

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"agentcore-3lo/internal/pattern"
)

// ProxyError says that something between this machine and a service failed, or
// answered in place of the service: a proxy, a captive portal or a load balancer.
type ProxyError struct {
	Variable string // that names the proxy, such as HTTPS_PROXY; "" = none
	Proxy    string // its scheme, host and port, never its user or password; "" = none is configured
	Host     string // the service
	Status   int    // HTTP status of its answer; 0 = it could not be reached
	Title    string // of the web page in its answer
	Err      error  // why it could not be reached
}

func (e *ProxyError) Error() string {
	who := "a proxy or the network"
	if e.Proxy != "" {
		who = "the proxy " + e.Proxy
		if e.Variable != "" {
			who += " (" + e.Variable + ")"
		}
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s could not be reached on the way to %s: %v", who, e.Host, e.Err)
	}
	said := fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	if e.Title != "" {
		said += fmt.Sprintf(", a page titled %q", e.Title)
	}
	return fmt.Sprintf("%s answered in place of %s: %s", who, e.Host, said)
}

func (e *ProxyError) Unwrap() error { return e.Err }

// RetryableError tells the SDK to retry after a gateway error of a load balancer,
// and while a proxy restarts.
func (e *ProxyError) RetryableError() bool { return e.Status == 0 || e.Status >= 500 }

// onTheWay recognizes a proxy that does not answer, or does not connect to the
// service.
func onTheWay(req *http.Request, err error) error {
	if err == nil {
		return nil
	}
	var refused *ProxyError
	if errors.As(err, &refused) {
		refused.Variable = configuredProxy(req).Variable
		return refused
	}
	var op *net.OpError
	if e := configuredProxy(req); e.Proxy != "" && errors.As(err, &op) && op.Op == "proxyconnect" { // net/http says so of its dial to a proxy
		e.Err = cmp.Or(op.Err, err)
		return e
	}
	return err
}

// refusedByProxy turns the proxy's answer to CONNECT into an error with its status;
// net/http keeps only the status text.
func refusedByProxy(_ context.Context, proxy *url.URL, connect *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: origin(proxy), Host: connect.Host, Status: answer.StatusCode}
}

// ForeignAnswer recognizes an answer that does not come from the service: any web
// page, a proxy's 407, and an error that is neither JSON nor XML and has no request
// ID, which every AWS API sends (AWS, "Common errors": RequestId). The
// body can still be read.
func ForeignAnswer(req *http.Request, resp *http.Response) error {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	start := peek(resp)
	page := kind == "text/html" || kind == "application/xhtml+xml" || looksLikePage(start)
	strange := resp.StatusCode >= 400 && RequestID(resp.Header) == "" && !strings.Contains(kind, "json") && !strings.Contains(kind, "xml")
	if !page && !strange && resp.StatusCode != http.StatusProxyAuthRequired {
		return nil
	}
	e := configuredProxy(req)
	e.Status, e.Title = resp.StatusCode, title(start)
	return e
}

// configuredProxy returns an error with the proxy that is configured for the
// request.
func configuredProxy(req *http.Request) *ProxyError {
	e := &ProxyError{Host: req.URL.Hostname()}
	proxy, err := http.ProxyFromEnvironment(req) // as the SDK's transport does
	if err != nil || proxy == nil {
		return e
	}
	e.Proxy, e.Variable = origin(proxy), proxyVariable(req.URL.Scheme)
	return e
}

// proxyVariable is the variable that net/http reads for a scheme
// (golang.org/x/net/http/httpproxy, FromEnvironment); "" = none is set.
func proxyVariable(scheme string) string {
	for _, name := range []string{strings.ToUpper(scheme) + "_PROXY", strings.ToLower(scheme) + "_proxy"} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// origin removes user, password and path.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// pageStart is how many bytes of a page are read to recognize it.
const pageStart = 4 << 10

// peek reads the beginning of the body and puts it back.
func peek(resp *http.Response) []byte {
	start, _ := io.ReadAll(io.LimitReader(resp.Body, pageStart)) // an error occurs again when the body is read
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), resp.Body), resp.Body}
	return start
}

func looksLikePage(start []byte) bool {
	begins := strings.ToLower(string(bytes.TrimSpace(start[:min(len(start), 200)])))
	return strings.HasPrefix(begins, "<!doctype html") || strings.HasPrefix(begins, "<html")
}

var pageTitle = pattern.New(`(?is)<title[^>]*>(.*?)</title>`)

// title is the title of a page, on one line; "" = none.
func title(page []byte) string {
	found := pageTitle.FindStringSubmatch(string(page))
	if found == nil {
		return ""
	}
	words := strings.Join(strings.Fields(html.UnescapeString(found[1])), " ")
	return strings.ToValidUTF8(words[:min(len(words), 120)], "")
}
