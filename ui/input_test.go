//go:build unix

package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/steps"
)

// Standard input has one owner: no other file of the program names it.
func TestOnlyTheTerminalTakesStandardInput(t *testing.T) {
	t.Parallel()
	var named []string
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, way := range []string{"os.Stdin", "term.ReadPassword", "fmt.Scan", "/dev/tty", "syscall.Stdin", "STD_INPUT_HANDLE"} {
			if strings.Contains(string(raw), way) {
				named = append(named, path+" has "+way)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(named) != 1 || named[0] != filepath.Join("..", "ui", "terminal.go")+" has os.Stdin" {
		t.Errorf("standard input is read elsewhere: %q", named)
	}
}

func pipeInput(t *testing.T) (*Input, *os.File) {
	t.Helper()
	file, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close(); file.Close() })
	return NewInput(file), keys
}

// Questions that come from everywhere at once are put one after the other, and
// each gets a line of its own, in order and whole.
func TestQuestionsFromEverywhereShareOneReader(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	const askers = 8
	got := make(chan string, askers)
	for range askers {
		go func() {
			give, err := in.Turn(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer give()
			text, err := in.Line(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- text
		}()
	}
	lines := strings.Repeat("one line that must stay whole\n", askers)
	for len(lines) > 0 { // a slow line
		n := min(7, len(lines))
		_, _ = keys.WriteString(lines[:n])
		lines = lines[n:]
		time.Sleep(time.Millisecond)
	}
	for range askers {
		if text := <-got; text != "one line that must stay whole" {
			t.Errorf("an asker got %q", text)
		}
	}
}

// A question that is withdrawn leaves no read behind that takes what is typed
// for the next one, or for the full screen.
func TestAWithdrawnQuestionLeavesNoReadBehind(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	for range 3 {
		ctx, withdraw := context.WithCancel(t.Context())
		withdraw()
		if _, err := in.Line(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	time.Sleep(3 * poll)
	_, _ = keys.WriteString("xyz\n")
	raw := make([]byte, 3)
	if n, err := (reads{in}).Read(raw); n != 3 || string(raw) != "xyz" || err != nil {
		t.Errorf("%q %v: a read that was left behind took the rest", raw[:n], err)
	}
}

func TestTheEndOfInputStaysTheEnd(t *testing.T) {
	t.Parallel()
	in, keys := pipeInput(t)
	_ = keys.Close()
	for range 3 {
		if _, err := in.Line(t.Context()); !errors.Is(err, errNoMoreInput) {
			t.Errorf("%v", err)
		}
	}
}

// Ctrl-D ends every command at its question, in every front end that asks.
func TestCtrlDAtAQuestionNeedsAPerson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		script []string // wait for this, type that; at the last one it is Ctrl-D
	}{
		{"where to begin", []string{"--plain"}, []string{"new run in the sandbox"}},
		{"which page", []string{"--sandbox", "--plain", "--pace", "manual"}, []string{"Enter begins"}},
		{"the round trip", []string{"--sandbox", "--plain"}, []string{"Enter skips"}},
		{"the plan", []string{"--sandbox", "--plain"}, []string{"Enter skips", "\n", "Create these?"}},
		{"a question beside JSON", []string{"--sandbox", "--json"}, []string{"Enter skips"}},
		{"a masked prompt", []string{"--sandbox", "--plain", "--client-id", "86abcdefgh1234"}, []string{"Enter skips", "\n", "Create these?", "y\n", "(not shown)"}},
		{"an MFA code", []string{"--profile", "mfa", "--plain"}, []string{"MFA device"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := filepath.Join(t.TempDir(), "config")
			profiles := "[profile mfa]\nregion=us-east-1\nrole_arn=arn:aws:iam::123456789012:role/r\nmfa_serial=arn:aws:iam::123456789012:mfa/m\nsource_profile=keys\n" +
				"[profile keys]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=example\n"
			if err := os.WriteFile(config, []byte(profiles), 0o600); err != nil {
				t.Fatal(err)
			}
			env := []string{"AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true"}
			if c.name == "an MFA code" { // it must not get as far as calling STS
				env = append(env, "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1")
			}
			p := inTerminal(t, false, env, program(t), append(c.args, "--latency", "none")...)
			for i := 0; i < len(c.script); i += 2 {
				p.soon(c.script[i], func() bool { return strings.Contains(strings.ToLower(p.output()), strings.ToLower(c.script[i])) })
				typed := "\x04"
				if i+1 < len(c.script) {
					typed = c.script[i+1]
				}
				p.send(typed)
			}
			p.finish(steps.ExitNeedsPerson)
		})
	}
}
