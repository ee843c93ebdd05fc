package run

import "testing"

func TestADomainHoldsNoReservedWord(t *testing.T) {
	for pool, want := range map[string]string{
		"us-east-1_AbC123xyZ": "us-east-1abc123xyz",
		"us-east-1_xAwSawS9z": "us-east-1xa-wsa-ws9z",
		"us-east-1_aAmAzOn12": "us-east-1aa-mazon12",
		"us-east-1_9cOgNiTo1": "us-east-19c-ognito1",
	} {
		if got := (Names{}).Domain(pool); got != want {
			t.Errorf("domain of %s is %s, want %s", pool, got, want)
		}
	}
}
