//go:build linux

package ui

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"agentcore-3lo/steps"
)

// underShell runs the program as the foreground job of a shell. Enter brings it
// back after it was stopped.
func underShell(t *testing.T, args ...string) *inPTY {
	t.Helper()
	const job = `sh -c 'echo "pid $$."; exec "$0" "$@"' "$0" "$@"; echo "stopped, Enter continues"; read -r go; fg >/dev/null; echo "over with $?."`
	return inTerminal(t, false, nil, "sh", append([]string{"-m", "-c", job, program(t)}, args...)...)
}

// pid is the program's, not the shell's.
func (p *inPTY) pid() int {
	p.t.Helper()
	found := regexp.MustCompile(`pid (\d+)\.`).FindStringSubmatch(p.output())
	if found == nil {
		p.t.Fatalf("no pid in %q", p.output())
	}
	pid, _ := strconv.Atoi(found[1])
	return pid
}

// echoes says whether the terminal shows what is typed.
func (p *inPTY) echoes() bool {
	mode, err := unix.IoctlGetTermios(int(p.tty.Fd()), unix.TCGETS)
	return err == nil && mode.Lflag&unix.ECHO != 0
}

// waysToStop is how a terminal, a person elsewhere and a supervisor stop a job.
var waysToStop = map[string]func(*inPTY){
	"Ctrl-Z":  func(p *inPTY) { p.send("\x1a") },
	"SIGTSTP": func(p *inPTY) { _ = syscall.Kill(p.pid(), syscall.SIGTSTP) },
	"SIGSTOP": func(p *inPTY) { _ = syscall.Kill(p.pid(), syscall.SIGSTOP) },
}

// A secret is not shown after the process was stopped at its prompt, and the
// shell has a terminal that echoes in the meantime.
func TestASecretStaysHiddenWhenItsPromptIsStopped(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-typed-after-fg"
	prompts := map[string]struct {
		args []string
		to   func(*inPTY)
	}{
		"the LinkedIn page": {[]string{"--sandbox", "--plain", "--latency", "none", "--client-id", "86abcdefgh1234"}, func(p *inPTY) {
			p.soon("the round trip", func() bool { return strings.Contains(p.output(), "Enter skips") })
			p.send("\n")
			p.soon("the plan", func() bool { return strings.Contains(p.output(), "Create these?") })
			p.send("y\n")
		}},
		"--client-secret-file -": {[]string{"--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-"}, func(*inPTY) {}},
	}
	for where, prompt := range prompts {
		for how, stop := range waysToStop {
			t.Run(where+", "+how, func(t *testing.T) {
				t.Parallel()
				p := underShell(t, prompt.args...)
				prompt.to(p)
				asked := func() int { return strings.Count(p.output(), "(not shown)") }
				p.soon("a masked prompt", func() bool { return asked() == 1 && !p.echoes() })
				stop(p)
				p.soon("stopped", func() bool { return strings.Contains(p.output(), "Enter continues") })
				if how != "SIGSTOP" { // which nobody sees beforehand
					p.soon("an echoing shell", p.echoes)
				}
				p.send("\n")
				p.soon("the prompt again, without echo", func() bool { return asked() >= 2 && !p.echoes() })
				p.send(secret + "\n")
				p.soon("the echo is back", p.echoes)
				p.send("\x03")
				p.soon("the end", func() bool { return strings.Contains(p.output(), "over with") })
				p.finish(0)
				if strings.Contains(p.output(), secret) {
					t.Errorf("the secret is shown:\n%s", p.output())
				}
			})
		}
	}
}

// Without a shell nobody could continue the process, so Ctrl-Z does not stop it.
func TestCtrlZWithoutAShellChangesNothing(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, nil, program(t), "--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-")
	p.soon("a masked prompt", func() bool { return strings.Contains(p.output(), "(not shown)") && !p.echoes() })
	p.send("\x1a")
	p.soon("the prompt again, without echo", func() bool { return strings.Count(p.output(), "(not shown)") == 2 && !p.echoes() })
	p.send("\x04")
	p.finish(steps.ExitNeedsPerson)
}

// Whatever ends the process at a masked prompt leaves a terminal that echoes.
func TestTheEchoIsBackWhateverEndsThePrompt(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := inTerminal(t, false, nil, program(t), "--sandbox", "--plain", "--yes", "--latency", "none", "--client-id", "86abcdefgh1234", "--client-secret-file", "-")
			p.soon("a masked prompt", func() bool { return strings.Contains(p.output(), "(not shown)") && !p.echoes() })
			p.send("half-a-secret")
			time.Sleep(50 * time.Millisecond)
			_ = p.cmd.Process.Signal(s)
			p.finish(steps.ExitInterrupted)
			if n, _ := unix.IoctlGetInt(int(p.tty.Fd()), unix.TIOCINQ); n > 0 && s != syscall.SIGQUIT && s != syscall.SIGABRT {
				left := make([]byte, n)
				_, _ = os.NewFile(p.tty.Fd(), "tty").Read(left)
				t.Errorf("the shell would read %q", left)
			}
		})
	}
}
