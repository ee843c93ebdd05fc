//go:build unix

package private_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/internal/private"
)

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestPermissionsOfOthersAreRemoved(t *testing.T) {
	for _, open := range []os.FileMode{0o777, 0o755, 0o750, 0o701, 0o722} {
		home := filepath.Join(t.TempDir(), "state")
		dir := folder(t, home, "runs")
		if err := dir.Replace("x", []byte("kept")); err != nil {
			t.Fatal(err)
		}
		for path, m := range map[string]os.FileMode{home: open, dir.Path(""): open, dir.Path("x"): open &^ 0o111} {
			if err := os.Chmod(path, m); err != nil {
				t.Fatal(err)
			}
		}
		again, err := private.Open(home, "runs")
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Read("x")
		again.Close()
		if string(got) != "kept" || err != nil {
			t.Errorf("%v: %q %v", open, got, err)
		}
		if a, b, c := mode(t, home), mode(t, dir.Path("")), mode(t, dir.Path("x")); a != 0o700 || b != 0o700 || c != 0o600 {
			t.Errorf("%v: modes are %v %v %v", open, a, b, c)
		}
	}
}

func TestPermissionsAreNotAdded(t *testing.T) {
	home := t.TempDir()
	if err := os.Chmod(home, 0o555); err != nil {
		t.Fatal(err)
	}
	dir, err := private.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	if got := mode(t, home); got != 0o500 {
		t.Errorf("the mode is %v", got)
	}
}

func TestEntriesOfAnotherUserAreRejected(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const stranger = 12345
	parts := map[string]func(home string) string{
		"the state folder": func(home string) string { return home },
		"a folder in it":   func(home string) string { return filepath.Join(home, "runs") },
		"a file":           func(home string) string { return filepath.Join(home, "runs", "x") },
	}
	for name, part := range parts {
		home := filepath.Join(t.TempDir(), "state")
		if err := folder(t, home, "runs").Replace("x", []byte("foreign")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(part(home), stranger, stranger); err != nil {
			t.Skip(err)
		}
		dir, err := private.Make(home, "runs")
		if err == nil {
			_, err = dir.Read("x")
			dir.Close()
		}
		var refused *private.Error
		if !errors.As(err, &refused) || refused.Path != part(home) || !strings.Contains(err.Error(), "12345") || !strings.Contains(refused.Advice, "AGENTCORE_3LO_HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Symlink(t.TempDir(), link), os.Lchown(link, stranger, stranger)); err != nil {
		t.Skip(err)
	}
	if _, err := private.Open(link); err == nil || !strings.Contains(err.Error(), "link") {
		t.Errorf("a link of another user: %v", err)
	}
}

func TestAPipeOrSocketDoesNotBlock(t *testing.T) {
	dir := folder(t, t.TempDir(), "runs")
	if err := syscall.Mkfifo(dir.Path("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 4)
	go func() {
		_, err := dir.Read("pipe")
		done <- err
		_, err = dir.Append("pipe")
		done <- err
		done <- dir.Replace("pipe", nil)
		done <- dir.Check("pipe")
	}()
	for range 4 {
		select {
		case err := <-done:
			var refused *private.Error
			if !errors.As(err, &refused) {
				t.Errorf("error %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it waits for the pipe")
		}
	}
}
