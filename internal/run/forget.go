package run

import (
	"errors"
	"fmt"
	"io/fs"

	"agentcore-3lo/internal/private"
)

// LeftError says that a run may have resources, so that its record must stay.
type LeftError struct{ Run string }

func (e *LeftError) Error() string {
	return fmt.Sprintf("run %s is not cleaned up, and its record is what finds its resources", e.Run)
}

// Forget deletes what is remembered of a run that is cleaned up or created
// nothing: record, journal, log and lock. The error is a *LeftError for any other
// run, a *HeldError where a process works on it, or Load's.
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
