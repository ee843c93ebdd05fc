package loopback

import (
	"net"
	"strings"
)

// IsHost reports whether a host names the loopback interface. localhost and names
// below it always do (RFC 6761, section 6.3).
func IsHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
