//go:build !windows

package loopback

import "syscall"

// exclusive does nothing: other systems do not share the address by default.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }
