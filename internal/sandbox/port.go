package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"agentcore-3lo/internal/loopback"
	"agentcore-3lo/internal/private"
)

const (
	portFile  = "port"
	portTries = 400 // number of ports to try
)

// PortTakenError means that another program listens on the port of the sandbox.
type PortTakenError struct {
	Port int
	Free int // another port that is free; 0 = none found
	Err  error
}

func (e *PortTakenError) Error() string {
	if holder := loopback.ListeningProgram(e.Port); holder != "" {
		return fmt.Sprintf("the sandbox's port %d is taken by %s", e.Port, holder)
	}
	return fmt.Sprintf("the sandbox's port %d cannot be used: %v", e.Port, e.Err)
}

func (e *PortTakenError) Unwrap() error { return e.Err }

// bind listens on the given port, or on the saved port of the folder. A folder
// without a saved port gets the first free one and keeps it, because forwarded
// ports and registered URLs must stay valid.
func bind(dir string, given int) ([]net.Listener, error) {
	wanted := given
	if wanted == 0 {
		wanted = rememberedPort(dir)
	}
	if wanted == 0 {
		listeners, port, err := bindFree(DefaultPort)
		if err != nil {
			return nil, err
		}
		return listeners, rememberPort(dir, port, listeners)
	}
	listeners, err := loopback.Listen(context.Background(), wanted)
	if err != nil {
		taken := &PortTakenError{Port: wanted, Err: err}
		if others, free, err := bindFree(wanted + 1); err == nil {
			taken.Free = free
			closeAll(others)
		}
		return nil, taken
	}
	return listeners, rememberPort(dir, wanted, listeners)
}

// bindFree listens on the first free port, starting at from.
func bindFree(from int) ([]net.Listener, int, error) {
	var all error
	for port := from; port <= min(from+portTries, 65535); port++ {
		listeners, err := loopback.Listen(context.Background(), port)
		if err == nil {
			return listeners, port, nil
		}
		all = err
	}
	return nil, 0, errors.Join(fmt.Errorf("no port from %d on is free", from), all)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// rememberedPort returns the folder's saved port, or 0.
func rememberedPort(dir string) int {
	if dir == "" {
		return 0
	}
	raw, err := private.ReadFile(dir, portFile)
	port, bad := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || bad != nil || port < 1 || port > 65535 {
		return 0
	}
	return port
}

// rememberPort saves the port for the next start. If that fails, it closes the
// listeners.
func rememberPort(dir string, port int, listeners []net.Listener) error {
	if dir == "" || rememberedPort(dir) == port {
		return nil
	}
	err := private.WriteFile(dir, portFile, []byte(strconv.Itoa(port)+"\n"))
	if err != nil {
		closeAll(listeners)
	}
	return err
}
