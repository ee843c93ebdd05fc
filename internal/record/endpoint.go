package record

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// EndpointError says that a run's endpoint is reached without encryption over a
// network, where anybody could read or answer its requests.
type EndpointError struct{ Name, Endpoint string }

func (e *EndpointError) Error() string {
	return fmt.Sprintf("%s is %q, but an endpoint must begin with https:// or lead to this computer, such as http://localhost:4566", e.Name, e.Endpoint)
}

// check refuses endpoints that are neither https nor on this computer.
func (w World) check() error {
	for _, name := range slices.Sorted(maps.Keys(w.Endpoints)) {
		if !Safe(w.Endpoints[name]) {
			return &EndpointError{name, w.Endpoints[name]}
		}
	}
	return nil
}

// Safe reports whether an endpoint is https, or http on this computer.
func Safe(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}
