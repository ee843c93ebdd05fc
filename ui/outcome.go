package ui

import (
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Outcome is how a command ended.
type Outcome struct {
	ExitCode int
	Step     engine.ID // where it failed
	Failure  *engine.Failure
	Made     []steps.Made
	Left     []steps.Left
	Stale    map[engine.ID]string
}
