//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
)

// read returns a file below the home folder of the place.
func (p *place) read(path ...string) string {
	p.t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{p.home}, path...)...))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

func (p *place) write(content string, path ...string) {
	p.t.Helper()
	file := filepath.Join(append([]string{p.home}, path...)...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// TestConnectWritesAndRemovesAnEntry adds a run to a client's file, cleans the run
// up, and removes the entry.
func TestConnectWritesAndRemovesAnEntry(t *testing.T) {
	t.Parallel()
	p := newPlace(t, "AGENTCORE_3LO_BEARER=do-not-write-me")
	p.must(0, nil, "--sandbox", "--yes", "--run", "demo", "--port", fmt.Sprint(freeport.Take(t)))
	const before = "# mine\nmodel = 'm'\n\n[mcp_servers.other]\ncommand = 'x'\nenv = {TOKEN = 'not-shown'}\n"
	p.write(before, ".codex", "config.toml")

	overview := p.must(0, []string{"Found on this machine:\n", "connect --client codex --run demo", "connect --direct"}, "connect")
	if found := strings.Index(overview, "  codex "); found < 0 || found > strings.Index(overview, "Other clients:") {
		t.Errorf("codex is not found:\n%s", overview)
	}
	shown := p.must(0, []string{"[mcp_servers.3lo-demo]", "args = ['mcp', '--run', 'demo']", "AGENTCORE_3LO_HOME = '" + p.home + "'"}, "connect", "--client", "codex")
	if !strings.Contains(shown, "command = '"+binary+"'") {
		t.Errorf("the command is not the absolute path of this program:\n%s", shown)
	}

	if code, out, _ := p.run("connect", "--client", "codex", "--write"); code != 3 || !strings.Contains(out, "+ [mcp_servers.3lo-demo]") || p.read(".codex", "config.toml") != before {
		t.Errorf("without a yes: exit %d\n%s", code, out)
	}
	out := p.must(0, []string{"+ [mcp_servers.3lo-demo]", "As it was before:"}, "connect", "--client", "codex", "--write", "--yes")
	after := p.read(".codex", "config.toml")
	if !strings.HasPrefix(after, before) || p.read(".codex", "config.toml.before-agentcore-3lo") != before {
		t.Errorf("the file is\n%s", after)
	}
	for _, secret := range []string{"not-shown", "do-not-write-me"} {
		if strings.Contains(out, secret) || strings.Contains(strings.TrimPrefix(after, before), secret) {
			t.Errorf("%q appears:\n%s\n%s", secret, out, after)
		}
	}
	p.must(0, []string{"There is nothing to change"}, "connect", "--client", "codex", "--write", "--yes")

	offer := p.must(0, []string{"Codex still has an entry for the bridge of run demo", "connect --client codex --remove --run demo"}, "cleanup", "--yes", "--run", "demo")
	if strings.Contains(offer, "Visual Studio Code") || p.read(".codex", "config.toml") != after {
		t.Errorf("cleanup offers\n%s", offer)
	}
	p.must(2, []string{"run demo is cleaned up"}, "connect", "--client", "codex", "--run", "demo")
	p.must(0, []string{"- [mcp_servers.3lo-demo]"}, "connect", "--client", "codex", "--remove", "--yes", "--run", "demo")
	if got := p.read(".codex", "config.toml"); got != before {
		t.Errorf("after --remove the file is\n%s", got)
	}
}

// TestConnectLeavesAFileThatItCannotEdit tries files that do not parse or may not be
// written.
func TestConnectLeavesAFileThatItCannotEdit(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.must(0, nil, "--sandbox", "--yes", "--run", "demo", "--port", fmt.Sprint(freeport.Take(t)))
	for _, broken := range []string{"{ \"mcpServers\": ", "[]"} {
		p.write(broken, ".cursor", "mcp.json")
		p.must(1, []string{"editing " + filepath.Join(p.home, ".cursor", "mcp.json"), "The file is as it was", "connect --client cursor"}, "connect", "--client", "cursor", "--write", "--yes")
		if got := p.read(".cursor", "mcp.json"); got != broken {
			t.Errorf("the file is %q", got)
		}
	}
	p.write("{}", ".config", "Code", "User", "mcp.json")
	if err := os.Chmod(filepath.Join(p.home, ".config", "Code", "User", "mcp.json"), 0o400); err != nil {
		t.Fatal(err)
	}
	p.must(1, []string{"is read-only", "add the entry yourself"}, "connect", "--client", "vscode", "--write", "--yes")
	if names, _ := filepath.Glob(filepath.Join(p.home, ".cursor", "*")); len(names) != 1 {
		t.Errorf("there are %v", names)
	}
}

// TestConnectTellsAProgram covers --json and what connect refuses.
func TestConnectTellsAProgram(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.must(0, nil, "--sandbox", "--yes", "--run", "demo", "--port", fmt.Sprint(freeport.Take(t)))
	l := lines(t, p.must(0, nil, "connect", "--json"))[0]
	if all, _ := l["clients"].([]any); len(all) != 9 || l["direct_command"] == nil {
		t.Errorf("connect --json tells %v", l)
	}
	for client, field := range map[string]string{"vscode": "config", "claude-code": "add_command", "inspector": "add_command"} {
		for _, flags := range [][]string{nil, {"--direct"}} {
			l := lines(t, p.must(0, nil, append([]string{"connect", "--json", "--client", client}, flags...)...))[0]
			if l["entry"] != "3lo-demo" || l["consent"] == "" || l[field] == nil || (l["mode"] == "direct") != (flags != nil) {
				t.Errorf("%s %v: %v", client, flags, l)
			}
		}
	}
	l = lines(t, p.must(0, nil, "connect", "--json", "--client", "vscode", "--write", "--yes"))[0]
	var file map[string]any
	if err := json.Unmarshal([]byte(p.read(".config", "Code", "User", "mcp.json")), &file); err != nil || l["changed"] != true || file["servers"] == nil {
		t.Errorf("%v: %v, %v", err, l, file)
	}
	for _, args := range [][]string{{"--write"}, {"--remove"}, {"--client", "codex", "--write", "--remove"}, {"--client", "codex", "--remove", "--direct"}, {"--client", "none"}, {"--client", "kiro", "--write"}} {
		p.must(2, nil, append([]string{"connect"}, args...)...)
	}
}
