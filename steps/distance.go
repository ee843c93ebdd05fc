package steps

import (
	"fmt"
	"net/url"

	"agentcore-3lo/internal/world"
)

// warnOfDistance says beforehand what will happen when the browser runs on
// another machine than this program.
func (r *round) warnOfDistance() {
	forward := r.forwarding(r.world, r.listener.Port())
	switch {
	case forward == "":
	case r.Settings.Unattended:
		r.say("This is a remote session, so a browser runs elsewhere. It comes back only through forwarded ports; on the machine with the browser:\n%s", forward)
	default:
		r.say("This is a remote session, so your browser runs elsewhere: its last page will fail to load. Copy its address then and paste it here. Or forward the ports first, on the machine with the browser:\n%s", forward)
	}
}

// forwarding is the command that lets a browser elsewhere reach this machine;
// "" where the browser is here, or the ports are forwarded already.
func (t *Task) forwarding(w *world.World, port int) string {
	if t.Settings.Env("SSH_CONNECTION") == "" && t.Settings.Env("SSH_TTY") == "" || t.ports.forward.Environment != "this machine" {
		return ""
	}
	command := fmt.Sprintf("ssh -N -L %d:127.0.0.1:%d", port, port)
	if w.Sandbox {
		if u, err := url.Parse(w.Portal); err == nil {
			command += fmt.Sprintf(" -L %s:127.0.0.1:%s", u.Port(), u.Port())
		}
	}
	return command + " <this machine>"
}
