package shell

import (
	"os/exec"
	"strings"
	"testing"
)

// difficult are arguments with characters that are special in some shell.
var difficult = []string{
	"plain", "", " ", "two words", "it's", `say "hi"`, "$HOME", "`id`", "a&b", "a;b", "a|b", "<in>", "(x)", "*", "?", "~", "#", "!x", "%PATH%", "^",
	`C:\Users\Ana X\agentcore-3lo.exe`, `\\server\share`, "/Library/Application Support/x", "line\nbreak", "tab\tstop", "ünïcode", "‘typographic’", "--flag=a b", "-a.b", "@file", "{a,b}",
}

func TestPOSIXQuoting(t *testing.T) {
	for _, name := range []string{"sh", "bash", "dash", "zsh", "fish"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not installed here, so it was not tried", name)
			continue
		}
		command := "printf '%s\\0' " + POSIX.Join(difficult...)
		out, err := exec.Command(path, "-c", command).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); strings.Join(got, "\x01") != strings.Join(difficult, "\x01") {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestPowerShellAndCmdQuoting(t *testing.T) {
	for _, c := range []struct {
		shell Shell
		given string
		want  string
	}{
		{PowerShell, "status", "status"},
		{PowerShell, `C:\Users\Ana\a.exe`, `C:\Users\Ana\a.exe`},
		{PowerShell, `C:\Users\Ana X\a.exe`, `'C:\Users\Ana X\a.exe'`},
		{PowerShell, "it's", "'it''s'"},
		{PowerShell, "it’s", "'it’’s'"},
		{PowerShell, "$x", "'$x'"},
		{PowerShell, "a,b", "'a,b'"},
		{PowerShell, "@x", "'@x'"},
		{PowerShell, "-a.b", "'-a.b'"},
		{PowerShell, "--run", "--run"},
		{PowerShell, `say "hi"`, `'say \"hi\"'`},
		{PowerShell, "", "''"},
		{Cmd, `C:\Users\Ana\a.exe`, `C:\Users\Ana\a.exe`},
		{Cmd, `C:\Users\Ana & Bo\a.exe`, `"C:\Users\Ana & Bo\a.exe"`},
		{Cmd, "a=b", `"a=b"`},
		{Cmd, "a,b", `"a,b"`},
		{Cmd, "", `""`},
	} {
		if got := c.shell.Quote(c.given); got != c.want {
			t.Errorf("%s: %q becomes %s, want %s", c.shell, c.given, got, c.want)
		}
	}
}

func TestSetVariable(t *testing.T) {
	for shell, want := range map[Shell]string{
		POSIX:      "export A='b c'",
		PowerShell: "$env:A = 'b c'",
		Cmd:        `set "A=b c"`,
	} {
		if got := shell.SetVariable("A", "b c"); got != want {
			t.Errorf("%s: %s", shell, got)
		}
	}
}

func TestSetFrom(t *testing.T) {
	for shell, want := range map[Shell]string{
		POSIX:      "export A=$(tool token)",
		PowerShell: "$env:A = tool token",
		Cmd:        "for /f \"usebackq delims=\" %i in (`tool token`) do @set \"A=%i\"",
	} {
		if got := shell.SetFrom("A", "tool token"); got != want {
			t.Errorf("%s: %s", shell, got)
		}
	}
}

func TestProgramName(t *testing.T) {
	hash := strings.Repeat("0123456789abcdef", 4)
	for name, c := range map[string]struct {
		form
		path string // what the bare name runs
		want string
	}{
		"go run, linked just now":  {form{executable: "/tmp/go-build482877127/b001/exe/agentcore-3lo", shell: POSIX}, "", "go run ."},
		"go run, from the cache":   {form{executable: "/home/ana/.cache/go-build/c3/" + hash + "-d/agentcore-3lo", shell: POSIX}, "", "go run ."},
		"go run, cache elsewhere":  {form{executable: `D:\fast\c3\` + hash + `-d\agentcore-3lo.exe`, shell: PowerShell, windows: true}, "", "go run ."},
		"a folder called go-build": {form{executable: "/src/go-build/agentcore-3lo", typed: "./agentcore-3lo", shell: POSIX}, "", "./agentcore-3lo"},
		"in the current folder":    {form{executable: "/src/agentcore-3lo", typed: "./agentcore-3lo", shell: POSIX}, "", "./agentcore-3lo"},
		"on PATH":                  {form{executable: "/usr/local/bin/agentcore-3lo", typed: "agentcore-3lo", shell: POSIX}, "/usr/local/bin/agentcore-3lo", "agentcore-3lo"},
		"another one is on PATH":   {form{executable: "/src/agentcore-3lo", typed: "./agentcore-3lo", shell: POSIX}, "/usr/local/bin/agentcore-3lo", "./agentcore-3lo"},
		"renamed, with a space":    {form{executable: "/Users/ana/My Apps/3lo", typed: "/Users/ana/My Apps/3lo", shell: POSIX}, "", "'/Users/ana/My Apps/3lo'"},
		"PowerShell, a space":      {form{executable: `C:\Users\Ana X\agentcore-3lo.exe`, shell: PowerShell, windows: true}, "", `& 'C:\Users\Ana X\agentcore-3lo.exe'`},
		"PowerShell, here":         {form{executable: `C:\Users\Ana X\agentcore-3lo.exe`, folder: `c:\users\ana x`, shell: PowerShell, windows: true}, "", `.\agentcore-3lo`},
		"PowerShell, on PATH":      {form{executable: `C:\bin\agentcore-3lo.exe`, shell: PowerShell, windows: true}, `C:\bin\agentcore-3lo.exe`, "agentcore-3lo"},
		"cmd, a space":             {form{executable: `C:\Users\Ana X\agentcore-3lo.exe`, shell: Cmd, windows: true}, "", `"C:\Users\Ana X\agentcore-3lo.exe"`},
		"Git Bash keeps backslash": {form{executable: `C:\Users\Ana\agentcore-3lo.exe`, shell: POSIX, windows: true}, "", `'C:\Users\Ana\agentcore-3lo.exe'`},
		"Git Bash, here":           {form{executable: `C:\Users\Ana\agentcore-3lo.exe`, folder: `C:\Users\Ana`, shell: POSIX, windows: true}, "", "./agentcore-3lo"},
	} {
		c.onPath = func(string) string { return c.path }
		if got := c.String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheNearestShellIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		ancestors []string
		msystem   string
		want      Shell
	}{
		"directly":                {[]string{"powershell.exe", "explorer.exe"}, "", PowerShell},
		"through go run":          {[]string{"go.exe", "cmd.exe", "explorer.exe"}, "", Cmd},
		"Git Bash":                {[]string{"bash.exe", "mintty.exe"}, "MINGW64", POSIX},
		"PowerShell in Git Bash":  {[]string{"PWSH.EXE", "bash.exe"}, "MINGW64", PowerShell},
		"cmd in Windows Terminal": {[]string{"cmd.exe", "WindowsTerminal.exe"}, "", Cmd},
		"double click":            {[]string{"explorer.exe"}, "", PowerShell},
		"unknown, MSYS":           {[]string{"node.exe"}, "UCRT64", POSIX},
		"nothing is known":        {nil, "", PowerShell},
	} {
		env := func(string) string { return c.msystem }
		if got := nearest(c.ancestors, env); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
