package clients

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"agentcore-3lo/internal/private"
	"agentcore-3lo/internal/userfile"
)

// maxFile is the size limit in bytes of a configuration.
const maxFile = 16 << 20

// File is a configuration as it was read.
type File struct {
	Path    string // where the client looks for it
	Target  string // the file itself, where Path is a link
	Content []byte // nil if there is no file yet
	mode    fs.FileMode
}

// ReadFile reads a configuration, or returns an empty one for a path at which there
// is nothing. A link is followed if the file that it leads to belongs to this user.
// What cannot be used is a *private.Error.
func ReadFile(ctx context.Context, path string) (File, error) {
	f := File{Path: path, Target: path, mode: 0o600}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return f, &private.Error{Path: path, Problem: "is a link that leads nowhere", Advice: "Create the file that it leads to, or remove the link."}
		}
		return f, nil
	}
	if err != nil {
		return f, err
	}
	f.Target = target
	info, err := os.Stat(target)
	if err != nil {
		return f, err
	}
	if f.Content, err = userfile.Read(ctx, target, maxFile); err != nil {
		return f, err
	}
	f.mode = info.Mode().Perm()
	if f.Content == nil {
		f.Content = []byte{}
	}
	return f, nil
}

// Writable checks that the file may be replaced. Errors are *private.Error.
func (f File) Writable() error {
	if f.Content == nil {
		return nil
	}
	info, err := os.Lstat(f.Target)
	if err != nil {
		return err
	}
	switch who, own := private.Owner(info); {
	case !info.Mode().IsRegular():
		return &private.Error{Path: f.Target, Problem: "is not a regular file", Advice: "Add the entry yourself."}
	case !own:
		return &private.Error{Path: f.Target, Problem: fmt.Sprintf("belongs to %s, not to the user who runs this program", who), Advice: "Add the entry yourself."}
	case info.Mode().Perm()&0o200 == 0:
		return &private.Error{Path: f.Target, Problem: "is read-only", Advice: "Make it writable, or add the entry yourself."}
	}
	return nil
}

// Backup returns where Replace keeps the content before the change.
func (f File) Backup() string { return f.Target + ".before-agentcore-3lo" }

// Replace writes the file atomically, with the permissions that it had, and keeps
// what it contained before in Backup. It fails if the file has changed since it was
// read.
func (f File) Replace(ctx context.Context, content []byte) error {
	now, err := ReadFile(ctx, f.Path)
	if err != nil {
		return err
	}
	if now.Target != f.Target || !bytes.Equal(now.Content, f.Content) || (now.Content == nil) != (f.Content == nil) {
		return &private.Error{Path: f.Path, Problem: "was changed by another program in the meantime", Advice: "Repeat the command."}
	}
	if err := f.Writable(); err != nil {
		return err
	}
	if f.Content == nil {
		if err := os.MkdirAll(filepath.Dir(f.Target), 0o700); err != nil {
			return err
		}
	} else if err := write(f.Backup(), f.Content, f.mode); err != nil {
		return fmt.Errorf("keep a copy of %s: %w", f.Target, err)
	}
	return write(f.Target, content, f.mode)
}

// write replaces a file atomically, also if the power fails.
func write(path string, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails if the file was renamed
	_, err = file.Write(content)
	if err := errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
