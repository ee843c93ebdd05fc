package returnurl

import (
	"fmt"
	"net/url"
	"strings"

	"agentcore-3lo/callback"
	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/desktop"
	"agentcore-3lo/internal/loopback"
)

// Far says beforehand what will happen when the browser runs on another machine
// than this program; "" where it does not. attended says that somebody is here.
func (a *Address) Far(w *awsenv.Environment, port int, attended bool) string {
	why, command := a.Distance(w, port)
	switch {
	case why == "":
		return ""
	case !attended:
		return fmt.Sprintf("%s, so a browser runs elsewhere. It comes back only through forwarded ports; on the machine with the browser:\n%s", why, command)
	}
	if portal(w) != "" { // on this machine, too, so the first page does not load either
		return fmt.Sprintf("%s, so your browser runs elsewhere. It reaches the sandbox and this program only through forwarded ports; on the machine with the browser:\n%s", why, command)
	}
	return fmt.Sprintf("%s, so your browser runs elsewhere: its last page will fail to load. Copy its address then and paste it here. Or forward the ports first, on the machine with the browser:\n%s", why, command)
}

// Distance says why the browser runs on another machine, in the beginning of a
// sentence, and with which command it reaches this one; "" where it is here, has
// Reached this one, or something forwards to the return URL already.
func (a *Address) Distance(w *awsenv.Environment, port int) (why, command string) {
	why = desktop.Elsewhere(a.Env)
	u, err := callback.ParseReturnURL(a.Run.Record().Settings.ReturnURL)
	if why == "" || a.forward.Environment != "" || a.Reached() || err == nil && callback.ListeningPort(u) == 0 {
		return "", ""
	}
	return "T" + why[1:], Forward(w, port, a.Env)
}

// Forward is the command that brings every port that a browser needs to the
// machine with the browser.
func Forward(w *awsenv.Environment, port int, env func(string) string) string {
	command := fmt.Sprintf("ssh -N -L %d:127.0.0.1:%d", port, port)
	if p := portal(w); p != "" {
		command += fmt.Sprintf(" -L %s:127.0.0.1:%s", p, p)
	}
	return command + " " + sshTarget(env)
}

// portal is the port of a sandbox on this machine, or "".
func portal(w *awsenv.Environment) string {
	if u, err := url.Parse(w.Portal); err == nil && w.Sandbox && loopback.IsHost(u.Hostname()) {
		return u.Port()
	}
	return ""
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
