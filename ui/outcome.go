package ui

import (
	"agentcore-3lo/internal/provision"
	"agentcore-3lo/steps/engine"
)

// Outcome is how a command ended.
type Outcome struct {
	ExitCode int
	Step     engine.ID // where it failed
	Failure  *engine.Failure
	Made     []provision.Made
	Left     []provision.Left
	Stale    map[engine.ID]string
}
