package returnurl

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/run"
)

// ListenAt puts a return URL and a port that are given now in the place of the
// present ones; "" and 0 are not given. On loopback the return URL decides the
// port. The error says what contradicts it.
func ListenAt(s run.Settings, returnURL string, port int) (run.Settings, error) {
	moved := port != 0 && port != s.Port
	if port != 0 {
		s.Port, s.PortGiven = port, true
	}
	if returnURL != "" {
		s.ReturnURL, s.ReturnURLGiven = returnURL, true
	}
	if !s.ReturnURLGiven {
		if moved {
			s.ReturnURL = "" // it follows the port
		}
		return s, nil
	}
	u, err := callback.ParseReturnURL(s.ReturnURL)
	if err != nil && returnURL == "" { // the run's, from an earlier version
		err = fmt.Errorf("%w; give the run another one with --return-url", err)
	}
	if err != nil {
		return s, err
	}
	own := callback.ListeningPort(u)
	switch {
	case own != 0 && port != 0 && own != port:
		return s, fmt.Errorf("the return URL %s leads to port %d, and --port says %d; leave --port out, or give --return-url %s",
			s.ReturnURL, own, port, withPort(u, port))
	case own != 0:
		s.Port, s.PortGiven = own, false
	case callback.IsLoopback(u) && (!s.PortGiven || cmp.Or(u.Port(), "443") == strconv.Itoa(s.Port)):
		return s, fmt.Errorf("the listener does not speak TLS, so nothing answers at %s; use http, or name with --port the port to which a TLS proxy forwards", s.ReturnURL)
	}
	return s, nil
}

// withPort is the same return URL at another port.
func withPort(u *url.URL, port int) string {
	other := *u
	other.Host = u.Hostname() + ":" + strconv.Itoa(port)
	if ip := u.Hostname(); ip == "::1" {
		other.Host = "[::1]:" + strconv.Itoa(port)
	}
	return other.String()
}
