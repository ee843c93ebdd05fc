package advice

import (
	"errors"
	"net"
)

// networkCauses lie between this machine and the services.
func networkCauses() []Cause {
	return []Cause{
		{Name: "name not found", Matches: as[*net.DNSError], Exit: ExitFailed, Next: nameNotFound},
		{Name: "certificate not trusted", Exit: ExitFailed,
			Source:  "Go, crypto/x509 errors",
			Matches: func(f Facts) bool { return f.Says("x509:", "certificate") },
			Next: text(func(s Situation) string {
				return "The TLS certificate is not trusted here. Behind a company proxy, set AWS_CA_BUNDLE to its certificate, then: " + s.Retry
			})},
	}
}

func nameNotFound(f Facts, s Situation) string {
	var dns *net.DNSError
	errors.As(f.Err, &dns)
	return "The name " + dns.Name + " cannot be looked up. Check the network, the region and any proxy (HTTPS_PROXY, NO_PROXY), then: " + s.Retry
}
