//go:build unix

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"agentcore-3lo/internal/testkit"
)

// The packages of third-party clients, pinned.
//
//go:embed clients
var clientPackages embed.FS

// thirdPartyClients returns the folder where the clients are installed. npm installs
// them once, into the user's cache, but only if one of these variables is set, because
// that is 300 MB: AGENTCORE_3LO_CLIENTS skips the test where it does not work, and
// AGENTCORE_3LO_REQUIRE_CLIENTS fails it.
func thirdPartyClients(t *testing.T) string {
	t.Helper()
	required := os.Getenv("AGENTCORE_3LO_REQUIRE_CLIENTS") != ""
	without := func(why string, args ...any) string {
		t.Helper()
		why = fmt.Sprintf(why, args...) + ", so the bridge was not tested with third-party clients"
		if required {
			t.Fatal(why + ", but AGENTCORE_3LO_REQUIRE_CLIENTS is set")
		}
		t.Skip("SKIPPED: " + why + ".")
		return ""
	}
	pinned := sha256.New()
	for _, name := range []string{"package-lock.json", "typescript.mjs"} {
		raw, err := clientPackages.ReadFile("clients/" + name)
		if err != nil {
			t.Fatal(err)
		}
		pinned.Write(raw)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return without("there is no cache folder (%v)", err)
	}
	dir := filepath.Join(cache, "agentcore-3lo-test", fmt.Sprintf("clients-%x", pinned.Sum(nil))[:24])
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	npm, err := exec.LookPath("npm")
	switch {
	case os.Getenv("AGENTCORE_3LO_CLIENTS") == "" && !required:
		return without("they are not installed (AGENTCORE_3LO_CLIENTS=1 installs them with npm, 300 MB)")
	case err != nil:
		return without("there is no npm on PATH")
	}
	began := dir + fmt.Sprintf(".%d", os.Getpid())
	defer os.RemoveAll(began)
	if err := os.CopyFS(began, clientPackages); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = filepath.Join(began, "clients")
	if out, err := install.CombinedOutput(); err != nil {
		return without("npm could not install them (%v: %s)", err, bytes.TrimSpace(out))
	}
	if err := os.Rename(install.Dir, dir); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return dir
}

// node is a Node.js that the Inspector accepts: npm carries one.
func node(t *testing.T, dir string) string {
	t.Helper()
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	path := filepath.Join(dir, "node_modules", "node-"+runtime.GOOS+"-"+arch, "bin", "node")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: npm has no Node.js for %s/%s among the pinned packages.", runtime.GOOS, runtime.GOARCH)
	}
	return path
}

// launch is a run whose user has not consented, with a script that starts its bridge,
// and a user at the browser.
type launch struct {
	*person
	bridge  string        // the script
	browsed chan struct{} // gets a value for each page on which the user continued
}

func newLaunch(t *testing.T) *launch {
	t.Helper()
	b := testkit.StartSandbox(t)
	l := &launch{person: newPerson(t, b), browsed: make(chan struct{}, 10)}
	walk, _ := l.startConsent(t)
	walk.kill()
	<-walk.done
	pages := filepath.Join(l.home, "pages")
	browser := filepath.Join(l.home, "browser")
	l.bridge = filepath.Join(l.home, "bridge")
	environ := ""
	l.env["BROWSER"] = browser
	for _, entry := range l.environ() {
		environ += " '" + entry + "'"
	}
	for path, script := range map[string]string{browser: "echo \"$1\" >> '" + pages + "'", l.bridge: "exec env -i" + environ + " '" + program + "' mcp"} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ctx, leave := context.WithCancel(context.Background())
	wait := meanwhile(func() { l.browse(ctx, t, pages) })
	t.Cleanup(func() {
		leave()
		wait()
	})
	return l
}

// browse consents on every page that is opened, until it is told to leave.
func (l *launch) browse(ctx context.Context, t *testing.T, pages string) {
	for seen := 0; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		raw, _ := os.ReadFile(pages)
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		for ; seen < len(lines) && lines[seen] != ""; seen++ {
			link := openPage(t, lines[seen]).press("continue")
			l.browsed <- struct{}{} // before the consent, after which the client may be faster
			if err := allow(ctx, link); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	}
}

// client is a command of a third-party client.
func (l *launch) client(t *testing.T, name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, name, args...)
	c.Env = []string{"HOME=" + l.home, "PATH=" + os.Getenv("PATH"), "MCP_INSPECTOR_SECRET_STORE=memory"}
	c.Dir = l.home
	return c
}

