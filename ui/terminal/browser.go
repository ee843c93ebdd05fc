package terminal

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/pkg/browser"

	"agentcore-3lo/internal/desktop"
)

// openerGrace is how long an opener may run before it counts as having worked:
// some stay as long as the browser does.
const openerGrace = 2 * time.Second

// Browser opens pages for the person, without a shell and without writing on
// the screen.
type Browser struct{ env func(string) string }

// NewBrowser reads the environment each time that it opens something.
func NewBrowser(env func(string) string) Browser { return Browser{env} }

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
	if setting := b.env("BROWSER"); setting != "" {
		words := chosen(setting, address)
		if words == nil {
			return nil, errors.New("$BROWSER names no program that is here")
		}
		return command(words...), nil
	}
	if desktop.WSL(b.env) {
		if path, err := exec.LookPath("wslview"); err == nil {
			return command(path, address), nil
		}
		return command("rundll32.exe", "url.dll,FileProtocolHandler", address), nil // no shell, as PowerShell would be
	}
	if why := desktop.Elsewhere(b.env); why != "" {
		return nil, errors.New(why)
	}
	switch runtime.GOOS {
	case "windows":
		return func() error { return browser.OpenURL(address) }, nil
	case "darwin":
		return command("open", address), nil
	}
	for _, opener := range []string{"xdg-open", "x-www-browser", "www-browser"} {
		if path, err := exec.LookPath(opener); err == nil {
			return command(path, address), nil
		}
	}
	return nil, errors.New("no program that opens a browser is installed (xdg-open, for example)")
}

// chosen is the command of $BROWSER: the first one of its list that is here,
// with the address in place of %s or behind it, as xdg-open and Python take it.
func chosen(setting, address string) []string {
	for _, one := range filepath.SplitList(setting) {
		words := strings.Fields(one)
		if _, err := exec.LookPath(one); err == nil {
			words = []string{one} // a path with spaces in it
		}
		if len(words) == 0 {
			continue
		}
		if _, err := exec.LookPath(words[0]); err != nil {
			continue
		}
		if !strings.Contains(one, "%s") {
			return append(words, address)
		}
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "%s", address)
		}
		return words
	}
	return nil
}

// withoutSecrets is what a browser needs of the environment: credentials, of
// whichever vendor, are none of its business, and everything that it starts
// inherits them.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasSuffix(name, "_CLIENT_ID") || strings.HasSuffix(name, "_SECRET") || strings.HasSuffix(name, "_ACCESS_TOKEN")
	})
}

// command runs a program away from this terminal: a text browser would fight
// for the keyboard, and Ctrl-C here would end the person's browser.
func command(words ...string) func() error {
	return func() error {
		cmd := exec.Command(words[0], words[1:]...) // its streams are the null device
		cmd.Env = withoutSecrets(os.Environ())
		detach(cmd)
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", words[0], err)
		}
		return nil
	}
}
