//go:build unix

package e2e_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"agentcore-3lo/internal/testkit/freeport"
)

// TestScript runs testdata/script: what a person would type, and what must be
// written. Each script has a state folder, and in $PORT a port for the callback.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "state")
			if err := os.MkdirAll(filepath.Join(home, "sandbox"), 0o700); err != nil {
				return err
			}
			env.Vars = append(env.Vars, "AGENTCORE_3LO_HOME="+home, "HOME="+home, "AWS_EC2_METADATA_DISABLED=true",
				"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent")
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("PORT", fmt.Sprint(freeport.Take(t)))
			return os.WriteFile(filepath.Join(home, "sandbox", "port"), []byte(fmt.Sprint(freeport.Take(t))), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits,
			"taken": taken,
		},
	})
}

// exits runs a command that must end with the given exit code:
//
//	exits 2 agentcore-3lo run nonsense
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit %d, want %d", code, want)
	}
}

// taken listens on a port until the script ends, and names it in a variable:
//
//	taken BUSY
func taken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: taken VARIABLE")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
}
