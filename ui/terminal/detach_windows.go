package terminal

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach starts the command without our console, so that it can neither read
// our keys nor be reached by our Ctrl-C.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
