//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

var printedCommand = regexp.MustCompile(`(?m)` + `(?:^|[:\s])(/\S*/agentcore-3lo [^\n"]+)$`)

// advised carries out every command that an output prints, in a shell and with
// --yes, and returns them.
func (x *walked) advised(out string) (ran []string) {
	x.t.Helper()
	for _, m := range printedCommand.FindAllStringSubmatch(out, -1) {
		line := strings.TrimSpace(m[1])
		if !strings.Contains(line, "--yes") {
			line += " --yes" // a person would be asked
		}
		if strings.Contains(line, " walk ") {
			line += " --port " + x.port
		}
		cmd := exec.Command("sh", "-c", line)
		cmd.Env, cmd.Dir = x.env, x.home
		said, _ := cmd.CombinedOutput()
		ran = append(ran, line)
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			x.t.Errorf("%s: exit %d\n%s", line, code, said)
		}
	}
	return ran
}

// What a command advises on a run that is over, or half over, works as printed.
func TestTheAdviceOnARunThatIsOverWorks(t *testing.T) {
	t.Parallel()
	cleanedUp := func(x *walked) { x.must(0, nil, "cleanup", "--yes") }
	cleaningUp := (*walked).killCleanup
	for state, over := range map[string]func(*walked){"cleaned up": cleanedUp, "cleanup unfinished": cleaningUp} {
		for _, command := range []string{"token", "connect", "run consent", "run invoke", "run inbound --recreate", "listen --run mine", "walk --run mine", "token --run mine", "connect --json --run mine"} {
			t.Run(command+" "+state, func(t *testing.T) {
				t.Parallel()
				x := newWalked(t)
				x.t = t
				over(x)
				args := strings.Fields(command)
				if args[0] == "run" || args[0] == "walk" {
					args = append(args, "--yes")
				}
				code, out, errs := x.run(args...)
				if code != steps.ExitUsage {
					t.Fatalf("exit %d\n%s\n%s", code, out, errs)
				}
				ran := x.advised(strings.ReplaceAll(errs+strings.ReplaceAll(out, `\n`, "\n"), `"`, "\n"))
				if len(ran) == 0 {
					t.Errorf("it advises nothing:\n%s\n%s", out, errs)
				}
			})
		}
	}
}

// Where nothing could be looked up, everything on the record is left.
func TestACleanupThatCannotLookSaysWhatMayBeLeft(t *testing.T) {
	t.Parallel()
	box, process := serveSandbox(t, freeport.Take(t))
	p := newPlace(t)
	p.must(0, nil, "walk", "--sandbox-url", box.endpoint, "--yes", "--run", "mine", "--port", fmt.Sprint(freeport.Take(t)))
	if all := lines(t, p.must(steps.ExitNeedsPerson, nil, "cleanup", "--json")); len(all[len(all)-1]["left"].([]any)) != 8 {
		t.Errorf("nobody is there to agree: %v", all[len(all)-1])
	}
	_ = process.Process.Kill()
	_ = process.Wait()
	for _, args := range [][]string{{"cleanup", "--yes", "--json"}, {"cleanup", "--yes", "--json", "--run", "mine"}, {"cleanup", "--all", "--yes", "--json"}, {"cleanup", "--all", "--yes", "--json", "--sandbox-url", box.endpoint}} {
		all := lines(t, p.must(steps.ExitFailed, nil, args...))
		last := all[len(all)-1]
		if left := last["left"].([]any); len(left) != 8 || !strings.Contains(fmt.Sprint(left), "connection refused") || args[1] != "--all" && last["run"] != "mine" {
			t.Errorf("%v: %v", args, last)
		}
	}
}

// A cleanup that is not finished is mentioned where a walk begins beside it.
func TestAWalkMentionsACleanupThatIsNotFinished(t *testing.T) {
	t.Parallel()
	x := newWalked(t)
	x.killCleanup()
	for _, args := range [][]string{{"walk", "--yes"}, {"walk", "--sandbox-url", strings.TrimSuffix(x.aws.Portal, "/developers"), "--yes", "--port", x.port}} {
		_, _, errs := x.run(args...)
		if _, command, found := strings.Cut(errs, "The cleanup of run mine is not finished: "); !found || !strings.HasSuffix(strings.SplitN(command, "\n", 2)[0], "cleanup --run mine --yes") {
			t.Errorf("%v says:\n%s", args, errs)
		}
	}
}

// A sandbox is the same one whatever its address on this computer is called.
func TestASandboxIsTheSameUnderEachOfItsNames(t *testing.T) {
	t.Parallel()
	port := freeport.Take(t)
	_, _ = serveSandbox(t, port)
	p := newPlace(t)
	p.must(0, nil, "walk", "--sandbox-url", fmt.Sprintf("http://localhost:%d", port), "--yes", "--run", "mine", "--port", fmt.Sprint(freeport.Take(t)))
	for _, name := range []string{"localhost", "127.0.0.1", "LOCALHOST", "[::1]"} {
		p.must(0, []string{"run mine"}, "walk", "--sandbox-url", fmt.Sprintf("http://%s:%d", name, port), "--yes", "--plain")
		p.must(0, []string{"run mine", "exists  gateway"}, "status", "--sandbox-url", fmt.Sprintf("http://%s:%d", name, port))
	}
	// An address beside it names the one where it answers.
	for _, wrong := range []string{"http://127.0.0.2:%d", "https://127.0.0.1:%d", "http://127.0.0.1:%d/elsewhere", "https://localhost:%d/"} {
		usual := fmt.Sprintf("http://127.0.0.1:%d", port)
		p.must(steps.ExitFailed, []string{"A sandbox answers at " + usual, "walk --sandbox-url " + usual + " --yes"}, "walk", "--yes", "--new", "--sandbox-url", fmt.Sprintf(wrong, port))
	}
	p.must(steps.ExitUsage, []string{"names no port"}, "walk", "--yes", "--sandbox-url", "http://localhost")
}

// What was deleted elsewhere is created again by the command that is advised.
func TestTheAdviceOnARunThatWasDeletedElsewhereWorks(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"token", "connect"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			x := newWalked(t)
			x.t = t
			newPlace(t).must(0, nil, "cleanup", "--all", "--elsewhere", "--yes", "--sandbox-url", strings.TrimSuffix(x.aws.Portal, "/developers"))
			code, out, errs := x.run(command)
			if code != steps.ExitFailed || !strings.Contains(errs, "It was deleted") {
				t.Fatalf("exit %d\n%s\n%s", code, out, errs)
			}
			if ran := x.advised(errs); len(ran) == 0 {
				t.Errorf("it advises nothing:\n%s", errs)
			}
			x.must(0, nil, command)
		})
	}
}

// A command that runs no step says what it waits for, too.
func TestACommandThatOnlyLooksTellsALongWait(t *testing.T) {
	t.Parallel()
	x := newWalked(t)
	for _, c := range []struct{ operation, command string }{
		{"GetGateway", "status"}, {"GetGateway", "connect"}, {"DescribeUserPoolClient", "token"}, {"ListUserPools", "cleanup --all --yes --sandbox-url " + strings.TrimSuffix(x.aws.Portal, "/developers")},
	} {
		x.slow.Store(&c.operation)
		_, out, errs := x.run(strings.Fields(c.command)...)
		if !strings.Contains(errs, c.operation+": waiting for the answer") {
			t.Errorf("%s does not say that it waits for %s:\n%s\n%s", c.command, c.operation, out, errs)
		}
	}
}
