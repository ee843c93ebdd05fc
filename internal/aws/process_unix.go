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

// shellCommand runs a command line as the SDK does. All that it starts is one
// group, which is killed with it.
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

// runApart runs the command. On a terminal that was lent to it, its group is
// in the foreground meanwhile, so that it may read and Ctrl-C reaches it.
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
	signal.Ignore(syscall.SIGTTOU) // taking the terminal back from the background
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
