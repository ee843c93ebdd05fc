package loopback

import (
	"net"
	"strings"
)

// IsHost says whether a host names this machine's loopback interface. localhost
// and names below it never leave the machine (RFC 6761, section 6.3).
func IsHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
