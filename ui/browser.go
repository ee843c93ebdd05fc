package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pkg/browser"
)

// openerGrace is how long an opener may run before it counts as having worked:
// some stay as long as the browser does.
const openerGrace = 2 * time.Second

// Browser opens pages for the person, without a shell and without writing on
// the screen.
type Browser struct{ env func(string) string }

// NewBrowser silences the opener library. Call it once, before anything runs
// beside it: the library's streams are global.
func NewBrowser(env func(string) string) Browser {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	return Browser{env}
}

// Open opens an http or https address, or says why it cannot.
func (b Browser) Open(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("only http and https addresses are opened")
	}
	open, err := b.opener(u.String())
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- open() }()
	select {
	case err := <-done:
		return err
	case <-time.After(openerGrace):
		return nil
	}
}

// opener chooses by environment: $BROWSER first, then Windows from WSL, then
// the desktop's own.
func (b Browser) opener(address string) (func() error, error) {
	if own := strings.Fields(b.env("BROWSER")); len(own) > 0 {
		return command(append(own, address)...), nil
	}
	if b.wsl() {
		if path, err := exec.LookPath("wslview"); err == nil {
			return command(path, address), nil
		}
		quoted := "'" + strings.ReplaceAll(address, "'", "''") + "'"
		return command("powershell.exe", "-NoProfile", "-Command", "Start-Process "+quoted), nil
	}
	if b.env("SSH_CONNECTION") != "" || b.env("SSH_TTY") != "" {
		return nil, errors.New("this is a remote session")
	}
	if runtime.GOOS == "linux" && b.env("DISPLAY") == "" && b.env("WAYLAND_DISPLAY") == "" {
		return nil, errors.New("there is no display")
	}
	opener := map[string]string{"linux": "xdg-open", "darwin": "open"}[runtime.GOOS]
	if path, err := exec.LookPath(opener); err == nil && opener != "" {
		return command(path, address), nil // so that its environment is ours to choose
	}
	return func() error { return browser.OpenURL(address) }, nil
}

// withoutSecrets is what a browser needs of the environment: credentials are
// none of its business, and everything that it starts inherits them.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		return strings.HasPrefix(entry, "AWS_") || strings.HasPrefix(entry, "LINKEDIN_")
	})
}

func (b Browser) wsl() bool {
	if runtime.GOOS != "linux" {
		return false
	}
	version, _ := os.ReadFile("/proc/version")
	return b.env("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(string(version)), "microsoft")
}

func command(words ...string) func() error {
	return func() error {
		cmd := exec.CommandContext(context.Background(), words[0], words[1:]...)
		cmd.Env = withoutSecrets(os.Environ())
		out, err := cmd.CombinedOutput() // its input is empty: it must not read the terminal
		if err != nil {
			return fmt.Errorf("%s: %w %s", words[0], err, bytes.TrimSpace(out[:min(len(out), 200)]))
		}
		return nil
	}
}
