//go:build unix

package userfile_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"agentcore-3lo/internal/userfile"
)

func TestOnlyFilesAndPipesAreRead(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	socket, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	for name, content := range map[string]string{"good": "content", "full": strings.Repeat("x", 20), "large": strings.Repeat("x", 21)} {
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("good", at("link")), os.Symlink("gone", at("dead")), os.Symlink("circle", at("circle"))); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{at("good"): "", at("link"): "", at("full"): "", at("large"): "too large", at("missing"): "no such file", at("dead"): "no such file",
		at("circle"): "too many levels", dir: "is a folder", at("socket"): "is a socket", "/dev/null": "is a device", "/dev/zero": "is a device", "/dev/tty": "is a device",
		"": "no such file", "a\x00b": "invalid"} {
		began := time.Now()
		raw, err := userfile.Read(t.Context(), path, 20)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) || want == "" && len(raw) == 0 {
			if path == "/dev/tty" && err != nil {
				continue // there is none in CI
			}
			t.Errorf("%q: %q %v, want %q", path, raw, err, want)
		}
		if time.Since(began) > 5*time.Second {
			t.Errorf("%q took %v", path, time.Since(began))
		}
	}
}

func TestAPipeIsReadToItsEnd(t *testing.T) {
	read, write, err := os.Pipe() // as in <(command)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	go func() {
		_, _ = write.WriteString("one ")
		time.Sleep(50 * time.Millisecond)
		_, _ = write.WriteString("two")
		_ = write.Close()
	}()
	raw, err := userfile.Read(t.Context(), "/dev/fd/"+fmt.Sprint(read.Fd()), 100)
	if string(raw) != "one two" || err != nil {
		t.Errorf("%q %v", raw, err)
	}
}

func TestAPipeWithoutAWriterTimesOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := userfile.Read(ctx, path, 100); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}
