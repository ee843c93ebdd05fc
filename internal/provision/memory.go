package provision

import (
	"sync"
	"time"
)

// memoryLife is how long what was read counts. Somebody may change a resource
// meanwhile: then a call fails, the memory is emptied, and all is read again.
const memoryLife = 5 * time.Minute

// Memory has the run's resources as this process has last created or read them, so
// that no step reads again what another one has just read. A nil Memory remembers
// nothing.
type Memory struct {
	mu   sync.Mutex
	kept map[string]memory
}

type memory struct {
	Found
	at time.Time
}

// Forget empties the memory: something failed, or the user asked for a step again.
func (m *Memory) Forget() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = nil
}

func (m *Memory) keep(f *Found) {
	if m == nil || f == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string]memory{}
	}
	m.kept[f.Kind] = memory{*f, time.Now()}
}

// drop forgets kinds that are about to be changed.
func (m *Memory) drop(kinds ...string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, kind := range kinds {
		delete(m.kept, kind)
	}
}

// Of returns a copy of the resource of a kind; nil = it was not read lately.
func (m *Memory) Of(kind string) *Found {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	x, kept := m.kept[kind]
	if !kept || time.Since(x.at) > memoryLife {
		return nil
	}
	return &x.Found
}

// known returns the resource from memory, or else what read returns.
func (s Scope) known(kind string, read func() (*Found, error)) (*Found, error) {
	if f := s.Memory.Of(kind); f != nil {
		return f, nil
	}
	f, err := read()
	if err == nil {
		s.Memory.keep(f)
	}
	return f, err
}
