package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"agentcore-3lo/internal/private"
)

const (
	// journals is the folder of the journals, below the state folder.
	journals = "journals"
	// maxJournal is the size in bytes at which a journal is full.
	maxJournal = 4 << 20
	// Full is the kind of a full journal's last entry.
	Full = "full"
)

// Entry is one line of a journal: something that happened in the run. It contains
// no secret, no authorization session and no profile value.
type Entry struct {
	Time    time.Time       `json:"time"`
	Step    string          `json:"step,omitempty"`
	Attempt int             `json:"attempt,omitempty"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body,omitempty"`
}

// Journal is the history of one run: an append-only file of JSON lines, up to
// 4 MiB. Cleanup keeps it; Forget deletes it with the record. It is safe for
// concurrent use.
type Journal struct {
	store Store
	run   string
	mu    sync.Mutex
	begun bool // this process has written to it
}

// Journal returns the journal of a run. Append creates the file.
func (s Store) Journal(run string) *Journal { return &Journal{store: s, run: run} }

// Append adds an entry. It does nothing if the run has no record, or the journal
// is full.
func (j *Journal) Append(e Entry) error {
	if err := CheckName(j.run); err != nil {
		return err
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := os.Lstat(j.store.Path(j.run)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := j.append(line); err != nil {
		return fmt.Errorf("write the journal of run %s: %w", j.run, err)
	}
	return nil
}

func (j *Journal) append(line []byte) error {
	dir, err := private.Make(j.store.Dir, journals)
	if err != nil {
		return err
	}
	defer dir.Close()
	// The file is open for one entry only: Windows does not delete open files.
	file, err := dir.Append(journalName(j.run))
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil || info.Size() > maxJournal {
		return errors.Join(err, file.Close())
	}
	line = append(line, '\n')
	if !j.begun && info.Size() > 0 {
		line = append([]byte{'\n'}, line...) // the last process may have been killed while writing a line
	}
	if info.Size()+int64(len(line)) > maxJournal {
		full, err := json.Marshal(Entry{Time: time.Now(), Kind: Full})
		if err != nil {
			return errors.Join(err, file.Close())
		}
		line = append(append(line, full...), '\n')
	}
	_, err = file.Write(line)
	j.begun = err == nil
	return errors.Join(err, file.Close())
}

// Entries returns the entries of the run's journal, oldest first. Without a
// journal there are none. Incomplete lines are skipped.
func (s Store) Entries(run string) ([]Entry, error) {
	if err := CheckName(run); err != nil {
		return nil, err
	}
	dir, err := private.Open(s.Dir, journals)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of run %s: %w", run, err)
	}
	defer dir.Close()
	raw, err := dir.Read(journalName(run))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the journal of run %s: %w", run, err)
	}
	var all []Entry
	for line := range bytes.Lines(raw) {
		var e Entry
		if json.Unmarshal(line, &e) == nil && e.Kind != "" {
			all = append(all, e)
		}
	}
	return all, nil
}

// JournalPath is the file of a run's journal.
func (s Store) JournalPath(run string) string {
	return filepath.Join(s.Dir, journals, journalName(run))
}

func journalName(run string) string { return run + ".ndjson" }
