//go:build unix

// Film runs the tutorial on the sandbox in a terminal and draws the pictures in the
// README. See docs/pictures/make.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/creack/pty"

	"agentcore-3lo/internal/picture"
)

const width, height = 100, 30

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: film PROGRAM FOLDER")
		os.Exit(2)
	}
	if err := shoot(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "film:", err)
		os.Exit(1)
	}
}

// camera records a program in a terminal.
type camera struct {
	term   *picture.Terminal
	keys   io.Writer
	folder string
	clock  time.Duration // time in the film
	film   map[string][]picture.Frame
	err    error
}

func shoot(program, folder string) error {
	home, err := os.MkdirTemp("", "film")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	cmd := exec.Command(program, "--sandbox", "--new", "--latency", "lifelike")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=", "NO_COLOR=", "CI=", "SSH_CONNECTION=", "SSH_TTY=", "TMUX=", "DISPLAY=:0", "AGENTCORE_3LO_HOME="+home)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: height, Cols: width})
	if err != nil {
		return err
	}
	defer tty.Close()
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	c := &camera{term: picture.NewTerminal(width, height), keys: tty, folder: folder, film: map[string][]picture.Frame{}}
	go func() { _, _ = io.Copy(c.term, tty) }()
	go func() { _, _ = io.Copy(tty, c.term.Answers()) }()

	c.see("Overview", 3*time.Second)
	c.press("\r", "enter begin", 2*time.Second)
	c.press("\r", "Enter skips", 2*time.Second)
	c.press("\r", "Create these?", 3*time.Second)
	c.still("plan", "The plan")
	c.press("y", "2 of 10 done", time.Second)
	c.press("\x1b[C", "3  Inbound", 2*time.Second)
	c.press("\x1b[C", "4  Gateway", 2*time.Second)
	c.press("\x1b[C", "let the simulated person", 0)
	c.see("◐  4 Gateway", 3*time.Second) // in the rail
	c.still("meanwhile", "The LinkedIn page while the gateway is being built")
	c.press("s", "?  7 Callback URL", 0)
	c.see("5  LinkedIn app", time.Second)
	c.press("\x1b[C", "6  Credential provider", 2*time.Second)
	c.press("\x1b[C", "Register it for you?", 2*time.Second)
	c.press("s", "8 of 10 done", time.Second)
	c.press("\x1b[C", "8  Target", time.Second)
	c.press("\x1b[C", "enter begin", 3*time.Second)
	c.press("\r", "Waiting for your browser", 4*time.Second)
	c.still("consent", "Consent: who asks, where the link leads, the time left")
	c.press("s", "9 of 10 done", 2*time.Second)
	c.press("\x1b[C", "enter begin", time.Second)
	c.press("\r", "What now?", 5*time.Second)
	c.still("profile", "The profile")
	for _, theme := range []picture.Theme{picture.Dark, picture.Light} {
		c.write("walk-"+theme.Name, picture.SVG(theme, width, height, "The walkthrough on the sandbox", c.film[theme.Name], c.clock))
	}
	return c.err
}

// see waits until the screen contains words, and then records it for a while.
func (c *camera) see(words string, lasts time.Duration) {
	deadline := time.Now().Add(40 * time.Second)
	for c.err == nil && !strings.Contains(c.term.Text(), words) {
		if time.Now().After(deadline) {
			c.err = fmt.Errorf("the screen does not show %q:\n%s", words, c.term.Text())
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(600 * time.Millisecond) // the program ignores keys before that
	if lasts == 0 {
		return
	}
	for _, theme := range []picture.Theme{picture.Dark, picture.Light} {
		c.film[theme.Name] = append(c.film[theme.Name], picture.Frame{At: c.clock, Body: c.term.Draw(theme)})
	}
	c.clock += lasts
}

func (c *camera) press(key, words string, lasts time.Duration) {
	if c.err == nil {
		_, c.err = io.WriteString(c.keys, key)
	}
	c.see(words, lasts)
}

func (c *camera) still(name, title string) {
	for _, theme := range []picture.Theme{picture.Dark, picture.Light} {
		c.write(name+"-"+theme.Name, picture.SVG(theme, width, height, title, []picture.Frame{{Body: c.term.Draw(theme)}}, time.Second))
	}
}

func (c *camera) write(name, svg string) {
	if c.err == nil {
		c.err = os.WriteFile(filepath.Join(c.folder, name+".svg"), []byte(svg), 0o644)
	}
}
