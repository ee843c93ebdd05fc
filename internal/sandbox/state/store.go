package state

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"agentcore-3lo/internal/private"
)

const (
	worldFile = "world.json"
	keyFile   = "world.key"
)

// Store keeps a world in a folder, or in memory only.
type Store struct {
	// Secrets belong to this world.
	Secrets *Secrets
	// Now is the sandbox's clock.
	Now func() time.Time

	dir   string     // "" = memory only
	mu    sync.Mutex // guards world and saved
	world *World
	saved []byte // what the file says
}

// Open reads the world in a folder, or begins one. A file that it cannot read is
// moved aside and named in the error: it may be the only trace of what exists.
// Without a folder the world lives in memory.
func Open(dir string, now func() time.Time) (*Store, error) {
	st := &Store{dir: dir, Now: now, world: newWorld()}
	if dir != "" {
		if err := st.load(now()); err != nil {
			return nil, err
		}
	}
	if err := st.openKey(); err != nil {
		return nil, err
	}
	return st, st.save()
}

// ID names the world.
func (st *Store) ID() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.world.ID
}

// Change runs f with the world to itself, and saves what f changed before anyone
// learns of it. If saving fails, nothing has changed, and f's error is lost.
func (st *Store) Change(f func(*World, time.Time) error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := st.Now()
	st.world.sweep(now)
	err := f(st.world, now)
	if saveErr := st.save(); saveErr != nil {
		st.restore()
		return saveErr
	}
	return err
}

// Update is Change for an f that cannot fail.
func (st *Store) Update(f func(*World, time.Time)) error {
	return st.Change(func(w *World, now time.Time) error {
		f(w, now)
		return nil
	})
}

// Save writes the world.
func (st *Store) Save() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.save()
}

func (st *Store) load(now time.Time) error {
	folder, err := private.Open(st.dir)
	if err != nil {
		return fmt.Errorf("reading the sandbox's world: %w", err)
	}
	defer folder.Close()
	path := folder.Path(worldFile)
	raw, err := folder.Read(worldFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the sandbox's world: %w", err)
	}
	read := newWorld()
	read.ID = ""
	if err := json.Unmarshal(raw, read); err != nil || read.ID == "" {
		aside := worldFile + ".corrupt-" + now.UTC().Format("20060102-150405")
		if renameErr := folder.Rename(worldFile, aside); renameErr != nil {
			return fmt.Errorf("the sandbox's world %s is not readable, and moving it aside failed: %w", path, renameErr)
		}
		return fmt.Errorf("the sandbox's world was not readable; it is kept as %s, and the next start begins a new one", folder.Path(aside))
	}
	if read.Schema != schema {
		return fmt.Errorf("the sandbox's world %s has schema %d, this program knows %d", path, read.Schema, schema)
	}
	st.world, st.saved = read, raw
	return nil
}

func (st *Store) openKey() error {
	if st.dir != "" {
		path := filepath.Join(st.dir, keyFile)
		raw, err := private.ReadFile(st.dir, keyFile)
		if err == nil {
			return st.parseKey(path, raw)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading the sandbox's key: %w", err)
		}
		if st.saved != nil {
			return fmt.Errorf("the sandbox's world has lost its key %s; move %s away to begin a new one", path, worldFile)
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("making the sandbox's key: %w", err)
	}
	st.useKey(key)
	if st.dir == "" {
		return nil
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return private.WriteFile(st.dir, keyFile, pem.EncodeToMemory(block))
}

func (st *Store) parseKey(path string, raw []byte) error {
	block, _ := pem.Decode(raw)
	if block == nil {
		return fmt.Errorf("the sandbox's key %s is not readable; move it and %s away to begin a new world", path, worldFile)
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("the sandbox's key %s: %w", path, err)
	}
	st.useKey(key)
	return nil
}

func (st *Store) useKey(key *rsa.PrivateKey) {
	root := sha256.Sum256(x509.MarshalPKCS1PrivateKey(key))
	st.Secrets = &Secrets{Key: key, root: root[:]}
}

// save writes the world unless the file already says the same.
func (st *Store) save() error {
	if st.dir == "" {
		return nil
	}
	raw, err := json.MarshalIndent(st.world, "", " ")
	if err != nil {
		return fmt.Errorf("writing the sandbox's world: %w", err)
	}
	if bytes.Equal(raw, st.saved) {
		return nil
	}
	if err := private.WriteFile(st.dir, worldFile, raw); err != nil {
		return fmt.Errorf("writing the sandbox's world: %w", err)
	}
	st.saved = raw
	return nil
}

// restore returns to the world as it was last saved, after a save that failed.
func (st *Store) restore() {
	last := newWorld()
	if json.Unmarshal(st.saved, last) == nil {
		st.world = last
	}
}
