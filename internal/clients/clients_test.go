package clients_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/shell"
)

var update = flag.Bool("update", false, "write the golden files again")

var gateway = clients.Server{Name: "3lo-demo", URL: "https://g.example/mcp?a=1&b=2", Token: "AGENTCORE_3LO_BEARER"}

func machine(system string) clients.Machine {
	return clients.Machine{OS: system, Home: "/home/ana", Env: func(string) string { return "" }, Look: func(string) (string, error) { return "", errors.New("not here") }}
}

// TestGolden compares what each client is given, where, and what is said of it.
func TestGolden(t *testing.T) {
	for _, c := range clients.All() {
		var b strings.Builder
		fmt.Fprintf(&b, "%s\nConsent: %s\nThen: %s\nCheck: %s\nDirectly: %s\n\n", c.Title, c.Consent, c.Then, c.Check, c.ThenDirect)
		for _, system := range []string{"linux", "darwin", "windows"} {
			fmt.Fprintf(&b, "%s: %s\n", system, filepath.ToSlash(c.File(machine(system))))
		}
		write(t, &b, c, "bridge", bridge)
		write(t, &b, c, "gateway", gateway)
		path := filepath.Join("testdata", c.ID+".txt")
		if *update {
			if err := errors.Join(os.MkdirAll("testdata", 0o700), os.WriteFile(path, []byte(b.String()), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || strings.ReplaceAll(string(want), "\r\n", "\n") != b.String() {
			t.Errorf("%s: %v\n%s", c.ID, err, b.String())
		}
	}
}

func write(t *testing.T, b *strings.Builder, c clients.Client, what string, s clients.Server) {
	t.Helper()
	fmt.Fprintf(b, "\n%s\n", what)
	for _, args := range [][]string{c.AddCommand(s), c.RemoveCommand(s)} {
		if args != nil {
			b.WriteString(shell.POSIX.Join(args...) + "\n")
		}
	}
	if c.File(machine("linux")) == "" {
		return
	}
	text, err := c.Snippet(s)
	if err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
	b.WriteString(text + "\n")
}

// Cursor leaves out tools if the names of server and tool have more than 60
// characters together.
func TestTheNamesOfAnEntryAndItsToolFitTogether(t *testing.T) {
	const tool = "LinkedInAuthCode___getUserInfo"
	if name := clients.EntryName("20261126-002312-eeuk"); len(name)+1+len(tool) > 60 {
		t.Errorf("%s and %s are too long", name, tool)
	}
	if err := run.CheckAWSName("20261126-002312-eeuk"); err != nil {
		t.Error(err)
	}
}

func TestClientsAreFoundByFilesAndCommands(t *testing.T) {
	m := machine("linux")
	m.Home = t.TempDir()
	found := func() []string {
		var ids []string
		for _, c := range clients.All() {
			if c.Found(m) {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	if got := found(); got != nil {
		t.Errorf("on an empty machine: %v", got)
	}
	for _, folder := range []string{".cursor", ".config/Claude", ".kiro"} {
		if err := os.MkdirAll(filepath.Join(m.Home, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m.Look = func(program string) (string, error) {
		if program == "codex" || program == "mcp-inspector" {
			return "/usr/bin/" + program, nil
		}
		return "", errors.New("not here")
	}
	if got := found(); !slices.Equal(got, []string{"claude-desktop", "codex", "cursor", "inspector", "kiro"}) {
		t.Errorf("found %v", got)
	}
}

func TestVariablesMoveTheConfiguration(t *testing.T) {
	for id, v := range map[string]struct{ system, variable, want string }{
		"codex":          {"linux", "CODEX_HOME", "/elsewhere/config.toml"},
		"copilot-cli":    {"linux", "COPILOT_HOME", "/elsewhere/mcp-config.json"},
		"vscode":         {"linux", "XDG_CONFIG_HOME", "/elsewhere/Code/User/mcp.json"},
		"claude-desktop": {"windows", "APPDATA", "/elsewhere/Claude/claude_desktop_config.json"},
	} {
		m := machine(v.system)
		m.Env = func(name string) string {
			if name == v.variable {
				return "/elsewhere"
			}
			return ""
		}
		if got := filepath.ToSlash(client(t, id).File(m)); got != v.want {
			t.Errorf("%s: %s, want %s", id, got, v.want)
		}
	}
}
