//go:build unix

package e2e_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/testkit"
)

// TestOpenerGetsOnlyTheLink lets the program open the user's browser. The child
// process gets the link, and no secret from the environment.
func TestOpenerGetsOnlyTheLink(t *testing.T) {
	b := testkit.StartAWS(t)
	p := newPerson(t, b)
	s := newSpy(p)
	b.Intercept(s.watch)
	dump := filepath.Join(p.home, "dump")
	script := filepath.Join(p.home, "browser")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n{ env; echo ARGS \"$@\"; } > "+dump+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.env["BROWSER"] = script
	delete(p.env, "CI")
	p.env["TERM"] = "xterm"
	x := s.open(t, p, false, "walk", "--aws", "--yes", "--json", "--port", fmt.Sprint(p.port))
	link := <-s.links
	x.shown(t) // no earlier can a user open it
	if err := s.browse(link); err != nil {
		t.Fatal(err)
	}
	if x.ended(t) != 0 {
		t.Fatal(x.out.String())
	}
	if _, err := os.Stat(dump); err == nil {
		t.Error("--yes opened a server's link")
	}
	s.openWithBrowser(t, p, dump)
}

// openWithBrowser starts a new consent in a terminal and chooses to open the browser.
func (s *spy) openWithBrowser(t *testing.T, p *person, dump string) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal can be opened here: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	x := &watched{done: make(chan struct{})}
	x.cmd = exec.Command(program, "run", "consent", "--plain", "--port", fmt.Sprint(p.port))
	x.cmd.Env, x.cmd.Dir = p.environ(), p.home
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	go func() { _, _ = io.Copy(&x.out, master) }()
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(x.done); _ = x.cmd.Wait() }()
	defer func() { _ = x.cmd.Process.Kill(); <-x.done }()
	link := <-s.links
	x.shown(t)
	for range 200 {
		if strings.Contains(x.out.String(), "Choose, or paste") || strings.Contains(x.out.String(), "what does my browser show") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	_, _ = master.WriteString("o\n")
	var opened string
	for range 300 {
		if raw, err := os.ReadFile(dump); err == nil && strings.Contains(string(raw), "ARGS") {
			opened = string(raw)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !strings.Contains(opened, "ARGS "+link) {
		t.Fatalf("the browser was not opened with the link: %q\n%s", opened, x.out.String())
	}
	environment, _, _ := strings.Cut(opened, "ARGS ")
	if found := s.leaks(environment, true); found != nil {
		t.Errorf("the browser's environment contains %v", found)
	}
}
