//go:build !windows

package loopback

import "syscall"

// exclusive is what every other system does by itself.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }
