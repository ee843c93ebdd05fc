// Package private keeps files in a folder that belongs to this user alone. The
// folder is closed to others, links inside it are not followed, and a file is
// replaced as a whole or not at all.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Error says why a folder or file must not be used, and what to do about it.
type Error struct {
	Path    string
	Problem string // completes "Path ..."
	Advice  string
}

func (e *Error) Error() string { return e.Path + " " + e.Problem }

const ownFolder = "Set AGENTCORE_3LO_HOME to a folder of your own."

// Folder is an open folder. Names given to its methods are names of its own
// entries; whatever leads out of it is refused.
type Folder struct {
	path string
	root *os.Root
}

// Make opens a folder below home, or home itself, and creates what is missing
// for this user alone.
func Make(home string, below ...string) (*Folder, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	f, err := openHome(home)
	for _, name := range below {
		if err != nil {
			return nil, err
		}
		if err := f.root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			f.Close()
			return nil, err
		}
		f, err = f.enter(name)
	}
	return f, err
}

// Open opens a folder below home, or home itself, and creates nothing: what is
// missing is fs.ErrNotExist. What is open to others is closed; what belongs to
// somebody else is an *Error.
func Open(home string, below ...string) (*Folder, error) {
	f, err := openHome(home)
	for _, name := range below {
		if err != nil {
			return nil, err
		}
		f, err = f.enter(name)
	}
	return f, err
}

// openHome follows a link to the folder, which is the user's own choice, but
// only one that others could not have put there.
func openHome(path string) (*Folder, error) {
	link, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if link.Mode()&fs.ModeSymlink != 0 && !linkIsTrusted(link) {
		return nil, &Error{path, "is a link that belongs to another user", ownFolder}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &Error{path, "is not a folder", ownFolder}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f := &Folder{path, root}
	if err := errors.Join(f.isOurs(".", info), closeHome(path)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// enter replaces the folder by one of its own folders.
func (f *Folder) enter(name string) (*Folder, error) {
	defer f.Close()
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &Error{f.Path(name), "is not a folder" + orLink(info), "Move it away, and repeat the command."}
	}
	root, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	below := &Folder{f.Path(name), root}
	opened, err := root.Stat(".")
	if err == nil && !os.SameFile(info, opened) {
		err = &Error{below.path, "was replaced while it was opened", "Repeat the command."}
	}
	if err == nil {
		err = below.isOurs(".", opened)
	}
	if err != nil {
		below.Close()
		return nil, err
	}
	return below, nil
}

// Close releases the folder; its files stay open.
func (f *Folder) Close() { _ = f.root.Close() }

// Path is where an entry is, for messages and for what opens files by path.
func (f *Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Names lists the entries.
func (f *Folder) Names() ([]string, error) {
	dir, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// Check refuses an entry that is there and is not a file of this user: a link,
// a folder, a pipe, another user's file.
func (f *Folder) Check(name string) error {
	info, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Error{f.Path(name), "is not a regular file" + orLink(info), "Move it away, and repeat the command."}
	}
	return f.isOurs(name, info)
}

func orLink(info fs.FileInfo) string {
	if info.Mode()&fs.ModeSymlink != 0 {
		return " but a link, and links are not followed here"
	}
	return ""
}

// isOurs checks who owns an entry, and takes the rights of others away.
func (f *Folder) isOurs(name string, info fs.FileInfo) error {
	if who, ours := owner(info); !ours {
		return &Error{f.Path(name), fmt.Sprintf("belongs to %s, not to the user who runs this program", who), ownFolder}
	}
	if !openToOthers(info) {
		return nil
	}
	if err := f.root.Chmod(name, info.Mode().Perm()&^0o077); err != nil {
		return fmt.Errorf("close %s to other users: %w", f.Path(name), err)
	}
	if now, err := f.root.Stat(name); err != nil || openToOthers(now) {
		return &Error{f.Path(name), "is open to other users, and its file system keeps no permissions", ownFolder}
	}
	return nil
}
