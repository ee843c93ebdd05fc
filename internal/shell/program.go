package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"agentcore-3lo/internal/pattern"
)

// Program returns the command that started this program, ready to paste into the
// same shell: "go run .", "agentcore-3lo", "./agentcore-3lo".
func Program() string { return program() }

// program looks it up once: --help alone names it two dozen times.
var program = sync.OnceValue(func() string {
	executable, err := os.Executable()
	if err != nil || len(os.Args) == 0 || os.Args[0] == "" {
		return "agentcore-3lo"
	}
	folder, _ := os.Getwd()
	return form{executable: executable, typed: os.Args[0], folder: folder, shell: Current(), windows: onWindows, onPath: findOnPath}.String()
})

// Executable returns the absolute path of this program for a configuration that
// outlives the process: the path that a bare name runs, where that is this program,
// since a package manager changes what it leads to. ok is false for a program that
// was started by go run, which deletes it.
func Executable() (path string, ok bool) {
	executable, err := os.Executable()
	if err != nil || runByGo(executable) {
		return executable, false
	}
	if found := findOnPath(filepath.Base(executable)); sameFile(found, executable) {
		if absolute, err := filepath.Abs(found); err == nil {
			return absolute, true
		}
	}
	return executable, true
}

// BuiltProgram returns the command that runs this program after go build in the
// current folder.
func BuiltProgram() string {
	const name = "agentcore-3lo"
	if onWindows && Current() != POSIX {
		return Current().Run(`.\` + name)
	}
	return "./" + name
}

// form is what determines how a program is called.
type form struct {
	executable string // the file
	typed      string // the first word of the command line
	folder     string // the current folder
	shell      Shell
	windows    bool
	onPath     func(name string) (file string) // file that a bare name runs, or ""
}

func (f form) String() string {
	base := f.executable[strings.LastIndexAny(f.executable, `/\`)+1:]
	if f.windows {
		base = strings.TrimSuffix(strings.TrimSuffix(base, ".exe"), ".EXE")
	}
	switch {
	case runByGo(f.executable):
		return "go run ."
	case sameFile(f.onPath(base), f.executable):
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

// goRun matches where `go run` puts a program: in its working folder or, since Go
// 1.24, in the build cache, wherever that is, as HASH-d/NAME.
var goRun = pattern.New(`/go-build[0-9]+/b[0-9]+/exe/[^/]+$|/[0-9a-f]{2}/[0-9a-f]{64}-d/[^/]+$`)

func runByGo(executable string) bool {
	return goRun.MatchString(strings.ReplaceAll(executable, `\`, "/"))
}

// findOnPath returns the file that a bare name runs. Files in the current folder
// are ignored, because PowerShell and POSIX shells do not run them.
func findOnPath(name string) string {
	file, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return file
}

// sameFile reports whether two paths lead to the same file.
func sameFile(a, b string) bool {
	if a == "" {
		return false
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y) || filepath.Clean(a) == filepath.Clean(b)
}
