// Package freeport finds ports for tests to listen on.
package freeport

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

var taken atomic.Int64

// Take returns a port that is free on both IP families, for one test alone: until it
// ends, its UDP port is held, so that the test binaries beside this one skip it. It is
// below the range for outgoing connections, which could otherwise take it before
// the test listens on it. The next ports stay free as well, because the program
// uses them if its port is taken.
func Take(t testing.TB) int {
	t.Helper()
	for range 2000 {
		port := 20000 + (os.Getpid()*37+int(taken.Add(1)))*4%12000
		held, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if !free(port) {
			_ = held.Close()
			continue
		}
		t.Cleanup(func() { _ = held.Close() })
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// free reports whether a port can be listened on.
func free(port int) bool {
	four, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = four.Close()
	six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
	if err != nil {
		return !strings.Contains(err.Error(), "in use") // else there is no IPv6
	}
	_ = six.Close()
	return true
}
