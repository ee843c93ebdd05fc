package steps_test

import (
	"slices"
	"testing"

	"agentcore-3lo/internal/sandbox"
	"agentcore-3lo/internal/testkit"
	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

// Where input ends at a question, whichever it is, the walk ends soon and needs
// a person. The questions are those of a whole walk, and rarer ones.
func TestInputThatEndsAtAnyQuestionNeedsAPerson(t *testing.T) {
	t.Parallel()
	stageOf := func(t *testing.T) *testkit.Run {
		s := newRun(t)
		attend(s, func(_ int, link string) (engine.Answer, bool) {
			_ = (sandbox.Person{}).Allow(t.Context(), link)
			return "", false
		})
		return s
	}
	whole := stageOf(t)
	asked := whole.MustComplete(whole.Walk()).Asked
	slices.Sort(asked)
	asked = slices.Compact(asked)
	if len(asked) < 6 {
		t.Fatalf("a walk asks only %q", asked)
	}
	for _, name := range asked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t)
			s.EOFAt = name
			s.MustFail(s.Walk(), steps.ExitNeedsPerson, name)
		})
	}
	t.Run("credentials", func(t *testing.T) {
		t.Parallel()
		s := stageOf(t)
		s.EOFAt = "credentials"
		expire(s, "CreateGateway")
		s.MustFail(s.Walk(), steps.ExitNeedsPerson, "credentials")
	})
	for _, nested := range []struct {
		name string
		key  engine.Answer
	}{{"decline", "decline"}, {"browser_shows", "browser-error"}} {
		t.Run(nested.name, func(t *testing.T) {
			t.Parallel()
			s := newRun(t)
			attend(s, func(n int, _ string) (engine.Answer, bool) { return nested.key, n == 1 })
			s.EOFAt = nested.name
			s.MustFail(s.Walk(), steps.ExitNeedsPerson, nested.name)
		})
	}
	t.Run("cleanup", func(t *testing.T) {
		t.Parallel()
		s := stageOf(t)
		s.MustComplete(s.Walk())
		s.EOFAt = "cleanup"
		s.MustFail(s.Repeat(steps.Cleanup), steps.ExitNeedsPerson, "cleanup")
	})
}