// mustAsk checks on how many pages the user was asked.
func (l *launch) mustAsk(t *testing.T, want int) {
	t.Helper()
	if n := len(l.browsed); n != want {
		t.Errorf("the user was asked on %d pages, want %d", n, want)
	}
}

func TestTheOfficialTypeScriptClientGetsTheProfile(t *testing.T) {
	dir := thirdPartyClients(t)
	for _, era := range []string{"legacy", "auto"} {
		for _, links := range []string{"hides", "shows"} {
			t.Run(era+" "+links+" links", func(t *testing.T) {
				l := newLaunch(t)
				c := l.client(t, node(t, dir), filepath.Join(dir, "typescript.mjs"), profileTool, era, links, l.bridge)
				var errs bytes.Buffer
				c.Stderr = &errs
				out, err := c.StdoutPipe()
				if err == nil {
					err = c.Start()
				}
				if err != nil {
					t.Fatal(err)
				}
				asked, all := 0, ""
				for lines := bufio.NewScanner(out); lines.Scan(); {
					all += lines.Text() + "\n"
					var line struct{ Link string }
					if json.Unmarshal(lines.Bytes(), &line) == nil && line.Link != "" {
						asked++
						if err := allow(t.Context(), line.Link); err != nil {
							t.Error(err)
						}
					}
				}
				if err := c.Wait(); err != nil || !strings.Contains(all, `ana@example.com`) || !strings.Contains(all, `"version":"`+map[string]string{"legacy": "2025-11-25", "auto": "2026-07-28"}[era]) {
					t.Errorf("%v\n%s%s", err, all, errs.String())
				}
				if want := map[string]int{"shows": 1}[links]; asked != want {
					t.Errorf("the client was asked %d times, want %d", asked, want)
				}
				l.mustAsk(t, 1-asked)
			})
		}
	}
}

func TestTheInspectorGetsTheProfileWithoutShowingLinks(t *testing.T) {
	dir := thirdPartyClients(t)
	inspector := filepath.Join(dir, "node_modules", "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js")
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			l := newLaunch(t)
			out, err := l.client(t, node(t, dir), inspector, "--cli", l.bridge, "--protocol-era", era, "--method", "tools/call", "--tool-name", profileTool).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "ana@example.com") {
				t.Errorf("%v\n%s", err, out)
			}
			l.mustAsk(t, 1)
		})
	}
}

// The Inspector's other command line, mcpdo, keeps a connection and shows links.
func TestTheInspectorGetsTheProfileWhenItShowsTheLink(t *testing.T) {
	dir := thirdPartyClients(t)
	mcpdo := filepath.Join(dir, "node_modules", "@modelcontextprotocol", "inspector", "clients", "mcpdo", "build", "mcp-bin.js")
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			l := newLaunch(t)
			config := filepath.Join(l.home, "config.json")
			raw, err := json.Marshal(map[string]any{"mcpServers": map[string]any{"bridge": map[string]any{"type": "stdio", "command": l.bridge, "elicitCapability": "url", "protocolEra": era}}})
			if err == nil {
				err = os.WriteFile(config, raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			do := func(args ...string) string {
				t.Helper()
				var errs bytes.Buffer
				c := l.client(t, node(t, dir), append([]string{mcpdo, "--format", "json", "--connection", "bridge"}, args...)...)
				c.Stderr = &errs
				out, err := c.Output()
				if err != nil {
					t.Fatalf("%v: %v\n%s%s", args, err, out, errs.String())
				}
				return string(out)
			}
			defer do("daemon", "stop")
			do("--config", config, "connect", "--server", "bridge")
			var pending struct {
				Pending struct{ ElicitationID, URL string } `json:"elicitationPending"`
			}
			if out := do("tools/call", profileTool); json.Unmarshal([]byte(out), &pending) != nil || pending.Pending.URL == "" {
				t.Fatalf("the link is not shown: %s", out)
			}
			if err := allow(t.Context(), pending.Pending.URL); err != nil {
				t.Fatal(err)
			}
			if out := do("elicitation/respond", pending.Pending.ElicitationID, "--done"); !strings.Contains(out, "ana@example.com") {
				t.Errorf("the tool answered %s", out)
			}
			l.mustAsk(t, 0)
		})
	}
}
