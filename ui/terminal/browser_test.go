//go:build linux

package terminal

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit/tty"
)

// anAddress holds what a shell would obey.
const anAddress = "https://example.com/a?b=$(touch+x);c&d='e'\"f\"`g`"

// desk is a machine on whose PATH stand only these openers. Each writes its
// arguments, one a line, and its environment to a file.
type desk struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newDesk(t *testing.T, openers ...string) *desk {
	d := &desk{t: t, dir: t.TempDir(), env: map[string]string{}}
	t.Setenv("PATH", d.dir)
	for _, name := range openers {
		d.opener(name, `{ echo "$0"; for a in "$@"; do echo "<$a>"; done; /usr/bin/env; } > "`+d.dir+`/called"`)
	}
	return d
}

func (d *desk) opener(name, script string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open(address string) error {
	return NewBrowser(func(name string) string { return d.env[name] }).Open(address)
}

// called is what the opener wrote, "" when none was called.
func (d *desk) called() string {
	raw, _ := os.ReadFile(filepath.Join(d.dir, "called"))
	return string(raw)
}

// mustCall insists on the opener and its arguments, the address in one piece.
func (d *desk) mustCall(opener string, arguments ...string) {
	d.t.Helper()
	if err := d.open(anAddress); err != nil {
		d.t.Fatal(err)
	}
	want := filepath.Join(d.dir, opener) + "\n"
	for _, a := range arguments {
		want += "<" + a + ">\n"
	}
	if got := d.called(); !strings.HasPrefix(got, want) {
		d.t.Errorf("called: %s\nwant: %s", got, want)
	}
	if _, err := os.Stat("x"); err == nil {
		d.t.Error("a shell obeyed the address")
	}
}

func TestTheDesktopOpensTheLink(t *testing.T) {
	d := newDesk(t, "xdg-open")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "not-for-browsers")
	t.Setenv("LINKEDIN_CLIENT_SECRET", "not-for-browsers")
	t.Setenv("GITHUB_CLIENT_SECRET", "not-for-browsers")
	d.env["DISPLAY"] = ":0"
	d.mustCall("xdg-open", anAddress)
	if strings.Contains(d.called(), "not-for-browsers") {
		t.Error("the browser got credentials")
	}
}

func TestBROWSERCountsAlsoWithoutADisplay(t *testing.T) {
	for setting, arguments := range map[string][]string{
		"mine":                 {anAddress},
		"mine --new-window":    {"--new-window", anAddress},
		"mine --url=%s -x":     {"--url=" + anAddress, "-x"},
		"missing:mine":         {anAddress},
		"missing %s:mine -p":   {"-p", anAddress},
		"a b/c:mine --private": {"--private", anAddress},
	} {
		t.Run(setting, func(t *testing.T) {
			d := newDesk(t, "mine")
			d.env["BROWSER"] = setting
			d.mustCall("mine", arguments...)
		})
	}
	t.Run("over SSH", func(t *testing.T) {
		d := newDesk(t, "mine", "xdg-open")
		d.env["BROWSER"], d.env["SSH_CONNECTION"] = "mine", "192.0.2.1 50000 192.0.2.2 22"
		d.mustCall("mine", anAddress)
	})
	t.Run("a path with a space", func(t *testing.T) {
		d := newDesk(t, "my browser")
		d.env["BROWSER"] = filepath.Join(d.dir, "my browser")
		d.mustCall("my browser", anAddress)
	})
}

func TestWSLOpensInWindowsWithoutAShell(t *testing.T) {
	d := newDesk(t, "wslview", "rundll32.exe", "powershell.exe", "cmd.exe")
	d.env["WSL_DISTRO_NAME"] = "Debian"
	d.mustCall("wslview", anAddress)
	d = newDesk(t, "rundll32.exe", "powershell.exe", "cmd.exe")
	d.env["WSL_DISTRO_NAME"] = "Debian"
	d.mustCall("rundll32.exe", "url.dll,FileProtocolHandler", anAddress)
}

func TestWhereNoBrowserCanRunItSaysWhy(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"this is a remote session":               {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22", "DISPLAY": ":0"},
		"this machine has no display":            {},
		"$BROWSER names no program that is here": {"BROWSER": "missing", "DISPLAY": ":0"},
	} {
		d := newDesk(t, "xdg-open")
		d.env = env
		if err := d.open(anAddress); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %q", env, err, want)
		}
		if d.called() != "" {
			t.Errorf("%v: an opener was called", env)
		}
	}
}

func TestOnlyHTTPAndHTTPSAreOpened(t *testing.T) {
	d := newDesk(t, "mine")
	d.env["BROWSER"] = "mine"
	for _, address := range []string{"", "-flag", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://example.com/", "https:", "https:///path", "https://exa mple.com/", "mailto:a@example.com"} {
		if err := d.open(address); err == nil {
			t.Errorf("%q was opened", address)
		}
	}
	if d.called() != "" {
		t.Errorf("an opener was called: %s", d.called())
	}
}

// What an opener writes is not for the screen; how it ended explains a failure.
// One that stays as long as the browser does has worked.
func TestAnOpenerThatFailsSaysSo(t *testing.T) {
	d := newDesk(t)
	d.env["BROWSER"] = "noisy"
	d.opener("noisy", "echo a lot of noise; exit 3")
	if err := d.open(anAddress); err == nil || err.Error() != "noisy: exit status 3" {
		t.Errorf("the failure says %v", err)
	}
	d.opener("noisy", "echo a lot of noise; exec /bin/sleep 5")
	began := time.Now()
	if err := d.open(anAddress); err != nil || time.Since(began) > openerGrace+time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// Whatever is started, by whichever way it is found, has a session of its own,
// no terminal to fight for, and no stream of ours.
func TestWhatIsStartedCannotReachTheTerminal(t *testing.T) {
	t.Parallel()
	const look = `tty=none; (exec </dev/tty) 2>/dev/null && tty=open
sid=$(cut -d" " -f6 /proc/$$/stat)
streams=$(for fd in 0 1 2; do echo "$fd $(readlink /proc/$$/fd/$fd)"; done)
{ echo "tty $tty"; [ "$sid" = $$ ] && echo "session own"; echo "$streams"; } >"$0.told.new"
mv "$0.told.new" "$0.told"`
	const away = "tty none\nsession own\n0 /dev/null\n1 /dev/null\n2 /dev/null\n"
	for name, c := range map[string]struct{ tool, env string }{
		"$BROWSER":             {"mine", "BROWSER=mine"},
		"$BROWSER with a word": {"mine", "BROWSER=mine --new %s"},
		"the desktop":          {"xdg-open", "DISPLAY=:0"},
		"Debian's choice":      {"x-www-browser", "DISPLAY=:0"},
		"a text browser":       {"www-browser", "DISPLAY=:0"},
		"Windows from WSL":     {"wslview", "WSL_DISTRO_NAME=Debian"},
		"Windows without wslu": {"rundll32.exe", "WSL_DISTRO_NAME=Debian"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &desk{t: t, dir: t.TempDir()}
			d.opener(c.tool, look)
			for _, needed := range []string{"cut", "readlink", "mv"} {
				path, err := exec.LookPath(needed)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(d.dir, needed)); err != nil {
					t.Fatal(err)
				}
			}
			p := tty.Start(t, false, []string{tty.Role + "=opener", "PATH=" + d.dir, c.env}, tty.Self(t))
			p.Finish(0)
			told, err := os.ReadFile(filepath.Join(d.dir, c.tool+".told"))
			if err != nil || string(told) != away {
				t.Errorf("%v\n%s%s", err, told, p.Output())
			}
		})
	}
}
