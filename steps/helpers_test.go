package steps_test

import (
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
)

// newRun returns a run that has not begun, in a sandbox of its own. By default the
// simulated person does everything, as with --yes.
func newRun(t *testing.T, options ...func(*sandbox.Options)) *testkit.Run {
	t.Helper()
	return testkit.NewRun(t, testkit.StartSandbox(t, options...))
}
