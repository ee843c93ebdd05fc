//go:build unix

package ui

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// awsProfile is a profile of a configuration file whose credentials come from a
// process that speaks on the terminal. Its services are the sandbox.
func awsProfile(t *testing.T) (env []string) {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{Port: freeport.Take(t), Intercept: func(op string, next http.Handler) http.Handler {
		if op == "identity" { // it plays AWS
			return http.NotFoundHandler()
		}
		return next
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	dir := t.TempDir()
	process := filepath.Join(dir, "credentials")
	script := fmt.Sprintf("#!/bin/sh\necho touch your key >&2\nsleep 0.3\necho '{\"Version\":1,\"AccessKeyId\":%q,\"SecretAccessKey\":%q}'\n", sandbox.AccessKeyID, sandbox.SecretAccessKey)
	config := fmt.Sprintf("[profile dev]\nregion = eu-west-1\nendpoint_url = %s\ncredential_process = %s\n", box.Endpoint(), process)
	for path, content := range map[string]string{process: script, filepath.Join(dir, "config"): config} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"AWS_PROFILE=dev", "AWS_CONFIG_FILE=" + filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "none"),
		"AWS_EC2_METADATA_DISABLED=true"}
}

func TestTheOpeningNamesWhatIsConfiguredAndReleasesTheTerminal(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, awsProfile(t), program(t))
	p.asks("Choose a run", "▸ 1  New run in the sandbox", "(profile dev, region eu-west-1)")
	if strings.Contains(p.term.Scrollback(), "touch your key") {
		t.Error("credentials were resolved before AWS was chosen")
	}
	p.press("down")
	p.asks("▸ 2  New run in AWS")
	p.press("enter")
	p.until("the credential process on the terminal", func(text string) bool {
		return !p.term.AltScreen() && strings.Contains(text, "touch your key")
	})
	p.asks("AWS account "+sandbox.Account+", eu-west-1", "Overview")
	p.press("q")
	p.finish(steps.ExitInterrupted)
}

func TestTheOpeningOffersTheRunThatWasBegun(t *testing.T) {
	t.Parallel()
	home := []string{"AGENTCORE_3LO_HOME=" + t.TempDir()}
	p := inTerminal(t, false, home, program(t), "--latency", "none")
	p.asks("Choose a run")
	p.press("1")
	p.asks("Overview", "SANDBOX")
	p.press("enter")
	p.asks("enter begin", "2  This machine")
	p.press("enter")
	p.asks("Enter skips")
	p.press("enter")
	p.asks("Create these?")
	p.press("y")
	p.asks("step 5 asks you")
	p.leave()
	p.finish(steps.ExitInterrupted)

	p = inTerminal(t, false, home, program(t), "--latency", "none")
	p.asks("▸ 1  Resume ", "(the sandbox, unfinished)", "2  New run in the sandbox", "3  New run in AWS")
	p.press("enter")
	p.asks("Going on with run", "SANDBOX")
	p.leave()
	p.finish(steps.ExitInterrupted)
}

func TestTheOpeningIsLeft(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, nil, program(t))
	p.asks("Choose a run")
	p.press("q")
	p.finish(steps.ExitInterrupted)
}

// When everything is done, another run can be walked at once.
func TestAnotherRunAfterTheLast(t *testing.T) {
	t.Parallel()
	p := inTerminal(t, false, nil, program(t), "--latency", "none")
	p.asks("Choose a run")
	p.press("1")
	p.toWhatNow()
	p.asks("w walk another run")
	p.press("w")
	p.asks("Choose a run", "1  Open ", "▸ 2  New run in the sandbox", "3  New run in AWS")
	p.press("2")
	p.asks("0 of 10 done", "Overview")
	p.press("q")
	p.finish(steps.ExitInterrupted)
}

// Whatever is chosen is in sight at every size, with its words whole.
func TestTheOpeningAtEverySize(t *testing.T) {
	t.Parallel()
	for _, size := range append(sizes, [2]int{minWidth, minHeight}) {
		o := &opening{style: newStyles(true)}
		o.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		if text := o.draw(); !strings.Contains(text, "Opening …") {
			t.Errorf("%v: %s", size, text)
		}
		q := engine.Question{Kind: engine.Menu, Prompt: "Choose a run"}
		for i := range offered {
			offer(&q, fmt.Sprintf("Resume 20260102-030405-abc%d (123456789012 ap-southeast-2, unfinished)", i))
		}
		offer(&q, "New run in the sandbox: no account, no network, nothing real")
		offer(&q, "New run in AWS: your own account (profile some-long-name, region ap-southeast-2)")
		answer := make(chan engine.Answer, 1)
		o.Update(offerMsg{q, answer})
		for i, c := range q.Choices {
			text := ansi.Strip(o.draw())
			lines := strings.Split(text, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines", size, len(lines))
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > size[0] {
					t.Errorf("%v: too wide: %q", size, line)
				}
			}
			_, shown, _ := strings.Cut(squeezed(text), squeezed("▸ "+keyOf(c.ID)))
			if !strings.HasPrefix(shown, squeezed(c.Label)) {
				t.Errorf("%v: choice %d is not whole:\n%s", size, i+1, text)
			}
			o.Update(tea.KeyPressMsg{Code: tea.KeyDown})
		}
		o.fresh = time.Time{} // it has been there for a while
		o.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		if got := <-answer; got != q.Choices[len(q.Choices)-1].ID {
			t.Errorf("%v: Enter chose %q", size, got)
		}
	}
}
