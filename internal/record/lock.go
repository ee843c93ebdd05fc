package record

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// Lock is the right to change a run; one process has it at a time.
type Lock struct {
	file  *flock.Flock
	owner string
}

// HeldError says that another process works on the run.
type HeldError struct{ Run, Holder string }

func (e *HeldError) Error() string {
	return fmt.Sprintf("run %s is in use by %s", e.Run, e.Holder)
}

// Lock takes the run for this process, or returns *HeldError at once. The
// system frees it when the process ends, however it ends.
func (s Store) Lock(run string) (*Lock, error) {
	path := filepath.Join(s.Dir, "runs", run+".lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	// The owner's name stands in a file of its own: Windows refuses to read a
	// locked one.
	owner := filepath.Join(s.Dir, "runs", run+".owner")
	file := flock.New(path, flock.SetPermissions(0o600))
	ok, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	if !ok {
		holder, err := os.ReadFile(owner)
		if err != nil || len(holder) == 0 {
			holder = []byte("another process")
		}
		return nil, &HeldError{Run: run, Holder: strings.TrimSpace(string(holder))}
	}
	if err := os.WriteFile(owner, fmt.Appendf(nil, "process %d\n", os.Getpid()), 0o600); err != nil {
		_ = file.Unlock()
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	return &Lock{file: file, owner: owner}, nil
}

// Release gives the run back.
func (l *Lock) Release() {
	_ = os.Remove(l.owner)
	_ = l.file.Unlock()
}
