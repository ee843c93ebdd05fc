package run

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

	"agentcore-3lo/internal/private"
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

// UnusableError says that a record, or the folder of the records, cannot be used:
// it is damaged, from a newer version, not the user's own file, or names an
// endpoint to which no credentials may be sent. It is never changed, because it
// may be the only trace of existing resources.
type UnusableError struct {
	Run  string // "" = the folder
	Path string
	Err  error // why
}

func (e *UnusableError) Error() string { return e.Err.Error() }
func (e *UnusableError) Unwrap() error { return e.Err }

// CorruptError says that a record cannot be read.
type CorruptError struct {
	Path string
	Err  error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the record %s is damaged: %v", e.Path, e.Err)
}
func (e *CorruptError) Unwrap() error { return e.Err }

// NewerError says that a record was written by a newer version.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the record %s has version %d, but this program reads only up to %d; use a newer program", e.Path, e.Version, Version)
}

// ErrNotFound says that there is no record of that name.
var ErrNotFound = errors.New("no such run")

// folder is where the records are, below the state folder.
const folder = "runs"

// Path is the file of a run.
func (s Store) Path(run string) string { return filepath.Join(s.Dir, folder, run+".json") }

// Load reads a run's record. Without one the error is ErrNotFound. If the record
// cannot be used, it is an *UnusableError that wraps the reason (a *CorruptError, a
// *NewerError, an *EndpointError or another). If another run's name differs only in
// upper and lower case, it is a *CaseError.
func (s Store) Load(run string) (*Record, error) {
	if err := CheckName(run); err != nil {
		return nil, err
	}
	dir, err := private.Open(s.Dir, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, run)
	}
	if err != nil {
		return nil, s.unusable(fmt.Errorf("read the record of run %s: %w", run, err))
	}
	defer dir.Close()
	return load(dir, run)
}

// unusable is the error of a folder that cannot be read.
func (s Store) unusable(err error) error {
	return &UnusableError{Path: filepath.Join(s.Dir, folder), Err: err}
}

func load(dir *private.Folder, run string) (*Record, error) {
	names, err := dir.Names()
	if err != nil {
		return nil, fmt.Errorf("read the record of run %s: %w", run, err)
	}
	if !slices.Contains(names, run+".json") { // a disk that ignores case would open another run's file
		if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, run+".json") }); i >= 0 {
			return nil, &CaseError{Run: run, Called: strings.TrimSuffix(names[i], filepath.Ext(names[i]))}
		}
		return nil, fmt.Errorf("%w: %s", ErrNotFound, run)
	}
	path := dir.Path(run + ".json")
	raw, err := dir.Read(run + ".json")
	if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
		return nil, fmt.Errorf("%w: %s", ErrNotFound, run)
	}
	if err != nil {
		return nil, &UnusableError{run, path, fmt.Errorf("read the record of run %s: %w", run, err)}
	}
	r, err := decode(raw, run, path)
	if err != nil {
		return nil, &UnusableError{run, path, err}
	}
	return r, nil
}

func decode(raw []byte, run, path string) (*Record, error) {
	var r Record
	err := json.Unmarshal(raw, &r) // a member of another type does not keep it from the version
	if r.Version > Version {
		return nil, &NewerError{path, r.Version}
	}
	if err != nil {
		return nil, &CorruptError{path, err}
	}
	if r.Version < 1 || r.Run != run {
		return nil, &CorruptError{path, fmt.Errorf("version %d, run %q", r.Version, r.Run)}
	}
	if err := checkEndpoints(r.Environment.Endpoints, path); err != nil {
		return nil, err
	}
	if r.Steps == nil {
		r.Steps = map[string]Mark{}
	}
	return &r, nil
}

// Save writes the record durably. It never overwrites a record that cannot be
// read; then it returns Load's error.
func (s Store) Save(r *Record) error {
	if err := CheckName(r.Run); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	dir, err := private.Make(s.Dir, folder)
	if err != nil {
		return fmt.Errorf("write the record of run %s: %w", r.Run, err)
	}
	defer dir.Close()
	var endpoint *EndpointError
	if _, err := load(dir, r.Run); err != nil && !errors.Is(err, ErrNotFound) && !errors.As(err, &endpoint) {
		return err
	}
	if err := dir.Replace(r.Run+".json", append(raw, '\n')); err != nil {
		return fmt.Errorf("write the record of run %s: %w", r.Run, err)
	}
	return nil
}

// List returns every record that can be used, newest first, and an *UnusableError
// for each other record, or for the folder.
func (s Store) List() ([]*Record, []error) {
	dir, err := private.Open(s.Dir, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{s.unusable(fmt.Errorf("read the state folder: %w", err))}
	}
	defer dir.Close()
	names, err := dir.Names()
	if err != nil {
		return nil, []error{s.unusable(fmt.Errorf("read the state folder: %w", err))}
	}
	slices.Sort(names)
	var records []*Record
	var broken []error
	for _, name := range names {
		run, isRecord := strings.CutSuffix(name, ".json")
		if !isRecord || CheckName(run) != nil {
			continue
		}
		r, err := load(dir, run)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			broken = append(broken, err)
			continue
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b *Record) int { return b.Created.Compare(a.Created) })
	return records, broken
}
