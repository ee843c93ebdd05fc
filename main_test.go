//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
)

// The binary is built once, as a user would.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "agentcore-3lo-test")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "agentcore-3lo")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// place is a state folder with an environment of its own.
type place struct {
	t     *testing.T
	home  string
	env   []string
	stdin io.Reader
}

func newPlace(t *testing.T, env ...string) *place {
	t.Helper()
	home := t.TempDir()
	// Folders choose their sandbox's port by what is free; tests that run side by
	// side must not choose the same one.
	if err := os.MkdirAll(filepath.Join(home, "sandbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "sandbox", "port"), []byte(fmt.Sprint(freeport.Take(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	return &place{t: t, home: home, env: append([]string{"AGENTCORE_3LO_HOME=" + home, "HOME=" + home, "PATH=" + os.Getenv("PATH"),
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent"}, env...)}
}

func (p *place) command(args ...string) (*exec.Cmd, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = p.env, p.home, p.stdin
	return cmd, cancel
}

// run runs a command to its end.
func (p *place) run(args ...string) (code int, stdout, stderr string) {
	p.t.Helper()
	cmd, cancel := p.command(args...)
	defer cancel()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("%v: %v", args, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// must runs a command and insists on its exit code and on words in its output.
func (p *place) must(code int, words []string, args ...string) string {
	p.t.Helper()
	got, out, errs := p.run(args...)
	if got != code {
		p.t.Fatalf("%v: exit %d, want %d\n%s\n%s", args, got, code, out, errs)
	}
	for _, w := range words {
		if !strings.Contains(out+errs, w) {
			p.t.Errorf("%v does not say %q:\n%s\n%s", args, w, out, errs)
		}
	}
	return out
}

type line map[string]any

// lines parses NDJSON; every line must be an object with its three fields.
func lines(t *testing.T, out string) []line {
	t.Helper()
	var all []line
	for text := range strings.Lines(out) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if _, err := time.Parse(time.RFC3339, fmt.Sprint(l["time"])); err != nil || l["event"] == nil || l["run"] == nil {
			t.Fatalf("%q lacks event, time or run", text)
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		t.Fatal("no line")
	}
	return all
}

func TestJSONGoesTheWholeWayAndFinishedIsLast(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	code, out, errs := p.run("--sandbox", "--yes", "--json", "--port", fmt.Sprint(freeport.Take(t)))
	if code != 0 || errs != "" {
		t.Fatalf("exit %d\n%s\n%s", code, out, errs)
	}
	all := lines(t, out)
	last := all[len(all)-1]
	if last["event"] != "finished" || last["ok"] != true || last["exit_code"] != 0.0 {
		t.Errorf("the last line is %v", last)
	}
	if made, _ := last["made"].([]any); len(made) != 8 {
		t.Errorf("made %v", last["made"])
	}
	if i := slices.IndexFunc(all, func(l line) bool { return l["event"] == "result" }); i < 0 || all[i]["profile"].(map[string]any)["email"] == nil {
		t.Error("no profile")
	}
	code, out, _ = p.run("cleanup", "--yes", "--json")
	all = lines(t, out)
	last = all[len(all)-1]
	if code != 0 || last["event"] != "finished" || len(last["left"].([]any)) != 0 || len(last["made"].([]any)) != 0 {
		t.Errorf("cleanup: exit %d, %v", code, last)
	}
	for _, c := range []string{"status", "runs", "plan", "steps", "version"} {
		if l := lines(t, p.must(0, nil, c, "--json")); len(l) != 1 || l[0]["event"] != c {
			t.Errorf("%s --json: %v", c, l)
		}
	}
}

func TestAnInterruptLeavesARecordThatCanBeResumedAndNoListener(t *testing.T) {
	t.Parallel()
	box := serveAWS(t)
	p := newPlace(t, box.env...)
	port := fmt.Sprint(freeport.Take(t))
	cmd, cancel := p.command("--aws", "--yes", "--json", "--port", port)
	defer cancel()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	scan := bufio.NewScanner(out)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		all.WriteString(scan.Text() + "\n")
		if strings.Contains(scan.Text(), `"purpose":"consent"`) {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != steps.ExitInterrupted {
		t.Fatalf("exit %d\n%s", code, all.String())
	}
	l := lines(t, all.String())
	if last := l[len(l)-1]; last["event"] != "finished" || last["exit_code"] != 130.0 {
		t.Errorf("the last line is %v", last)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatalf("the listener is still there: %v", err)
	}
	taken.Close()
	if code, out := p.walkWithBrowser("--aws", "--yes", "--json", "--port", port); code != 0 || !strings.Contains(out, "The consent that was begun goes on") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// What was asked for and could not be written is no success.
func TestAFullDiskBehindStandardOutputIsAFailure(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("there is no /dev/full here: %v", err)
	}
	defer full.Close()
	for _, args := range [][]string{{"policy"}, {"steps"}, {"plan", "--json"}, {"runs"}} {
		p := newPlace(t)
		cmd, cancel := p.command(args...)
		cmd.Stdout = full
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != steps.ExitFailed {
			t.Errorf("%v: %v", args, err)
		}
		cancel()
	}
}
