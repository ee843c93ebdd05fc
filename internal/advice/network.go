package advice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

// proxyCauses are answers in the place of a service. They come before those of
// the sign-in, which may fail for them.
func proxyCauses() []Cause {
	return []Cause{
		{Name: "proxy unreachable", Exit: ExitFailed, Matches: proxied(func(e *awsenv.ProxyError) bool { return e.Status == 0 }),
			Next: func(f Facts, s Situation) string {
				e := proxyError(f)
				return "The proxy " + e.Proxy + " does not answer. Correct " + variable(e) + ", or start the proxy or the VPN that it belongs to. If " + e.Host + " can be reached directly, add it to NO_PROXY. Then resume: " + s.Retry
			}},
		{Name: "proxy wants a password", Exit: ExitDenied, Source: "RFC 9110, section 15.5.8",
			Matches: proxied(func(e *awsenv.ProxyError) bool { return e.Status == 407 }),
			Next: func(f Facts, s Situation) string {
				return "The proxy wants a user name and a password (HTTP 407). Put them into " + variable(proxyError(f)) + ", as http://USER:PASSWORD@HOST:PORT with special characters percent-encoded. Then resume: " + s.Retry
			}},
		{Name: "proxy refuses the host", Exit: ExitFailed, Source: "RFC 9110, sections 9.3.6 and 15.5",
			Matches: proxied(func(e *awsenv.ProxyError) bool { return e.Proxy != "" && e.Status < 500 }),
			Next: func(f Facts, s Situation) string {
				e := proxyError(f)
				return "Ask whoever runs the proxy " + e.Proxy + " (" + variable(e) + ") to let " + e.Host + " through. If that host can be reached directly, add it to NO_PROXY. Then resume: " + s.Retry
			}},
		{Name: "proxy fails", Exit: ExitFailed, For: time.Minute, Source: "RFC 9110, section 15.6",
			Matches: proxied(func(e *awsenv.ProxyError) bool { return e.Proxy != "" }),
			Next: func(f Facts, s Situation) string {
				e := proxyError(f)
				return "The proxy " + e.Proxy + " (" + variable(e) + ") cannot reach " + e.Host + ". Ask whoever runs it; if that host can be reached directly, add it to NO_PROXY. Then resume: " + s.Retry
			}},
		{Name: "gateway error on the way", Exit: ExitFailed, For: time.Minute, Source: "RFC 9110, section 15.6: 502, 503 and 504 come from a proxy or load balancer",
			Matches: proxied(func(e *awsenv.ProxyError) bool { return e.Status >= 500 }),
			Next: func(f Facts, s Situation) string {
				e := proxyError(f)
				return "A proxy or load balancer answers in place of " + e.Host + ", and repeating did not help. If this network needs a proxy, set HTTPS_PROXY; otherwise wait until AWS reports no trouble (https://health.aws.amazon.com/health/status). Then resume: " + s.Retry
			}},
		{Name: "web page instead of an answer", Exit: ExitFailed, For: 15 * time.Second, Source: "RFC 6585, section 6, and RFC 8952: captive portals",
			Matches: as[*awsenv.ProxyError],
			Next: func(f Facts, s Situation) string {
				return "Something on this network answers in place of " + proxyError(f).Host + " with a web page: a captive portal or a proxy. Open any page in a browser, sign in to the network, and connect the VPN if you use one; if the network needs a proxy, set HTTPS_PROXY. Then resume: " + s.Retry
			}},
	}
}

// networkCauses lie between this machine and the services.
func networkCauses() []Cause {
	return []Cause{
		{Name: "name not found", Matches: isDNS, Exit: ExitFailed, Next: nameNotFound},
		{Name: "certificate not trusted", Exit: ExitFailed,
			Source:  "Go, crypto/tls and crypto/x509 errors",
			Matches: untrusted,
			Next: text(func(s Situation) string {
				return "The TLS certificate is not trusted here. Behind a company proxy, set AWS_CA_BUNDLE to its certificate, then: " + s.Retry
			})},
		{Name: "no answer in time", Exit: ExitFailed, Matches: as[*awsenv.NoAnswerError],
			Next: text(func(s Situation) string {
				return "Repeating did not help. Check the network, the VPN and any proxy (HTTPS_PROXY), and whether AWS reports trouble (https://health.aws.amazon.com/health/status). Then resume: " + s.Retry
			})},
		{Name: "connection failed", Exit: ExitFailed, Source: "Go, package net: errors of dial, read and write",
			Matches: func(f Facts) bool {
				return as[*net.OpError](f) || errors.Is(f.Err, io.ErrUnexpectedEOF) || errors.Is(f.Err, io.EOF) || errors.Is(f.Err, syscall.ECONNRESET)
			},
			Next: text(func(s Situation) string {
				return "The connection failed, and repeating did not help. Check the network, the VPN and any proxy (HTTPS_PROXY, NO_PROXY), and custom endpoints (AWS_ENDPOINT_URL). Then resume: " + s.Retry
			})},
	}
}

func proxied(fits func(*awsenv.ProxyError) bool) func(Facts) bool {
	return func(f Facts) bool {
		e := proxyError(f)
		return e != nil && fits(e)
	}
}

func proxyError(f Facts) *awsenv.ProxyError {
	var e *awsenv.ProxyError
	errors.As(f.Err, &e)
	return e
}

func variable(e *awsenv.ProxyError) string {
	if e.Variable == "" {
		return "HTTPS_PROXY"
	}
	return e.Variable
}

func isDNS(f Facts) bool { return as[*net.DNSError](f) }

func untrusted(f Facts) bool {
	return as[*tls.CertificateVerificationError](f) || as[x509.UnknownAuthorityError](f) || as[x509.HostnameError](f) ||
		as[x509.CertificateInvalidError](f) || f.Says("x509:") // some errors of crypto/tls carry only the text
}

func nameNotFound(f Facts, s Situation) string {
	var dns *net.DNSError
	errors.As(f.Err, &dns)
	return "The name " + dns.Name + " cannot be looked up. Check the network, the region and any proxy (HTTPS_PROXY, NO_PROXY), then: " + s.Retry
}
