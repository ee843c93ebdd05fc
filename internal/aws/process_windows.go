package aws

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
)

// shellCommand runs a command line as the SDK does, and ends it with all its
// children.
func shellCommand(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /S /C "` + command + `"`}
	cmd.Cancel = func() error {
		return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
	}
	return cmd
}

func runApart(cmd *exec.Cmd, _ *Console) error { return cmd.Run() }

// notFound says whether cmd.exe could not run the program.
func notFound(exitCode int) bool { return exitCode == 9009 }

// interrupted recognises STATUS_CONTROL_C_EXIT.
func interrupted(exit *exec.ExitError) bool { return uint32(exit.ExitCode()) == 0xC000013A }
