package tty

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Role is the environment variable that makes a test binary run as a different
// program.
const Role = "AGENTCORE_3LO_TEST_ROLE"

var built struct {
	once      sync.Once
	dir, path string
	err       error
}

// Program builds the program once and returns its path.
func Program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "agentcore-3lo"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "agentcore-3lo")
		out, err := exec.Command("go", "build", "-o", built.path, "agentcore-3lo").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// Self returns the path of this test binary.
func Self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Main runs the tests of a package that mostly wait for screens. Many of them run
// in parallel, whatever the number of cores.
func Main(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		_ = f.Value.Set("8")
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}
