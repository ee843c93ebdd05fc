package steps_test

import (
	"slices"
	"testing"

	"agentcore-3lo/steps"
	"agentcore-3lo/steps/engine"
)

func TestTheTutorialsOrderIsFollowedWhateverWasTyped(t *testing.T) {
	ids, err := steps.Parse([]string{"invoke", "CONSENT", "invoke"})
	if err != nil || !slices.Equal(ids, []engine.ID{steps.Consent, steps.Invoke}) {
		t.Errorf("%v %v", ids, err)
	}
	for _, word := range []string{"nonsense", "cleanup", ""} {
		if _, err := steps.Parse([]string{word}); err == nil {
			t.Errorf("%q passes", word)
		}
	}
}
