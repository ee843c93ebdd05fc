package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"agentcore-3lo/internal/private"
)

const (
	lockFile     = "lock"
	instanceFile = "serving.json"
)

// errInUse means that another process serves the folder.
var errInUse = errors.New("another process serves this sandbox")

// dirLock is the exclusive right to serve a folder. The operating system releases
// it when the process ends, so nothing has to be cleaned up after a crash.
type dirLock struct {
	dir  string
	lock *flock.Flock // nil for a sandbox in memory
}

func lockDir(dir string) (*dirLock, error) {
	if dir == "" {
		return &dirLock{}, nil
	}
	folder, err := private.Make(dir)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's folder: %w", err)
	}
	defer folder.Close()
	lock := flock.New(folder.Path(lockFile), flock.SetPermissions(0o600))
	got := false
	if err = folder.Check(lockFile); err == nil {
		got, err = lock.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox's folder: %w", err)
	}
	if !got {
		return nil, fmt.Errorf("%w: %s", errInUse, dir)
	}
	return &dirLock{dir, lock}, nil
}

// instance tells other processes where a sandbox is served.
type instance struct {
	Endpoint string `json:"endpoint"`
	PID      int    `json:"pid"`
	World    string `json:"world"`
}

func (c *dirLock) publish(endpoint, world string) error {
	if c.dir == "" {
		return nil
	}
	raw, err := json.Marshal(instance{endpoint, os.Getpid(), world})
	if err != nil {
		return err
	}
	return private.WriteFile(c.dir, instanceFile, raw)
}

func (c *dirLock) release() {
	if c.lock == nil {
		return
	}
	if folder, err := private.Open(c.dir); err == nil {
		_ = folder.Remove(instanceFile) // a stale file is harmless: no sandbox responds there
		folder.Close()
	}
	_ = c.lock.Unlock()
}

// Open returns the endpoint of the process that already serves o.Dir, with a nil
// Server, or starts a server. It waits up to five seconds for a process that is
// starting or ending.
func Open(o Options) (s *Server, endpoint string, err error) {
	deadline := time.Now().Add(5 * time.Second)
	for {
		s, err = Start(o)
		if err == nil {
			return s, s.Endpoint(), nil
		}
		if !errors.Is(err, errInUse) {
			return nil, "", err
		}
		if n, ok := runningInstance(o.Dir); ok {
			if o.Port != 0 && !strings.HasSuffix(n.Endpoint, fmt.Sprint(":", o.Port)) {
				return nil, "", fmt.Errorf("process %d serves this sandbox already, at %s; omit the port, or stop that process", n.PID, n.Endpoint)
			}
			return nil, n.Endpoint, nil
		}
		if time.Now().After(deadline) {
			return nil, "", fmt.Errorf("%w, but it does not respond", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// runningInstance reads where a folder is served, and checks that this sandbox
// responds there.
func runningInstance(dir string) (n instance, ok bool) {
	raw, err := private.ReadFile(dir, instanceFile)
	if err != nil {
		return instance{}, false
	}
	if json.Unmarshal(raw, &n) != nil || n.World == "" || !strings.HasPrefix(n.Endpoint, "http://127.0.0.1:") {
		return instance{}, false // a file must not direct requests to another computer
	}
	answer, err := identify(n.Endpoint)
	return n, err == nil && answer.Sandbox && answer.World == n.World
}
