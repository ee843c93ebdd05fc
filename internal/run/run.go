package run

import (
	"sync"
	"sync/atomic"
	"time"
)

// Run is a run in progress. Its record is changed by one goroutine at a time and
// written after each change.
type Run struct {
	store  Store
	mu     sync.Mutex
	record *Record
	kept   bool // the record has a file
	masked atomic.Bool
}

// New returns the run of a record. If the record is new, or this process may not
// change the run, nothing is written until Keep.
func New(store Store, r *Record, writes bool) *Run {
	x := &Run{store: store, record: r, kept: writes && r.Begun()}
	x.masked.Store(r.Settings.Masked)
	return x
}

// NewRecord begins the record of a run.
func NewRecord(name string, where Environment) *Record {
	return &Record{Version: Version, Run: name, Created: time.Now().UTC(), Environment: where, Steps: map[string]Mark{}, Resources: []Resource{}}
}

// Begin begins the record of a run that nobody has named: its name has random letters.
func Begin(now time.Time, where Environment) *Record {
	r := NewRecord(NewName(now), where)
	r.Fresh = true
	return r
}

// WriteError says that a record could not be written.
type WriteError struct {
	Dir string // the state folder
	Err error
}

func (e *WriteError) Error() string { return e.Err.Error() }
func (e *WriteError) Unwrap() error { return e.Err }

// Name is the run's name; "" if this is not a single run.
func (r *Run) Name() string { return r.record.Run }

// Untouched reports whether no resource of the kind can exist: this process has just
// made up the run's name with random letters, and has not tried to create one.
func (r *Run) Untouched(kind string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Fresh && r.record.Find(kind) == nil
}

// Record returns a copy of the record.
func (r *Run) Record() Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Clone()
}

// Begun reports whether there is anything to resume.
func (r *Run) Begun() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Begun()
}

// Update changes the record and, from Keep on, writes it. The error is a
// *WriteError.
func (r *Run) Update(change func(*Record)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.record)
	if !r.kept {
		return nil
	}
	return r.save()
}

func (r *Run) save() error {
	if err := r.store.Save(r.record); err != nil {
		return &WriteError{Dir: r.store.Dir, Err: err}
	}
	return nil
}

// Keep writes the record now and after each change. The error is a *WriteError.
func (r *Run) Keep() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = true
	return r.save()
}

// Agree records that the user agreed to the plan, and writes the record from now
// on. The error is a *WriteError.
func (r *Run) Agree() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.record.Agreed.IsZero() {
		r.record.Agreed = time.Now().UTC()
	}
	r.kept = true
	return r.save()
}

// Resource returns the recorded resource of a kind; the zero value if there is
// none.
func (r *Run) Resource(kind string) (x Resource) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found := r.record.Find(kind); found != nil {
		x = *found
	}
	return x
}

// Intend records that a resource is about to be created, so that after a crash
// the next start knows that it may exist.
func (r *Run) Intend(x Resource) error {
	x.Intended = time.Now().UTC()
	return r.Update(func(r *Record) { r.Put(x) })
}

// Made records that the resource exists.
func (r *Run) Made(x Resource) error {
	return r.Update(func(r *Record) {
		if old := r.Find(x.Kind); old != nil {
			x.Intended = old.Intended
			if x.ClientToken == "" {
				x.ClientToken = old.ClientToken
			}
			if !old.Made.IsZero() && old.ID == x.ID {
				x.Made = old.Made
			}
		}
		if x.Made.IsZero() {
			x.Made = time.Now().UTC()
		}
		r.Put(x)
	})
}

// Gone removes resources from the record that no longer exist.
func (r *Run) Gone(kinds ...string) error {
	return r.Update(func(r *Record) {
		for _, kind := range kinds {
			r.Drop(kind)
		}
	})
}

// Masked reports whether the screen hides values that identify the user.
func (r *Run) Masked() bool { return r.masked.Load() }

// SetMasked hides these values, or shows them. KeepMask records the choice.
func (r *Run) SetMasked(masked bool) { r.masked.Store(masked) }

// KeepMask records the current mask.
func (r *Run) KeepMask() error {
	return r.Update(func(x *Record) { x.Settings.Masked = r.Masked() })
}
