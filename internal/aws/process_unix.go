//go:build unix

package aws

import (
	"context"
	"errors"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// shellCommand runs a command line as the SDK does. It and its children are one
// process group, which is killed as a whole.
func shellCommand(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return nil
		}
		return err
	}
	return cmd
}

// runApart runs the command. If it may use the terminal, its process group is in
// the foreground meanwhile, so that it can read and gets Ctrl-C.
func runApart(cmd *exec.Cmd, lent *Console) error {
	if lent == nil || lent.In == nil {
		return cmd.Run()
	}
	terminal := int(lent.In.Fd())
	ours, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if err != nil {
		return cmd.Run() // no terminal
	}
	cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, terminal
	signal.Ignore(syscall.SIGTTOU) // sent when the background takes the terminal back
	defer signal.Reset(syscall.SIGTTOU)
	err = cmd.Run()
	_ = unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, ours)
	return err
}

// notFound says whether a shell could not run the program (POSIX, “Exit Status
// for Commands”).
func notFound(exitCode int) bool { return exitCode == 126 || exitCode == 127 }

func interrupted(exit *exec.ExitError) bool {
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && (status.Signaled() && status.Signal() == syscall.SIGINT) || exit.ExitCode() == 130
}
