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
	// maxJournal is the size in bytes after which a journal takes no more.
	maxJournal = 4 << 20
	// Full is the kind of a full journal's last entry.
	Full = "full"
)

// Entry is one line of a journal: something that happened in the run. It holds
// no secret, no authorization session and no value of a profile.
type Entry struct {
	Time    time.Time       `json:"time"`
	Step    string          `json:"step,omitempty"`
	Attempt int             `json:"attempt,omitempty"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body,omitempty"`
}

// Journal is the history of one run: a file of JSON lines that only grows, up to
// 4 MiB. It outlives cleanup, and goes with the record. It is safe for
// concurrent use.
type Journal struct {
	store Store
	run   string
	mu    sync.Mutex
	begun bool // this process has written to it
}

// Journal returns the journal of a run. Append creates the file.
func (s Store) Journal(run string) *Journal { return &Journal{store: s, run: run} }

// Append adds an entry. It does nothing for a run without a record, which is
// forgotten or remembered nowhere, and for a journal that is full.
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
		line = append([]byte{'\n'}, line...) // the last process may have died in the middle of a line
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

// Entries returns what the run's journal holds, oldest first; nothing where
// there is none. A line that was cut off is left out.
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
