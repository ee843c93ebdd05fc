package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Home returns the folder for state and logs: AGENTCORE_3LO_HOME, or the
// platform's state folder (XDG Base Directory on Linux, Application Support on
// macOS, LocalAppData on Windows).
func Home(env func(string) string) (string, error) {
	if home := env("AGENTCORE_3LO_HOME"); home != "" {
		return filepath.Abs(home)
	}
	const name = "agentcore-3lo"
	if runtime.GOOS == "windows" && env("LOCALAPPDATA") != "" {
		return filepath.Join(env("LOCALAPPDATA"), name), nil
	}
	if state := env("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, name), nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home folder for the state; set AGENTCORE_3LO_HOME: %w", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(user, "Library", "Application Support", name), nil
	}
	return filepath.Join(user, ".local", "state", name), nil
}

// Store is the folder of records.
type Store struct{ Dir string }

// CorruptError says that a record could not be read and where it was kept.
type CorruptError struct {
	Path, Kept string
	Err        error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the record %s cannot be read (%v); it was kept as %s", e.Path, e.Err, e.Kept)
}
func (e *CorruptError) Unwrap() error { return e.Err }

// NewerError says that a record was written by a newer version.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the record %s has version %d and this program reads up to %d; use the newer program", e.Path, e.Version, Version)
}

// ErrNotFound says that there is no record of that name.
var ErrNotFound = errors.New("no such run")

// Path is the file of a run.
func (s Store) Path(run string) string { return filepath.Join(s.Dir, "runs", run+".json") }

// Load reads a run's record. A corrupt one is renamed, never overwritten, and
// reported as *CorruptError; a newer one stays where it is.
func (s Store) Load(run string) (*Record, error) {
	path := s.Path(run)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, run)
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", run, err)
	}
	r, err := decode(raw, run)
	var newer *NewerError
	if errors.As(err, &newer) {
		newer.Path = path
		return nil, newer
	}
	if err != nil {
		kept := fmt.Sprintf("%s.corrupt-%s", path, time.Now().UTC().Format("20060102T150405.000000"))
		if renameErr := os.Rename(path, kept); renameErr != nil {
			kept = path
		}
		return nil, &CorruptError{Path: path, Kept: kept, Err: err}
	}
	return r, nil
}

func decode(raw []byte, run string) (*Record, error) {
	var head struct{ Version int }
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, err
	}
	if head.Version > Version {
		return nil, &NewerError{Version: head.Version}
	}
	var r Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.Version < 1 || r.Run != run {
		return nil, fmt.Errorf("version %d, run %q", r.Version, r.Run)
	}
	if r.Steps == nil {
		r.Steps = map[string]Mark{}
	}
	return &r, nil
}

// Save writes the record durably: a new file, synced, renamed over the old.
func (s Store) Save(r *Record) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := writeDurably(s.Path(r.Run), append(raw, '\n')); err != nil {
		return fmt.Errorf("write the record of run %s: %w", r.Run, err)
	}
	return nil
}

func writeDurably(path string, raw []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".record-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil { // Windows cannot sync a folder, and need not
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// List returns every readable record, newest first, and the errors of the
// others.
func (s Store) List() ([]*Record, []error) {
	entries, err := os.ReadDir(filepath.Join(s.Dir, "runs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read the state folder: %w", err)}
	}
	var records []*Record
	var broken []error
	for _, e := range entries {
		run, isRecord := strings.CutSuffix(e.Name(), ".json")
		if !isRecord || strings.HasPrefix(run, ".") {
			continue
		}
		r, err := s.Load(run)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b *Record) int { return b.Created.Compare(a.Created) })
	return records, broken
}
