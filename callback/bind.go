package callback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// portTries is how often the system is asked for a port that is free on both
// families.
const portTries = 10

// bind listens on both families. With port 0 the system picks one on IPv4,
// which somebody may hold on IPv6: then it is asked again.
func bind(ctx context.Context, port int, all bool) ([]net.Listener, int, error) {
	for try := 1; ; try++ {
		listeners, bound, err := bindPort(ctx, port, all)
		var taken *PortTakenError
		if port != 0 || try == portTries || !errors.As(err, &taken) {
			return listeners, bound, err
		}
	}
}

func bindPort(ctx context.Context, port int, all bool) ([]net.Listener, int, error) {
	host := "127.0.0.1"
	if all {
		host = "0.0.0.0"
	}
	var config net.ListenConfig
	v4, err := config.Listen(ctx, "tcp4", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, 0, bindError(host, port, err)
	}
	if addr, ok := v4.Addr().(*net.TCPAddr); ok {
		port = addr.Port
	}
	v6, err := config.Listen(ctx, "tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
	switch {
	case err == nil:
		return []net.Listener{v4, v6}, port, nil
	case isAny(err, noFamily):
		return []net.Listener{v4}, port, nil
	default:
		v4.Close()
		return nil, 0, bindError("::1", port, err)
	}
}

// Windows has its own numbers for what POSIX calls EADDRINUSE, EACCES (a range
// that the system reserves), EADDRNOTAVAIL, EAFNOSUPPORT and EPROTONOSUPPORT;
// no other system uses them.
var (
	inUse    = []error{syscall.EADDRINUSE, syscall.Errno(10048), syscall.Errno(10013)}
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

func bindError(host string, port int, err error) error {
	if isAny(err, inUse) {
		return &PortTakenError{Port: port, Holder: holder(port)}
	}
	return fmt.Errorf("listening on %s: %w", net.JoinHostPort(host, strconv.Itoa(port)), err)
}
