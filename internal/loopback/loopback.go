// Package loopback listens on the loopback addresses of both IP families.
package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// tries is how often the system is asked for a port that is free on both families.
const tries = 10

// TakenError means that a port is not available on one of the addresses.
type TakenError struct {
	Port int
	// Reserved means that Windows reserves the port: Hyper-V and WSL reserve blocks
	// of ports (netsh interface ipv4 show excludedportrange).
	Reserved bool
	Err      error
}

func (e *TakenError) Error() string {
	if e.Reserved {
		return fmt.Sprintf("port %d is reserved by Windows (the blocks are listed by: netsh interface ipv4 show excludedportrange protocol=tcp)", e.Port)
	}
	return fmt.Sprintf("port %d is taken", e.Port)
}

func (e *TakenError) Unwrap() error { return e.Err }

// Listen listens on 127.0.0.1 and ::1, on the same port, because a browser may
// resolve localhost to either (RFC 8252 section 7.3). IPv6 is optional. A port that
// another program uses on either family is a *TakenError, because that program
// could receive what is meant for this one. With port 0, the system chooses the
// port.
func Listen(ctx context.Context, port int) ([]net.Listener, error) {
	return ListenOn(ctx, "127.0.0.1", port)
}

// ListenOn is Listen with another IPv4 address, such as 0.0.0.0.
func ListenOn(ctx context.Context, ipv4 string, port int) ([]net.Listener, error) {
	for try := 1; ; try++ {
		listeners, err := listenBoth(ctx, ipv4, port)
		// The port that the system chose on IPv4 may be taken on IPv6. Try again.
		var taken *TakenError
		if port != 0 || try == tries || !errors.As(err, &taken) {
			return listeners, err
		}
	}
}

func listenBoth(ctx context.Context, ipv4 string, port int) ([]net.Listener, error) {
	// Without this option, a program on Windows could take over the address by
	// reusing it (Winsock, "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE").
	config := net.ListenConfig{Control: exclusive}
	v4, err := config.Listen(ctx, "tcp4", net.JoinHostPort(ipv4, strconv.Itoa(port)))
	if err != nil {
		return nil, listenError(ipv4, port, err)
	}
	port = Port(v4)
	v6, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return []net.Listener{v4, v6}, nil
	case isAny(err, noFamily):
		return []net.Listener{v4}, nil
	}
	v4.Close()
	return nil, listenError("::1", port, err)
}

// Port returns the port of a listener.
func Port(l net.Listener) int {
	if addr, ok := l.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// The other numbers are the Winsock codes for EADDRINUSE, EACCES, EADDRNOTAVAIL,
// EAFNOSUPPORT and EPROTONOSUPPORT. No other system uses them.
var (
	reserved = syscall.Errno(10013)
	inUse    = []error{syscall.EADDRINUSE, syscall.Errno(10048), reserved}
	noFamily = []error{syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT,
		syscall.Errno(10049), syscall.Errno(10047), syscall.Errno(10043)}
)

func isAny(err error, targets []error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

func listenError(host string, port int, err error) error {
	if isAny(err, inUse) {
		return &TakenError{Port: port, Reserved: errors.Is(err, reserved), Err: err}
	}
	return fmt.Errorf("listening on %s: %w", net.JoinHostPort(host, strconv.Itoa(port)), err)
}
