//go:build unix

package aws_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
)

// withHelper opens an environment whose credentials a script gives.
func withHelper(t *testing.T, script string, o awsenv.Options) *awsenv.Environment {
	t.Helper()
	dir := t.TempDir()
	helper, config := filepath.Join(dir, "helper.sh"), filepath.Join(dir, "config")
	if err := os.WriteFile(helper, []byte("#!/bin/sh\n"+strings.ReplaceAll(script, "DIR", dir)+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("[profile corp]\nregion = us-east-1\ncredential_process = "+helper+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clean(t, map[string]string{"AWS_CONFIG_FILE": config, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
	o.Profile = "corp"
	w, err := awsenv.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const goodAnswer = `echo '{"Version":1,"AccessKeyId":"ASIAHELPER","SecretAccessKey":"secret-of-the-helper","SessionToken":"token-of-the-helper"}'`

func TestTheLimitOfAHelperHoldsForItsChildren(t *testing.T) {
	for name, script := range map[string]string{
		"a child that it waits for":      "sleep 30 & echo $! > DIR/pid; wait",
		"a child that holds its pipes":   "sleep 30 & echo $! > DIR/pid; sleep 30",
		"a child of a child, waited for": "(sleep 30 & echo $! > DIR/pid; wait)",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w := withHelper(t, strings.ReplaceAll(script, "DIR", dir), awsenv.Options{ProcessLimit: 500 * time.Millisecond})
			began := time.Now()
			_, err := w.Config.Credentials.Retrieve(t.Context())
			var failed *awsenv.SignInError
			if took := time.Since(began); !errors.As(err, &failed) || failed.Cause != awsenv.ProcessSlow || took > 5*time.Second {
				t.Fatalf("after %s: %v", took, err)
			}
			raw, err := os.ReadFile(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
			for end := time.Now().Add(3 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				if syscall.Kill(pid, 0) != nil || zombie(pid) {
					return
				}
				if time.Now().After(end) {
					t.Fatal("its child still runs")
				}
			}
		})
	}
}

// zombie says whether a process has ended and nobody has asked for it.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestAnAgentThatAHelperLeavesBehindDoesNotHoldItUp(t *testing.T) {
	w := withHelper(t, "sleep 20 & "+goodAnswer, awsenv.Options{})
	began := time.Now()
	found, err := w.Config.Credentials.Retrieve(t.Context())
	if err != nil || found.AccessKeyID != "ASIAHELPER" || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v %v", time.Since(began), found.AccessKeyID, err)
	}
}

func TestAHelperDoesNotReadFromTheTerminalUninvited(t *testing.T) {
	w := withHelper(t, "if read line; then echo \"got $line\" >&2; exit 1; fi; "+goodAnswer, awsenv.Options{})
	if _, err := w.Config.Credentials.Retrieve(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAHelperMayAskOnATerminalThatIsLentToIt(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	_, _ = write.WriteString("123456\n")
	_ = write.Close()
	var shown strings.Builder
	said := ""
	w := withHelper(t, "printf 'Code: ' >&2; read code; test \"$code\" = 123456 && "+goodAnswer, awsenv.Options{
		Console:    func() *awsenv.Console { return &awsenv.Console{In: read, Err: &shown, Stays: true} },
		HelperSaid: func(_, text string) { said = text }})
	if _, err := w.Config.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if shown.String() != "Code: " || said != "" {
		t.Errorf("shown %q, said %q", shown.String(), said)
	}
}

func TestWhatAHelperComplainsOfIsPassedOnAndItsSecretsAreKnown(t *testing.T) {
	var mu sync.Mutex
	said, secrets := "", []string{}
	w := withHelper(t, "echo 'your session ends in 5 minutes' >&2; "+goodAnswer, awsenv.Options{
		HelperSaid: func(profile, text string) { mu.Lock(); defer mu.Unlock(); said = profile + ": " + text },
		Secrets:    func(all ...string) { mu.Lock(); defer mu.Unlock(); secrets = append(secrets, all...) }})
	if _, err := w.Config.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if said != "corp: your session ends in 5 minutes" {
		t.Errorf("said %q", said)
	}
	if all := strings.Join(secrets, " "); !strings.Contains(all, "secret-of-the-helper") || !strings.Contains(all, "token-of-the-helper") {
		t.Errorf("secrets %s", all)
	}
}
