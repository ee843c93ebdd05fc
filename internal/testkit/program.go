package testkit

import (
	"time"

	"agentcore-3lo/internal/run"
	"agentcore-3lo/internal/wait"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/account"
	"agentcore-3lo/steps/engine"
)

// NewWalk returns the walk of a run, with short pauses and no environment
// variables.
func NewWalk(store run.Store, record *run.Record, changes ...func(*steps.Settings)) *steps.Walk {
	s := steps.Settings{Program: "agentcore-3lo", LogPath: "/state/logs/test.log",
		Todo: steps.Tutorial(), Env: func(string) string { return "" },
		SignIn: account.SignIn{Backoff: wait.Backoff{First: 5 * time.Millisecond, Max: 50 * time.Millisecond}}}
	for _, change := range changes {
		change(&s)
	}
	return steps.New(s, store, record, nil)
}

// NewRecord returns the record of a new run.
func NewRecord(name string, sandbox bool) *run.Record {
	return run.NewRecord(name, run.Environment{Sandbox: sandbox})
}

// NewRunner returns a runner for a walk. attended means that a user can answer.
func NewRunner(walk *steps.Walk, attended bool, answerers ...engine.Answerer) *engine.Runner {
	return walk.Runner(attended, answerers...)
}

// NewMachine returns a machine for steps, or the whole tutorial if nil, with other
// steps already done.
func NewMachine(mode engine.Mode, todo []steps.Step, done ...engine.ID) engine.Machine {
	if todo == nil {
		todo = steps.Tutorial()
	}
	return steps.NewMachine(mode, todo, done)
}
