package run

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gofrs/flock"

	"agentcore-3lo/internal/pattern"
	"agentcore-3lo/internal/private"
)

// computerFile holds this computer's id, in the state folder.
const computerFile = "computer"

// computerID is the form of a computer's id: 128 random bits.
var computerID = pattern.New(`^[0-9a-f]{32}$`)

// Computer returns the random id in the state folder, which distinguishes this
// computer from others that use the same credentials. The first call creates it.
func (s Store) Computer() (id string, err error) {
	defer func() {
		var damaged *DamagedComputerError
		if err != nil && !errors.As(err, &damaged) {
			err = fmt.Errorf("read or create this computer's id: %w", err)
		}
	}()
	dir, err := private.Make(s.Dir)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if id, err := readComputer(dir); !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	// If two processes start at the same time, the first one creates the id.
	const lockFile = computerFile + ".lock"
	if err := dir.Check(lockFile); err != nil {
		return "", err
	}
	lock := flock.New(dir.Path(lockFile), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer lock.Unlock()
	if id, err := readComputer(dir); !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	id = hex.EncodeToString(raw)
	return id, dir.Replace(computerFile, []byte(id+"\n"))
}

func readComputer(dir *private.Folder) (string, error) {
	raw, err := dir.Read(computerFile)
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(raw))
	if !computerID.MatchString(id) {
		return "", &DamagedComputerError{Path: dir.Path(computerFile)}
	}
	return id, nil
}

// DamagedComputerError says that the file of the computer's id does not contain
// one.
type DamagedComputerError struct{ Path string }

func (e *DamagedComputerError) Error() string {
	return fmt.Sprintf("the file %s does not contain this computer's id, 32 hexadecimal digits", e.Path)
}
