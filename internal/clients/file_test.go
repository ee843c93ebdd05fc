//go:build unix

package clients_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/clients"
	"agentcore-3lo/internal/private"
)

func content(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func replace(t *testing.T, path, with string) (clients.File, error) {
	t.Helper()
	f, err := clients.ReadFile(t.Context(), path)
	if err != nil {
		return f, err
	}
	return f, f.Replace(t.Context(), []byte(with))
}

func TestAFileIsReplacedWithABackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := replace(t, path, "new")
	if err != nil || content(t, path) != "new" || content(t, f.Backup()) != "old" {
		t.Errorf("%v, %q", err, content(t, path))
	}
	for _, name := range []string{path, f.Backup()} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(names) != 2 {
		t.Errorf("there are %v", names)
	}
}

func TestAMissingFileIsCreatedForThisUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	f, err := replace(t, path, "new")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(f.Backup()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a backup of nothing: %v", err)
	}
}

func TestALinkStaysALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "dotfiles.toml"), filepath.Join(dir, "config.toml")
	if err := errors.Join(os.WriteFile(target, []byte("old"), 0o600), os.Symlink("dotfiles.toml", link)); err != nil {
		t.Fatal(err)
	}
	f, err := replace(t, link, "new")
	if err != nil || content(t, target) != "new" {
		t.Errorf("%v, %q", err, content(t, target))
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if want, _ := filepath.EvalSymlinks(target); f.Target != want || f.Path != link {
		t.Errorf("%q, %q", f.Path, f.Target)
	}
}

// Whatever cannot be replaced stays as it is, and the error says why.
func TestWhatCannotBeReplacedStays(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("read-only"), []byte("old"), 0o400), os.Symlink("nowhere", at("dangling")), os.Symlink("circle", at("circle")), os.Mkdir(at("folder"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"read-only": "is read-only", "dangling": "is a link that leads nowhere", "circle": "too many links", "folder": "is a folder", "read-only/below": "not a directory"} {
		if _, err := replace(t, at(name), "new"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if content(t, at("read-only")) != "old" {
		t.Error("the read-only file was replaced")
	}
	if _, err := os.Stat(at("nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the target of the dangling link exists: %v", err)
	}
}

func TestAFileThatChangedMeanwhileStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	for _, before := range []string{"", "old"} {
		_ = os.Remove(path)
		if before != "" {
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f, err := clients.ReadFile(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
			t.Fatal(err)
		}
		var problem *private.Error
		if err := f.Replace(t.Context(), []byte("new")); !errors.As(err, &problem) || content(t, path) != "theirs" {
			t.Errorf("%q: %v, %q", before, err, content(t, path))
		}
	}
}
