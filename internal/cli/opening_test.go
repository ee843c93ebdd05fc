//go:build unix

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/internal/testkit/tty"
	"agentcore-3lo/steps"
)

// awsProfile is a profile of a configuration file whose credentials come from a
// process that speaks on the terminal. Its services are the sandbox.
func awsProfile(t *testing.T) (env []string) {
	t.Helper()
	box := testkit.StartAWS(t)
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
	p := tty.Start(t, false, awsProfile(t), tty.Program(t))
	p.Asks("Choose a run", "▸ New run in the sandbox", "(profile dev, region eu-west-1)")
	if strings.Contains(p.Screen.Scrollback(), "touch your key") {
		t.Error("credentials were resolved before AWS was chosen")
	}
	p.Press("down")
	p.Asks("▸ New run in AWS")
	p.Press("enter")
	p.Until("the credential process on the terminal", func(text string) bool {
		return !p.Screen.AltScreen() && strings.Contains(text, "touch your key")
	})
	p.Asks("AWS "+sandbox.Account, "What you will build")
	p.Press("q")
	p.Finish(steps.ExitInterrupted)
}

func TestTheOpeningOffersTheRunThatWasBegun(t *testing.T) {
	t.Parallel()
	home := []string{"AGENTCORE_3LO_HOME=" + t.TempDir()}
	p := tty.Start(t, false, home, tty.Program(t), "--latency", "none")
	p.Asks("Choose a run")
	p.Press("1")
	toTestLink(p)
	p.Press("n")
	p.Asks("Create these 8 resources")
	p.Press("y")
	p.Asks("▸ 5")
	p.Leave()
	p.Finish(steps.ExitInterrupted)

	p = tty.Start(t, false, home, tty.Program(t), "--latency", "none")
	p.Asks("▸ Resume ", "step 5", "New run in the sandbox", "New run in AWS")
	p.Press("enter")
	p.Asks("Resuming run", "SANDBOX")
	p.Leave()
	p.Finish(steps.ExitInterrupted)
}

func TestTheOpeningIsLeft(t *testing.T) {
	t.Parallel()
	p := tty.Start(t, false, nil, tty.Program(t))
	p.Asks("Choose a run")
	p.Press("q")
	p.Finish(steps.ExitInterrupted)
}

// A complete run is kept and offered again, beside new ones; x cleans it up from there.
func TestACompleteRunIsOfferedAgain(t *testing.T) {
	t.Parallel()
	home := []string{"AGENTCORE_3LO_HOME=" + t.TempDir()}
	p := tty.Start(t, false, home, tty.Program(t), "--latency", "none")
	p.Asks("Choose a run")
	p.Press("1")
	toWhatNext(p)
	p.Press("enter")
	p.Finish(0)

	p = tty.Start(t, false, home, tty.Program(t), "--latency", "none")
	p.Asks("Choose a run", "Open ", "complete", "▸ New run in the sandbox", "New run in AWS")
	p.Press("up")
	p.When("▸ Open ", "x clean up the selected run")
	p.Press("x")
	p.Asks("Delete these 8 resources in the sandbox?")
	p.Leave()
	p.Finish(steps.ExitInterrupted)
}
