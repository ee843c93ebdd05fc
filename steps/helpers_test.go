package steps_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
)

// newRun returns a run that has not begun, in a sandbox of its own. By default the
// simulated person does everything, as with --yes.
func newRun(t *testing.T, options ...func(*sandbox.Options)) *testkit.Run {
	t.Helper()
	return testkit.NewRun(t, testkit.StartSandbox(t, options...))
}

// files is everything in the folder, as one text.
func files(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", path, raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
