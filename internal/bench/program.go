//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// program is the built program with a state folder.
type program struct{ path, home string }

// notInlined are the packages in which a release inlines nothing (.goreleaser.yaml).
var notInlined = []string{"github.com/...", "charm.land/...", "golang.org/...", "maragu.dev/...", "agentcore-3lo/...", "net/...", "encoding/..."}

// build builds the program as a release does, into a folder.
func build(dir string) (program, error) {
	p := program{path: filepath.Join(dir, "agentcore-3lo"), home: filepath.Join(dir, "home")}
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", p.path}
	for _, packages := range notInlined {
		args = append(args, "-gcflags="+packages+"=-l")
	}
	if err := goTool(append(args, "agentcore-3lo")...); err != nil {
		return p, fmt.Errorf("building the program: %w", err)
	}
	return p, os.Mkdir(p.home, 0o700)
}

// buildLeast builds a program that prints a line, into a folder. What starting it takes
// is the machine's part in the times of the other.
func buildLeast(dir string) (program, error) {
	source, p := filepath.Join(dir, "least.go"), program{path: filepath.Join(dir, "least"), home: dir}
	if err := os.WriteFile(source, []byte("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"agentcore-3lo\") }\n"), 0o600); err != nil {
		return p, err
	}
	if err := goTool("build", "-trimpath", "-ldflags=-s -w", "-o", p.path, source); err != nil {
		return p, fmt.Errorf("building the smallest program: %w", err)
	}
	return p, nil
}

// goTool runs a go command without cgo.
func goTool(args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// in returns the program with a state folder of that name.
func (p program) in(name string) program {
	p.home = filepath.Join(p.home, name)
	return p
}

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env = []string{"HOME=" + p.home, "PATH=" + os.Getenv("PATH"), "AGENTCORE_3LO_HOME=" + p.home, "TERM=xterm-256color", "NO_COLOR="}
	return cmd
}

// until runs the program, and returns how long it takes from its start to the NDJSON
// line of that event.
func (p program) until(ctx context.Context, event string, args ...string) (time.Duration, error) {
	cmd := p.command(ctx, append(args, "--json")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	began, took := time.Now(), time.Duration(0)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	lines := bufio.NewReader(io.TeeReader(out, &said))
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		var e struct{ Event string }
		if json.Unmarshal(line, &e) == nil && e.Event == event {
			took = time.Since(began)
		}
	}
	if err := cmd.Wait(); err != nil || took == 0 {
		return 0, fmt.Errorf("%v: %w\n%s", args, errors.Join(err, ctx.Err()), tail(said.Bytes()))
	}
	return took, nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-1500):] }
