package private

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// maxFile is the size in bytes from which a file is not read: state is small.
const maxFile = 64 << 20

// Read returns a file's content.
func (f *Folder) Read(name string) ([]byte, error) {
	if err := f.Check(name); err != nil {
		return nil, err
	}
	var raw []byte
	err := patiently(f.Path(name), func() error {
		file, err := f.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		raw, err = io.ReadAll(io.LimitReader(file, maxFile+1))
		return err
	})
	if err == nil && len(raw) > maxFile {
		err = &Error{f.Path(name), "is too large", "Move it away, and repeat the command."}
	}
	return raw, err
}

// Replace writes a file as a whole or not at all, also when the power goes.
func (f *Folder) Replace(name string, content []byte) error {
	if err := f.Check(name); err != nil {
		return err
	}
	fresh := ".new-" + rand.Text()
	file, err := f.root.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(f.Path(fresh)) // fails, as it should, once renamed
	_, err = file.Write(content)
	if err := errors.Join(err, file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := f.Rename(fresh, name); err != nil {
		return err
	}
	if dir, err := f.root.Open("."); err == nil { // Windows cannot sync a folder, and need not
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// ReadFile returns the content of a file in the folder dir.
func ReadFile(dir, name string) ([]byte, error) {
	f, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Read(name)
}

// WriteFile replaces a file in the folder dir, which must be there.
func WriteFile(dir, name string, content []byte) error {
	f, err := Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Replace(name, content)
}

// Append opens a file for appending, and creates it if it is missing.
func (f *Folder) Append(name string) (*os.File, error) {
	if err := f.Check(name); err != nil {
		return nil, err
	}
	var file *os.File
	err := patiently(f.Path(name), func() (err error) {
		file, err = f.root.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY|nonblock, 0o600)
		return err
	})
	return file, err
}

// Rename renames an entry and replaces what has the new name.
func (f *Folder) Rename(from, to string) error {
	return patiently(f.Path(to), func() error { return f.root.Rename(from, to) })
}

// Remove deletes an entry.
func (f *Folder) Remove(name string) error {
	if !filepath.IsLocal(name) {
		return &Error{f.Path(name), "is not in the folder", "Repeat the command."}
	}
	return patiently(f.Path(name), func() error { return os.Remove(f.Path(name)) }) // Wine lacks what os.Root calls for it
}

// patience is how long a file that another program has open is waited for. Go's
// own cmd/internal/robustio waits as long for the same errors of Windows.
const patience = 2 * time.Second

// patiently repeats what fails because another program, such as a virus
// scanner, has the file at this path open at the moment. Windows answers the same
// to a user who may not write, which is why the advice names both.
func patiently(path string, do func() error) error {
	pause, deadline := time.Millisecond, time.Now().Add(patience)
	for {
		err := do()
		if err == nil || !inUse(err) {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return &Error{path, fmt.Sprintf("has been open in another program for %v, or is closed to you (%v)", patience, err),
				"Close what has it open, such as an editor, a backup or a virus scanner, and see that you may write it. Then repeat the command."}
		}
		time.Sleep(pause)
		pause = min(2*pause, 100*time.Millisecond)
	}
}
