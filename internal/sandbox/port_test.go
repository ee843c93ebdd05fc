package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agentcore-3lo/internal/testkit/freeport"
)

func startIn(t *testing.T, dir string, port int) *Server {
	t.Helper()
	s, err := Start(Options{Dir: dir, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAFolderKeepsItsPort(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freeport.Take(t)
	for _, given := range []int{port, 0, 0} {
		s := startIn(t, dir, given)
		if want := fmt.Sprintf("http://127.0.0.1:%d", port); s.Endpoint() != want {
			t.Errorf("with port %d the endpoint is %s, want %s", given, s.Endpoint(), want)
		}
		_ = s.Close()
	}
	// A given port replaces the saved one.
	other := freeport.Take(t)
	_ = startIn(t, dir, other).Close()
	if s := startIn(t, dir, 0); !strings.HasSuffix(s.Endpoint(), fmt.Sprint(":", other)) {
		t.Errorf("the endpoint is %s, want port %d", s.Endpoint(), other)
	}
}

func TestANewFolderGetsAFreePort(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		s := startIn(t, t.TempDir(), 0)
		if seen[s.Endpoint()] {
			t.Errorf("two sandboxes have the endpoint %s", s.Endpoint())
		}
		seen[s.Endpoint()] = true
	}
}

func TestARememberedPortThatIsTakenIsAnError(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "[::1]"} {
		for name, given := range map[string]bool{"remembered": false, "given": true} {
			t.Run(address+" "+name, func(t *testing.T) {
				t.Parallel()
				dir, port := t.TempDir(), freeport.Take(t)
				_ = startIn(t, dir, port).Close()
				stranger, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, port))
				if err != nil {
					t.Skip(err)
				}
				defer stranger.Close()
				o := Options{Dir: dir}
				if given {
					o.Port = port
				}
				var taken *PortTakenError
				if _, _, err := Open(o); !errors.As(err, &taken) || taken.Port != port || taken.Free == 0 {
					t.Fatalf("%v", err)
				}
				startIn(t, dir, taken.Free) // the port that the error advises
			})
		}
	}
}

func TestAnInvalidPortFileIsIgnored(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "x", "-1", "0", "65536", "9595 9596"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, portFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s := startIn(t, dir, 0)
		if raw, _ := os.ReadFile(filepath.Join(dir, portFile)); !strings.HasSuffix(s.Endpoint(), ":"+strings.TrimSpace(string(raw))) {
			t.Errorf("%q: it serves at %s and remembers %s", content, s.Endpoint(), raw)
		}
		_ = s.Close()
	}
}

func TestASandboxRunningOnAnotherPortIsAConflict(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freeport.Take(t)
	s := startIn(t, dir, port)
	if _, endpoint, err := Open(Options{Dir: dir, Port: port}); err != nil || endpoint != s.Endpoint() {
		t.Errorf("the same port: %q %v", endpoint, err)
	}
	_, _, err := Open(Options{Dir: dir, Port: port + 1})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) || !strings.Contains(err.Error(), s.Endpoint()) {
		t.Errorf("another port: %v", err)
	}
}
