//go:build unix

package terminal

import (
	"os/exec"
	"syscall"
)

// detach gives the command a session of its own, which has no controlling
// terminal: it can neither read our keys nor be reached by our signals.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
