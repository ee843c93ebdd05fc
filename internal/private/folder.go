// Package private keeps files in a folder that only this user can access. Links
// inside it are not followed, and files are replaced atomically.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Error says why a folder or file cannot be used, and what to do.
type Error struct {
	Path    string
	Problem string // completes "Path ..."
	Advice  string
}

func (e *Error) Error() string { return e.Path + " " + e.Problem }

const ownFolder = "Set AGENTCORE_3LO_HOME to a folder of your own."

// Folder is an open folder. Its methods take names of its entries; names that lead
// out of it are errors.
type Folder struct {
	path string
	root *os.Root
}

// Make opens a folder below home, or home itself. It creates missing folders for
// this user only.
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

// Open opens a folder below home, or home itself. A missing folder is
// fs.ErrNotExist. The permissions of other users are removed; an entry of another
// user is an *Error.
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

// openHome follows a link to the folder, which the user may choose, unless another
// user could have created the link.
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
	if err := errors.Join(f.checkOwner(".", info), closeHome(path)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// enter replaces the folder by one of its subfolders.
func (f *Folder) enter(name string) (*Folder, error) {
	defer f.Close()
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &Error{f.Path(name), "is not a folder" + linkNote(info), "Move it away, and repeat the command."}
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
		err = below.checkOwner(".", opened)
	}
	if err != nil {
		below.Close()
		return nil, err
	}
	return below, nil
}

// Close releases the folder; its files stay open.
func (f *Folder) Close() { _ = f.root.Close() }

// Path returns the path of an entry.
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

// Check fails if an entry exists and is not a regular file of this user.
func (f *Folder) Check(name string) error {
	info, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Error{f.Path(name), "is not a regular file" + linkNote(info), "Move it away, and repeat the command."}
	}
	return f.checkOwner(name, info)
}

func linkNote(info fs.FileInfo) string {
	if info.Mode()&fs.ModeSymlink != 0 {
		return " but a link, and links are not followed here"
	}
	return ""
}

// checkOwner checks that an entry belongs to this user, and removes the permissions
// of others.
func (f *Folder) checkOwner(name string, info fs.FileInfo) error {
	if who, own := Owner(info); !own {
		return &Error{f.Path(name), fmt.Sprintf("belongs to %s, not to the user who runs this program", who), ownFolder}
	}
	if !openToOthers(info) {
		return nil
	}
	if err := f.root.Chmod(name, info.Mode().Perm()&^0o077); err != nil {
		return fmt.Errorf("remove the permissions of other users on %s: %w", f.Path(name), err)
	}
	if now, err := f.root.Stat(name); err != nil || openToOthers(now) {
		return &Error{f.Path(name), "can be accessed by other users, and its file system does not support permissions", ownFolder}
	}
	return nil
}
