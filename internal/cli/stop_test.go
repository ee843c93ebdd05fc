//go:build linux

package cli

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
)

// underShell runs the program as the foreground job of a shell. Enter brings it
// back after it was stopped.
func underShell(t *testing.T, args ...string) *tty.Process {
	t.Helper()
	const job = `sh -c 'echo "pid $$."; exec "$0" "$@"' "$0" "$@"; echo "stopped, Enter continues"; read -r go; fg >/dev/null; echo "over with $?."`
	return tty.Start(t, false, nil, "sh", append([]string{"-m", "-c", job, tty.Program(t)}, args...)...)
}

// pid is the program's, not the shell's.
func pid(p *tty.Process) int {
	p.T.Helper()
	found := regexp.MustCompile(`pid (\d+)\.`).FindStringSubmatch(p.Output())
	if found == nil {
		p.T.Fatalf("no pid in %q", p.Output())
	}
	pid, _ := strconv.Atoi(found[1])
	return pid
}

// echoes says whether the terminal shows what is typed.
func echoes(p *tty.Process) bool {
	mode, err := unix.IoctlGetTermios(int(p.TTY.Fd()), unix.TCGETS)
	return err == nil && mode.Lflag&unix.ECHO != 0
}

// waysToStop is how a terminal, a person elsewhere and a supervisor stop a job.
var waysToStop = map[string]func(*tty.Process){
	"Ctrl-Z":  func(p *tty.Process) { p.Send("\x1a") },
	"SIGTSTP": func(p *tty.Process) { _ = syscall.Kill(pid(p), syscall.SIGTSTP) },
	"SIGSTOP": func(p *tty.Process) { _ = syscall.Kill(pid(p), syscall.SIGSTOP) },
}

// A secret is not shown after the process was stopped at its prompt, and the
// shell has a terminal that echoes in the meantime.
func TestASecretStaysHiddenWhenItsPromptIsStopped(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-typed-after-fg"
	prompts := map[string]struct {
		args []string
		to   func(*tty.Process)
	}{
		"the LinkedIn page": {[]string{"--sandbox", "--plain", "--latency", "none", "--client-id", "86abcdefgh1234"}, func(p *tty.Process) {
			p.Eventually("the round trip", func() bool { return strings.Contains(p.Output(), "Enter skips") })
			p.Send("\n")
			p.Eventually("the plan", func() bool { return strings.Contains(p.Output(), "Create these?") })
			p.Send("y\n")
		}},
		"--client-secret-file -": {[]string{"--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-"}, func(*tty.Process) {}},
	}
	for where, prompt := range prompts {
		for how, stop := range waysToStop {
			t.Run(where+", "+how, func(t *testing.T) {
				t.Parallel()
				p := underShell(t, prompt.args...)
				prompt.to(p)
				asked := func() int { return strings.Count(p.Output(), "(not shown)") }
				p.Eventually("a masked prompt", func() bool { return asked() == 1 && !echoes(p) })
				stop(p)
				p.Eventually("stopped", func() bool { return strings.Contains(p.Output(), "Enter continues") })
				if how != "SIGSTOP" { // which nobody sees beforehand
					p.Eventually("an echoing shell", func() bool { return echoes(p) })
				}
				p.Send("\n")
				p.Eventually("the prompt again, without echo", func() bool { return asked() >= 2 && !echoes(p) })
				p.Send(secret + "\n")
				p.Eventually("the echo is back", func() bool { return echoes(p) })
				p.Send("\x03")
				p.Eventually("the end", func() bool { return strings.Contains(p.Output(), "over with") })
				p.Finish(0)
				if strings.Contains(p.Output(), secret) {
					t.Errorf("the secret is shown:\n%s", p.Output())
				}
			})
		}
	}
}

// Without a shell nobody could continue the process, so Ctrl-Z does not stop it.
func TestCtrlZWithoutAShellChangesNothing(t *testing.T) {
	t.Parallel()
	p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-")
	p.Eventually("a masked prompt", func() bool { return strings.Contains(p.Output(), "(not shown)") && !echoes(p) })
	p.Send("\x1a")
	p.Eventually("the prompt again, without echo", func() bool { return strings.Count(p.Output(), "(not shown)") == 2 && !echoes(p) })
	p.Send("\x04")
	p.Finish(steps.ExitNeedsPerson)
}

// Whatever ends the process at a masked prompt leaves a terminal that echoes.
func TestTheEchoIsBackWhateverEndsThePrompt(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := tty.Start(t, false, nil, tty.Program(t), "--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-")
			p.Eventually("a masked prompt", func() bool { return strings.Contains(p.Output(), "(not shown)") && !echoes(p) })
			p.Send("half-a-secret")
			time.Sleep(50 * time.Millisecond)
			_ = p.Cmd.Process.Signal(s)
			p.Finish(steps.ExitInterrupted)
			if n, _ := unix.IoctlGetInt(int(p.TTY.Fd()), unix.TIOCINQ); n > 0 && s != syscall.SIGQUIT && s != syscall.SIGABRT {
				left := make([]byte, n)
				_, _ = os.NewFile(p.TTY.Fd(), "tty").Read(left)
				t.Errorf("the shell would read %q", left)
			}
		})
	}
}
