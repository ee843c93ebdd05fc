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

// Store keeps the state of a sandbox in a folder, or in memory only.
type Store struct {
	// Secrets are derived from the key of this sandbox.
	Secrets *Secrets
	// Now is the sandbox's clock.
	Now func() time.Time

	dir   string     // "" = memory only
	mu    sync.Mutex // guards world and saved
	world *World
	saved []byte // the content of the file
}

// Open reads the state in a folder, or creates it. A file that cannot be read is
// renamed, and the error has its new name. Without a folder, the state is kept in
// memory. A new state gets the given key; with nil, it creates one.
func Open(dir string, now func() time.Time, key *rsa.PrivateKey) (*Store, error) {
	st := &Store{dir: dir, Now: now, world: newWorld()}
	if dir != "" {
		if err := st.load(now()); err != nil {
			return nil, err
		}
	}
	if err := st.openKey(key); err != nil {
		return nil, err
	}
	return st, st.save()
}

// ID returns the ID of the sandbox.
func (st *Store) ID() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.world.ID
}

// Change runs f with exclusive access to the state, and saves the changes before it
// returns. If saving fails, the changes are undone and f's error is lost.
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

// Save saves the state.
func (st *Store) Save() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.save()
}

func (st *Store) load(now time.Time) error {
	folder, err := private.Open(st.dir)
	if err != nil {
		return fmt.Errorf("reading the sandbox's state: %w", err)
	}
	defer folder.Close()
	path := folder.Path(worldFile)
	raw, err := folder.Read(worldFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the sandbox's state: %w", err)
	}
	read := newWorld()
	read.ID = ""
	if err := json.Unmarshal(raw, read); err != nil || read.ID == "" {
		aside := worldFile + ".corrupt-" + now.UTC().Format("20060102-150405")
		if renameErr := folder.Rename(worldFile, aside); renameErr != nil {
			return fmt.Errorf("the sandbox's state %s cannot be read, and renaming it failed: %w", path, renameErr)
		}
		return fmt.Errorf("the sandbox's state could not be read; it is kept as %s, and the next start begins with an empty sandbox", folder.Path(aside))
	}
	if read.Schema != schema {
		return fmt.Errorf("the sandbox's state %s has schema %d, but this program supports %d", path, read.Schema, schema)
	}
	st.world, st.saved = read, raw
	return nil
}

func (st *Store) openKey(key *rsa.PrivateKey) error {
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
			return fmt.Errorf("the key of the sandbox's state, %s, is missing; move %s away to begin with an empty sandbox", path, worldFile)
		}
	}
	if key == nil {
		var err error
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return fmt.Errorf("creating the sandbox's key: %w", err)
		}
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
		return fmt.Errorf("the sandbox's key %s cannot be read; move it and %s away to begin with an empty sandbox", path, worldFile)
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

// save writes the file if the state has changed.
func (st *Store) save() error {
	if st.dir == "" {
		return nil
	}
	raw, err := json.MarshalIndent(st.world, "", " ")
	if err != nil {
		return fmt.Errorf("writing the sandbox's state: %w", err)
	}
	if bytes.Equal(raw, st.saved) {
		return nil
	}
	if err := private.WriteFile(st.dir, worldFile, raw); err != nil {
		return fmt.Errorf("writing the sandbox's state: %w", err)
	}
	st.saved = raw
	return nil
}

// restore undoes changes that could not be saved.
func (st *Store) restore() {
	last := newWorld()
	if json.Unmarshal(st.saved, last) == nil {
		st.world = last
	}
}
