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
	lockFile    = "lock"
	servingFile = "serving.json"
)

// errServed means that another process serves the folder.
var errServed = errors.New("another process serves this sandbox")

// A claim is the right to serve a folder. Its lock falls with the process, so
// that a crash leaves nothing to clear away.
type claim struct {
	dir  string
	lock *flock.Flock // nil for a world in memory
}

func claimDir(dir string) (*claim, error) {
	if dir == "" {
		return &claim{}, nil
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
		return nil, fmt.Errorf("%w: %s", errServed, dir)
	}
	return &claim{dir, lock}, nil
}

// A notice tells other processes where a world is served.
type notice struct {
	Endpoint string `json:"endpoint"`
	PID      int    `json:"pid"`
	World    string `json:"world"`
}

func (c *claim) publish(endpoint, world string) error {
	if c.dir == "" {
		return nil
	}
	raw, err := json.Marshal(notice{endpoint, os.Getpid(), world})
	if err != nil {
		return err
	}
	return private.WriteFile(c.dir, servingFile, raw)
}

func (c *claim) release() {
	if c.lock == nil {
		return
	}
	if folder, err := private.Open(c.dir); err == nil {
		_ = folder.Remove(servingFile) // a stale notice is harmless: nobody answers there
		folder.Close()
	}
	_ = c.lock.Unlock()
}

// Open joins the process that serves o.Dir already - s is then nil - or starts a
// server itself. It gives a process that is just starting, or just ending, five
// seconds to make up its mind.
func Open(o Options) (s *Server, endpoint string, err error) {
	deadline := time.Now().Add(5 * time.Second)
	for {
		s, err = Start(o)
		if err == nil {
			return s, s.Endpoint(), nil
		}
		if !errors.Is(err, errServed) {
			return nil, "", err
		}
		if n, ok := served(o.Dir); ok {
			if o.Port != 0 && !strings.HasSuffix(n.Endpoint, fmt.Sprint(":", o.Port)) {
				return nil, "", fmt.Errorf("process %d serves this sandbox already, at %s; leave the port out, or stop that process", n.PID, n.Endpoint)
			}
			return nil, n.Endpoint, nil
		}
		if time.Now().After(deadline) {
			return nil, "", fmt.Errorf("%w, and it does not answer", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// served reads where a folder is served, and believes it only if that world answers there.
func served(dir string) (n notice, ok bool) {
	raw, err := private.ReadFile(dir, servingFile)
	if err != nil {
		return notice{}, false
	}
	if json.Unmarshal(raw, &n) != nil || n.World == "" || !strings.HasPrefix(n.Endpoint, "http://127.0.0.1:") {
		return notice{}, false // a file sends nobody to another computer
	}
	answer, err := identify(n.Endpoint)
	return n, err == nil && answer.Sandbox && answer.World == n.World
}
