package steps

import (
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/internal/world"
)

// warnOfDistance says beforehand what will happen when the browser runs on
// another machine than this program.
func (r *round) warnOfDistance() {
	why, forward := r.distance(r.world, r.listener.Port())
	switch {
	case why == "":
	case r.Settings.Unattended:
		r.say("%s, so a browser runs elsewhere. It comes back only through forwarded ports; on the machine with the browser:\n%s", why, forward)
	default:
		r.say("%s, so your browser runs elsewhere: its last page will fail to load. Copy its address then and paste it here. Or forward the ports first, on the machine with the browser:\n%s", why, forward)
	}
}

// distance says why the browser runs on another machine, in the beginning of a
// sentence, and with which command it reaches this one; "" where it is here, or
// the ports are forwarded already.
func (t *Task) distance(w *world.World, port int) (why, forward string) {
	why = world.BrowserElsewhere(t.Settings.Env)
	if why == "" || t.ports.forward.Environment != "this machine" {
		return "", ""
	}
	forward = fmt.Sprintf("ssh -N -L %d:127.0.0.1:%d", port, port)
	if w.Sandbox {
		if u, err := url.Parse(w.Portal); err == nil {
			forward += fmt.Sprintf(" -L %s:127.0.0.1:%s", u.Port(), u.Port())
		}
	}
	return "T" + why[1:], forward + " " + sshTarget(t.Settings.Env)
}

// sshTarget is this machine as the person's ssh has reached it: SSH_CONNECTION
// ends with the server's address and port (ssh(1), "ENVIRONMENT").
func sshTarget(env func(string) string) string {
	connection := strings.Fields(env("SSH_CONNECTION"))
	if len(connection) != 4 {
		return "<this machine>"
	}
	target := connection[2]
	if user := env("USER"); user != "" {
		target = user + "@" + target
	}
	if connection[3] != "22" {
		target = "-p " + connection[3] + " " + target
	}
	return target
}
