package steps

import (
	"strings"
	"testing"

	"agentcore-3lo/internal/run"
)

// A record of a version that called the app client the machine client stays
// current.
func TestTheFormerNameOfTheAppClientChangesNothing(t *testing.T) {
	t.Parallel()
	inputs := consentInputs(&run.Record{ClientID: "77abcdefghij12"})
	former := strings.Replace(inputs.String(), "the app client=", "the machine client=", 1)
	if former == inputs.String() {
		t.Fatal("the app client is not an input of the consent")
	}
	if changed := inputs.since(former); changed != "" {
		t.Error(changed)
	}
}
