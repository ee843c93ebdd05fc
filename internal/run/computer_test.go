package run_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"agentcore-3lo/internal/run"
)

func TestAComputerKeepsItsIDAndNoTwoShareOne(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 20)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			var err error
			if ids[i], err = (run.Store{Dir: filepath.Join(dir, "state")}).Computer(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] || len(id) != 32 {
			t.Errorf("ids %v", ids)
		}
	}
	if other, err := (run.Store{Dir: filepath.Join(dir, "other")}).Computer(); err != nil || other == ids[0] {
		t.Errorf("another folder has %q, %v", other, err)
	}
	info, err := os.Stat(filepath.Join(dir, "state", "computer"))
	if err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Another id would make every run here one from elsewhere.
func TestADamagedComputerIDIsReportedAndKept(t *testing.T) {
	for _, content := range []string{"", "\x00\x00", "0123", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef0"} {
		s := run.Store{Dir: t.TempDir()}
		path := filepath.Join(s.Dir, "computer")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var damaged *run.DamagedComputerError
		if id, err := s.Computer(); id != "" || !errors.As(err, &damaged) || damaged.Path != path {
			t.Errorf("%q: %q, %v", content, id, err)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != content {
			t.Errorf("%q became %q, %v", content, kept, err)
		}
	}
}
