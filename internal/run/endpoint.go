package run

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
)

// EndpointError says that a record names an endpoint that is neither https nor
// on this computer. A file alone must not send requests there.
type EndpointError struct{ Path, Name, Endpoint string }

func (e *EndpointError) Error() string {
	return fmt.Sprintf("the record %s names the endpoint %q, which is neither https nor on this computer", e.Path, e.Endpoint)
}

// checkEndpoints refuses recorded endpoints that are neither https nor on this
// computer, unless an environment variable names the same one.
func checkEndpoints(endpoints map[string]string, path string) error {
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		endpoint := endpoints[name]
		if !Safe(endpoint) && endpoint != cmp.Or(os.Getenv(name), os.Getenv("AWS_ENDPOINT_URL")) {
			return &EndpointError{path, name, endpoint}
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
