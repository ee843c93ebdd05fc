package steps_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
)

// Only a disk that takes nothing is helped by more room on it.
func TestARecordThatCannotBeWrittenGetsTheAdviceOfItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s run.Store) error
		want  string
	}{
		"damaged meanwhile": {func(s run.Store) error { return os.WriteFile(s.Path("demo"), []byte("{"), 0o600) }, "to another folder"},
		"by a newer program": {func(s run.Store) error {
			return os.WriteFile(s.Path("demo"), []byte(`{"version":99,"run":"demo"}`), 0o600)
		}, "Use the version of the program that wrote it"},
		"a folder in its place": {func(s run.Store) error { _ = os.Remove(s.Path("demo")); return os.Mkdir(s.Path("demo"), 0o700) }, "Move it away"},
		"a file in the folder's place": {func(s run.Store) error {
			dir := s.Dir + "/runs"
			_ = os.RemoveAll(dir)
			return os.WriteFile(dir, nil, fs.FileMode(0o600))
		}, "Move it away"},
	} {
		t.Run(name, func(t *testing.T) {
			store := run.Store{Dir: t.TempDir()}
			walk := testkit.NewWalk(store, testkit.NewRecord("demo", true))
			t.Cleanup(func() { _ = walk.Close() })
			if err := walk.Run.Keep(); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(store); err != nil {
				t.Fatal(err)
			}
			f := walk.Explain("", walk.Run.Keep())
			if f.Exit != steps.ExitFailed || !strings.Contains(f.Next, c.want) || strings.Contains(f.Next, "Make room") {
				t.Errorf("%+v", f)
			}
		})
	}
}
