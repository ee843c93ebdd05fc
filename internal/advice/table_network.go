package advice

import (
	"net"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

const awsHealth = "https://health.aws.amazon.com/health/status"

// onTheWay has the causes between this machine and the services: proxies, names,
// certificates, connections.
func onTheWay() map[Cause]Advice {
	return map[Cause]Advice{
		ProxyUnreachable: {Exit: ExitFailed, words: func(c failed) string {
			e := as[*awsenv.ProxyError](c)
			return "The proxy " + e.Proxy + " does not answer. Correct " + variable(e) + ", or start the proxy or its VPN." + direct(e) + " Then resume: " + c.Retry
		}},
		ProxyPassword: {Exit: ExitDenied, words: func(c failed) string {
			return "The proxy requires a user name and a password (HTTP 407). Put them into " + variable(as[*awsenv.ProxyError](c)) + ", as http://USER:PASSWORD@HOST:PORT with special characters percent-encoded. Then resume: " + c.Retry
		}},
		ProxyRefuses: {Exit: ExitFailed, words: func(c failed) string {
			e := as[*awsenv.ProxyError](c)
			return "Ask whoever runs the proxy " + e.Proxy + " (" + variable(e) + ") to allow " + e.Host + "." + direct(e) + " Then resume: " + c.Retry
		}},
		ProxyFails: {Exit: ExitFailed, Wait: time.Minute, words: func(c failed) string {
			e := as[*awsenv.ProxyError](c)
			return "The proxy " + e.Proxy + " (" + variable(e) + ") cannot reach " + e.Host + ". Ask whoever runs it." + direct(e) + " Then resume: " + c.Retry
		}},
		GatewayErrorOnTheWay: {Exit: ExitFailed, Wait: time.Minute, words: func(c failed) string {
			return "A proxy or load balancer answers in place of " + as[*awsenv.ProxyError](c).Host + ", and retrying did not help. If this network requires a proxy, set HTTPS_PROXY; otherwise wait until AWS reports no trouble (" + awsHealth + "). Then resume: " + c.Retry
		}},
		WebPage: {Exit: ExitFailed, Wait: 15 * time.Second, words: func(c failed) string {
			return "Something on this network answers in place of " + as[*awsenv.ProxyError](c).Host + " with a web page: a captive portal or a proxy. Open any page in a browser, sign in to the network, and connect the VPN if you use one; if the network requires a proxy, set HTTPS_PROXY. Then resume: " + c.Retry
		}},

		NameNotFound: {Exit: ExitFailed, words: nameNotFound},
		CertificateNotTrusted: {Exit: ExitFailed, words: func(c failed) string {
			return "The TLS certificate is not trusted on this machine. Behind a company proxy, set AWS_CA_BUNDLE to the proxy's certificate. Then resume: " + c.Retry
		}},
		NoAnswer:         {Exit: ExitFailed, words: noAnswerInTime},
		ConnectionFailed: {Exit: ExitFailed, words: connectionFailed},
	}
}

func nameNotFound(c failed) string {
	return "The name " + as[*net.DNSError](c).Name + " cannot be looked up. Check the network, the region and any proxy (HTTPS_PROXY, NO_PROXY). Then resume: " + c.Retry
}

func noAnswerInTime(c failed) string {
	return "Retrying did not help. Check the network, the VPN and any proxy (HTTPS_PROXY), and whether AWS reports trouble (" + awsHealth + "). Then resume: " + c.Retry
}

func connectionFailed(c failed) string {
	return "The connection failed, and retrying did not help. Check the network, the VPN and any proxy (HTTPS_PROXY, NO_PROXY), and custom endpoints (AWS_ENDPOINT_URL). Then resume: " + c.Retry
}

// variable names the environment variable that sets the proxy.
func variable(e *awsenv.ProxyError) string {
	if e.Variable == "" {
		return "HTTPS_PROXY"
	}
	return e.Variable
}

// direct is the way around a proxy.
func direct(e *awsenv.ProxyError) string {
	return " If " + e.Host + " can be reached directly, add it to NO_PROXY."
}
