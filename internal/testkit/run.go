package testkit

import (
	"cmp"
	"context"
	"path/filepath"
	"testing"
	"time"

	awsenv "agentcore-3lo/internal/aws"
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit/freeport"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// limit is the timeout of a walk, well below that of the test binary.
const limit = 2 * time.Minute

// Run is a run in one account. Each walk behaves like a new process: only the state
// folder is kept between walks.
type Run struct {
	*Sandbox
	T       testing.TB
	Name    string
	Unnamed bool   // the first walk makes up the name, as a walk without --run does
	Home    string // the state folder
	Caller  string // the program's access key ID; "" = the sandbox's default
	AWS     *awsenv.Environment

	Settings  func(*steps.Settings)                       // changes every walk's settings, or nil
	Connected func(*awsenv.Environment)                   // changes every walk's environment once it is open, or nil
	Person    func(engine.Question) (engine.Answer, bool) // answers questions; nil = the simulated user, as with --yes
	Answerers []engine.Answerer                           // asked before Person, as flags are
	Watch     func(engine.Event)                          // sees every event, or nil
	EOFAt     string                                      // the question at which standard input ends, or ""
}

// NewRun returns a new run in the sandbox's default account. Without a sandbox,
// Settings must say where to connect.
func NewRun(t testing.TB, s *Sandbox) *Run {
	t.Helper()
	r := &Run{Sandbox: s, T: t, Name: "test", Home: t.TempDir()}
	if s != nil {
		r.AWS = s.AWS
	}
	return r
}

// Store returns the store of the run's record.
func (r *Run) Store() run.Store { return run.Store{Dir: r.Home} }

// Configure adds a change to Settings after the existing ones.
func (r *Run) Configure(change func(*steps.Settings)) {
	before := r.Settings
	r.Settings = func(s *steps.Settings) {
		if before != nil {
			before(s)
		}
		change(s)
	}
}

// Walk continues the run to the end of the tutorial.
func (r *Run) Walk() Outcome {
	r.T.Helper()
	return r.Drive(engine.Mode{Follow: true}, steps.Tutorial()...)
}

// Repeat runs only these steps, even if they are done.
func (r *Run) Repeat(ids ...engine.ID) Outcome {
	r.T.Helper()
	return r.Drive(engine.Mode{Follow: true, Again: true}, r.steps(ids)...)
}

// Cleanup deletes what the run created.
func (r *Run) Cleanup() Outcome {
	r.T.Helper()
	return r.Drive(engine.Mode{Follow: true}, r.steps([]engine.ID{steps.Cleanup})...)
}

func (r *Run) steps(ids []engine.ID) []steps.Step {
	r.T.Helper()
	var all []steps.Step
	for _, id := range ids {
		step, ok := steps.Find(id)
		if !ok {
			r.T.Fatalf("there is no step %q", id)
		}
		all = append(all, step)
	}
	return all
}

// Drive runs steps as one process.
func (r *Run) Drive(mode engine.Mode, todo ...steps.Step) Outcome {
	r.T.Helper()
	return r.DriveWalk(r.NewWalk(todo), NewMachine(mode, todo))
}

// DriveWalk runs a machine's steps with a walk, and closes the walk.
func (r *Run) DriveWalk(walk *steps.Walk, m engine.Machine) Outcome {
	r.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	defer walk.Close()
	defer func() {
		if w := walk.Environment(); w != nil {
			w.HTTP.CloseIdleConnections()
		}
	}()
	o := Outcome{Of: walk}
	m, _ = engine.Drive(ctx, NewRunner(walk, r.Person != nil, r.Answerers...), m, &person{run: r, outcome: &o})
	if ctx.Err() != nil {
		said := o.Said()
		r.T.Fatalf("the walk did not end within %s; it last said:\n%s", limit, said[max(0, len(said)-2000):])
	}
	o.Machine = m
	return o
}

// NewWalk prepares the run for these steps, as a new process does.
func (r *Run) NewWalk(todo []steps.Step) *steps.Walk {
	r.T.Helper()
	record, err := r.Store().Load(r.Name)
	if err != nil {
		record = NewRecord(r.Name, true)
		if r.Unnamed {
			record = run.Begin(time.Now(), record.Environment)
			r.Name = record.Run
		}
		record.Settings.Port = freeport.Take(r.T) // as if saved, because 9090 may be taken
	}
	walk := NewWalk(r.Store(), record, func(s *steps.Settings) {
		s.LogPath, s.Todo = filepath.Join(r.Home, "log"), todo
		s.Simulated, s.NoBrowser = sandbox.Person{}, true
		s.Yes, s.Unattended = r.Person == nil, r.Person == nil
		if r.Sandbox != nil {
			s.World.Sandbox = r.Location(cmp.Or(r.Caller, sandbox.AccessKeyID))
		}
		if r.Settings != nil {
			r.Settings(s)
		}
	})
	if err := walk.Keep(); err != nil {
		r.T.Fatalf("preparing the run: %v", err)
	}
	if r.Connected != nil {
		w, err := awsenv.Open(context.Background(), walk.Settings.World)
		if err == nil {
			err = w.Identify(context.Background())
		}
		if err != nil {
			r.T.Fatalf("connecting to the environment: %v", err)
		}
		r.Connected(w)
		walk.Adopt(w, nil)
	}
	return walk
}

// Record returns the run's record.
func (r *Run) Record() *run.Record {
	r.T.Helper()
	record, err := r.Store().Load(r.Name)
	if err != nil {
		r.T.Fatalf("loading the record: %v", err)
	}
	return record
}

// ResourceID returns the recorded ID of a kind of resource.
func (r *Run) ResourceID(kind string) string {
	r.T.Helper()
	x := r.Record().Find(kind)
	if x == nil {
		r.T.Fatalf("there is no %s in the record", kind)
	}
	return x.ID
}

// TaggedRuns returns the runs found by tags in the account.
func (r *Run) TaggedRuns() (provision.TaggedRuns, error) {
	r.T.Helper()
	walk := r.NewWalk(nil)
	defer walk.Close()
	scope, err := walk.Scope(context.Background(), nil)
	if err != nil {
		return provision.TaggedRuns{}, err
	}
	return provision.FindTagged(context.Background(), scope)
}
