package private_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/private"
)

func TestAFileIsReplacedAtomically(t *testing.T) {
	home := filepath.Join(t.TempDir(), "a", "state")
	if _, err := private.Open(home, "runs"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("opening a missing folder: %v", err)
	}
	dir := folder(t, home, "runs")
	for _, content := range []string{"first", "second, longer", "", "3"} {
		if err := dir.Replace("x.json", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := dir.Read("x.json"); string(got) != content || err != nil {
			t.Errorf("%q %v, want %q", got, err, content)
		}
	}
	for _, more := range []string{"one\n", "two\n"} {
		file, err := dir.Append("x.log")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(more); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := dir.Read("x.log"); string(got) != "one\ntwo\n" {
		t.Errorf("the log is %q", got)
	}
	if err := dir.Rename("x.log", "y.log"); err != nil {
		t.Fatal(err)
	}
	if err := dir.Remove("x.json"); err != nil {
		t.Fatal(err)
	}
	if names, err := dir.Names(); err != nil || len(names) != 1 || names[0] != "y.log" {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestLinksAndFoldersAreNotReadAsFiles(t *testing.T) {
	for name, put := range map[string]func(path, victim string) error{
		"a link to a file outside":   func(path, victim string) error { return link(victim, path) },
		"a link to a file inside":    func(path, _ string) error { return link("other", path) },
		"a link to nothing":          func(path, _ string) error { return link("nothing", path) },
		"a link to a folder":         func(path, victim string) error { return link(filepath.Dir(victim), path) },
		"a folder in a file's place": func(path, _ string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			home, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
			dir := folder(t, home, "runs")
			for path, content := range map[string]string{victim: "untouched", dir.Path("other"): "untouched"} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := put(dir.Path("x"), victim); err != nil {
				t.Skip(err) // Windows without the privilege to create links
			}
			_, reading := dir.Read("x")
			_, appending := dir.Append("x")
			for _, err := range []error{reading, appending, dir.Replace("x", []byte("new")), dir.Check("x")} {
				var refused *private.Error
				if !errors.As(err, &refused) || refused.Path != dir.Path("x") || refused.Advice == "" {
					t.Errorf("error %v", err)
				}
			}
			for _, path := range []string{victim, dir.Path("other")} {
				if got, _ := os.ReadFile(path); string(got) != "untouched" {
					t.Errorf("%s is %q now", path, got)
				}
			}
		})
	}
}

func TestALinkInsteadOfAFolderIsNotFollowed(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	if err := link(elsewhere, filepath.Join(home, "runs")); err != nil {
		t.Skip(err)
	}
	for name, open := range map[string]func(string, ...string) (*private.Folder, error){"open": private.Open, "make": private.Make} {
		_, err := open(home, "runs")
		var refused *private.Error
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "a link") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheStateFolderMayBeALinkOfTheUser(t *testing.T) {
	real := t.TempDir()
	home := filepath.Join(t.TempDir(), "state")
	if err := link(real, home); err != nil {
		t.Skip(err)
	}
	if err := folder(t, home).Replace("x", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(real, "x")); string(got) != "kept" {
		t.Errorf("it holds %q", got)
	}
}

func TestNamesOutsideTheFolderAreRejected(t *testing.T) {
	home := t.TempDir()
	dir := folder(t, home, "runs")
	for _, name := range []string{"../up", "/etc/passwd", "../../up"} {
		if err := dir.Replace(name, nil); err == nil {
			t.Errorf("%s was written", name)
		}
		if _, err := dir.Append(name); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	if entries, _ := os.ReadDir(home); len(entries) != 1 {
		t.Errorf("the state folder contains %v", entries)
	}
}

// folder opens a folder until the test ends.
func folder(t *testing.T, home string, below ...string) *private.Folder {
	t.Helper()
	dir, err := private.Make(home, below...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.Close)
	return dir
}

// link creates a symbolic link. Windows requires a privilege for it, and Wine does
// not really create it.
func link(to, path string) error {
	if err := os.Symlink(to, path); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return errors.New("symbolic links are not supported here")
	}
	return nil
}
