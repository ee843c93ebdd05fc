package sandbox

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
	"time"

	"agentcore-3lo/internal/private"
)

const (
	worldFile = "world.json"
	keyFile   = "world.key"
)

// A store keeps a world and its key in a folder, or nowhere.
type store struct {
	dir   string          // "" = nowhere
	key   *rsa.PrivateKey // signs the pools' tokens
	root  []byte          // what all secrets of this world are derived from
	saved []byte          // what the file says
}

// openStore reads the world, or makes a new one. A file that it cannot read is
// moved aside and named in the error: it may be the only trace of what exists.
func openStore(dir string, now time.Time) (*store, *world, error) {
	st := &store{dir: dir}
	w := newWorld()
	if dir != "" {
		if err := st.load(&w, now); err != nil {
			return nil, nil, err
		}
	}
	if err := st.openKey(); err != nil {
		return nil, nil, err
	}
	if err := st.save(w); err != nil {
		return nil, nil, err
	}
	return st, w, nil
}

func (st *store) load(w **world, now time.Time) error {
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
	*w, st.saved = read, raw
	return nil
}

func (st *store) openKey() error {
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

func (st *store) parseKey(path string, raw []byte) error {
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

func (st *store) useKey(key *rsa.PrivateKey) {
	root := sha256.Sum256(x509.MarshalPKCS1PrivateKey(key))
	st.key, st.root = key, root[:]
}

// save writes the world if it is not what the file says already.
func (st *store) save(w *world) error {
	if st.dir == "" {
		return nil
	}
	raw, err := json.MarshalIndent(w, "", " ")
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

// last returns the world as it was last saved, after a save that failed.
func (st *store) last() (*world, error) {
	w := newWorld()
	return w, json.Unmarshal(st.saved, w)
}
