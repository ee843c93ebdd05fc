package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/gofrs/flock"

	"agentcore-3lo/internal/private"
)

// Lock is the right to change a run; one process has it at a time.
type Lock struct {
	dir  *private.Folder
	file *flock.Flock
	run  string
}

// HeldError says that another process is working on the run.
type HeldError struct{ Run, Holder string }

func (e *HeldError) Error() string {
	return fmt.Sprintf("run %s is in use by %s", e.Run, e.Holder)
}

// Lock locks the run for this process. If another process has it, Lock returns a
// *HeldError without waiting. The operating system releases the lock when the
// process ends.
func (s Store) Lock(run string) (_ *Lock, err error) {
	if err := CheckName(run); err != nil {
		return nil, err
	}
	dir, err := private.Make(s.Dir, folder)
	if err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	// The process ID is in another file, because Windows does not let others read
	// a locked one.
	l := &Lock{dir: dir, file: flock.New(dir.Path(run+".lock"), flock.SetPermissions(0o600)), run: run}
	got := false
	defer func() {
		if err != nil && got {
			_ = l.file.Unlock()
		}
		if err != nil {
			dir.Close()
		}
	}()
	if err = dir.Check(run + ".lock"); err == nil {
		got, err = l.file.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	if !got {
		holder, err := dir.Read(run + ".owner")
		if err != nil || len(holder) == 0 {
			holder = []byte("another process")
		}
		return nil, &HeldError{Run: run, Holder: strings.TrimSpace(string(holder))}
	}
	if removable && !l.present() { // the last process deleted the run
		_ = l.file.Unlock()
		dir.Close()
		return s.Lock(run)
	}
	if err := dir.Replace(run+".owner", fmt.Appendf(nil, "process %d\n", os.Getpid())); err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	return l, nil
}

// removable reports whether a file can be removed while it is open.
const removable = runtime.GOOS != "windows"

// present reports whether the locked file is still the run's.
func (l *Lock) present() bool {
	locked, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(l.dir.Path(l.run + ".lock"))
	return err == nil && os.SameFile(locked, named)
}

// Release releases the lock. If the run has no record, it also deletes the lock
// files.
func (l *Lock) Release() {
	defer l.dir.Close()
	_ = l.dir.Remove(l.run + ".owner")
	_, err := os.Lstat(l.dir.Path(l.run + ".json"))
	forgotten := errors.Is(err, fs.ErrNotExist)
	if forgotten && removable { // before another process can lock it
		_ = l.dir.Remove(l.run + ".lock")
	}
	_ = l.file.Unlock()
	if forgotten && !removable {
		_ = l.dir.Remove(l.run + ".lock")
	}
}
