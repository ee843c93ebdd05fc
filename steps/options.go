package steps

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"

	"agentcore-3lo/callback"
	"agentcore-3lo/internal/run"
)

// keep makes the options of a command the run's own, so that a later command
// needs no flags to behave the same. An option that is not given leaves the run's
// as it is. It returns what that changes about a run that has begun; the error
// says which options contradict each other.
func keep(r *run.Run, given Settings) (changed []string, err error) {
	rec := r.Record()
	own := rec.Settings
	next := own
	next.Pace = cmp.Or(given.Pace, own.Pace)
	next.RoleARN = cmp.Or(given.RoleARN, own.RoleARN)
	next.PermissionsBoundary = cmp.Or(given.PermissionsBoundary, own.PermissionsBoundary)
	next.RegisterReturnURL = own.RegisterReturnURL || given.RegisterReturnURL
	if next, err = ListenAt(next, given.ReturnURL, given.Port); err != nil {
		return nil, err
	}
	return changes(own, next, rec.Begun()), r.Update(func(r *run.Record) { r.Settings = next })
}

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

// changes says what an option given now changes about a run that has begun.
func changes(was, is run.Settings, begun bool) []string {
	if !begun {
		return nil
	}
	var all []string
	if was.ReturnURL != is.ReturnURL && was.ReturnURL != "" && is.ReturnURL != "" {
		all = append(all, fmt.Sprintf("The return URL was %s and is %s from now on. The target is updated to it; an allow list keeps the old one.", was.ReturnURL, is.ReturnURL))
	}
	if was.Port != is.Port && was.Port != 0 {
		all = append(all, fmt.Sprintf("The listener moves from port %d to port %d. A port forwarding to the old one no longer reaches it.", was.Port, is.Port))
	}
	if was.RoleARN != is.RoleARN {
		all = append(all, fmt.Sprintf("The gateway uses the role %s from now on. A role that this run created stays until cleanup.", is.RoleARN))
	}
	return all
}
