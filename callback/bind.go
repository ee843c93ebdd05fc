package callback

import (
	"context"
	"errors"
	"net"

	"agentcore-3lo/internal/loopback"
)

// bind listens on IPv4 and IPv6, and returns the port. If the port is taken, the
// error is a *PortTakenError.
func bind(ctx context.Context, port int, all bool) ([]net.Listener, int, error) {
	host := "127.0.0.1"
	if all {
		host = "0.0.0.0"
	}
	listeners, err := loopback.ListenOn(ctx, host, port)
	var taken *loopback.TakenError
	switch {
	case errors.As(err, &taken):
		return nil, 0, &PortTakenError{Port: taken.Port, Reserved: taken.Reserved}
	case err != nil:
		return nil, 0, err
	}
	return listeners, loopback.Port(listeners[0]), nil
}
