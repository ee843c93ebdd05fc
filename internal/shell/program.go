package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Program writes how this program was started, ready to be pasted into the
// shell that started it: "go run .", "agentcore-3lo", "./agentcore-3lo".
func Program() string {
	executable, err := os.Executable()
	if err != nil || len(os.Args) == 0 || os.Args[0] == "" {
		return "agentcore-3lo"
	}
	folder, _ := os.Getwd()
	return form{executable: executable, typed: os.Args[0], folder: folder, shell: Current(), windows: onWindows, onPath: onPath}.String()
}

// form is what decides how a program is named.
type form struct {
	executable string // its file
	typed      string // the first word of the command line
	folder     string // the current one
	shell      Shell
	windows    bool
	onPath     func(name string) (file string) // what a bare name runs; "" = nothing
}

func (f form) String() string {
	base := f.executable[strings.LastIndexAny(f.executable, `/\`)+1:]
	if f.windows {
		base = strings.TrimSuffix(strings.TrimSuffix(base, ".exe"), ".EXE")
	}
	switch {
	case runByGo(f.executable):
		return "go run ."
	case same(f.onPath(base), f.executable):
		return f.shell.Run(base)
	case f.windows && strings.EqualFold(f.executable[:max(0, strings.LastIndexAny(f.executable, `/\`))], f.folder):
		if f.shell == POSIX {
			return f.shell.Run("./" + base)
		}
		return f.shell.Run(`.\` + base)
	case f.windows:
		return f.shell.Run(f.executable)
	}
	return f.shell.Run(f.typed)
}

// goRun is where `go run` puts a program: into its working folder, or since
// Go 1.24 into the build cache, whatever that is called, as HASH-d/NAME.
var goRun = regexp.MustCompile(`/go-build[0-9]+/b[0-9]+/exe/[^/]+$|/[0-9a-f]{2}/[0-9a-f]{64}-d/[^/]+$`)

func runByGo(executable string) bool {
	return goRun.MatchString(strings.ReplaceAll(executable, `\`, "/"))
}

// onPath finds what a bare name runs; a file of the current folder does not
// count, since PowerShell and POSIX shells do not look there.
func onPath(name string) string {
	file, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return file
}

// same says whether two paths are one file.
func same(a, b string) bool {
	if a == "" {
		return false
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y) || filepath.Clean(a) == filepath.Clean(b)
}
