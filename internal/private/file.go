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

// maxFile is the size limit in bytes. State files are small.
const maxFile = 64 << 20

// Read returns a file's content.
func (f *Folder) Read(name string) ([]byte, error) {
	if err := f.Check(name); err != nil {
		return nil, err
	}
	var raw []byte
	err := retryInUse(f.Path(name), func() error {
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

// Replace writes a file atomically, also if the power fails.
func (f *Folder) Replace(name string, content []byte) error {
	if err := f.Check(name); err != nil {
		return err
	}
	fresh := ".new-" + rand.Text()
	file, err := f.root.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(f.Path(fresh)) // fails if the file was renamed
	_, err = file.Write(content)
	if err := errors.Join(err, file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := f.Rename(fresh, name); err != nil {
		return err
	}
	if dir, err := f.root.Open("."); err == nil { // not possible and not needed on Windows
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

// WriteFile replaces a file in the folder dir, which must exist.
func WriteFile(dir, name string, content []byte) error {
	f, err := Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Replace(name, content)
}

// Append opens a file for appending, and creates it if it does not exist.
func (f *Folder) Append(name string) (*os.File, error) {
	if err := f.Check(name); err != nil {
		return nil, err
	}
	var file *os.File
	err := retryInUse(f.Path(name), func() (err error) {
		file, err = f.root.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY|nonblock, 0o600)
		return err
	})
	return file, err
}

// Rename renames an entry, and replaces one with the new name.
func (f *Folder) Rename(from, to string) error {
	return retryInUse(f.Path(to), func() error { return f.root.Rename(from, to) })
}

// Remove deletes an entry.
func (f *Folder) Remove(name string) error {
	if !filepath.IsLocal(name) {
		return &Error{f.Path(name), "is not in the folder", "Repeat the command."}
	}
	return retryInUse(f.Path(name), func() error { return os.Remove(f.Path(name)) }) // Wine does not support what os.Root uses
}

// retryLimit is how long an operation on a file is retried while another program
// has it open. Go's cmd/internal/robustio uses the same limit.
const retryLimit = 2 * time.Second

// retryInUse retries an operation while another program, such as a virus scanner,
// has the file open. Windows returns the same error if the user has no permission
// to write, so the error mentions both.
func retryInUse(path string, do func() error) error {
	pause, deadline := time.Millisecond, time.Now().Add(retryLimit)
	for {
		err := do()
		if err == nil || !inUse(err) {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return &Error{path, fmt.Sprintf("has been open in another program for %v, or you have no permission to write it (%v)", retryLimit, err),
				"Close what has it open, such as an editor, a backup or a virus scanner, and see that you may write it. Then repeat the command."}
		}
		time.Sleep(pause)
		pause = min(2*pause, 100*time.Millisecond)
	}
}
