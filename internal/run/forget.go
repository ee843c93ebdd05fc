package run

import (
	"errors"
	"fmt"
	"io/fs"

	"agentcore-3lo/internal/private"
)

// LeftError says that a run may still have resources, so its record is needed.
type LeftError struct{ Run string }

func (e *LeftError) Error() string {
	return fmt.Sprintf("run %s is not cleaned up, and cleanup needs its record to find its resources", e.Run)
}

// Forget deletes the record, journal, log and lock of a run that is cleaned up or
// created nothing. For any other run the error is a *LeftError; if a process is
// working on it, a *HeldError; otherwise it is Load's.
func (s Store) Forget(run string) error {
	if _, err := s.Load(run); err != nil { // before the lock, which would create its file
		return err
	}
	lock, err := s.Lock(run)
	if err != nil {
		return err
	}
	defer lock.Release()
	r, err := s.Load(run)
	if err != nil {
		return err
	}
	if r.Unfinished() && len(r.Resources) > 0 {
		return &LeftError{run}
	}
	if err := s.removeIn("logs", run+".log"); err != nil {
		return err
	}
	return s.Remove(run)
}

// Remove deletes a run's journal and record.
func (s Store) Remove(run string) error {
	if err := s.removeIn(journals, journalName(run)); err != nil {
		return err
	}
	return s.removeIn(folder, run+".json")
}

// removeIn deletes a file that may be missing.
func (s Store) removeIn(below, name string) error {
	dir, err := private.Open(s.Dir, below)
	if err == nil {
		defer dir.Close()
		err = dir.Remove(name)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("remove %s: %w", name, err)
}
